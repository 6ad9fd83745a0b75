"""API tokens: a program's key, with scopes that are never wider than its owner's grants."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.access.rights import Act
from interlock.access.session import digest_of, new_secret, same

LONGEST: Final = timedelta(days=366)
_FORM: Final = re.compile(r"ilk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a token."""

    id: str
    account: str
    """Whose it is: what the owner may not, the token may not."""
    note: str
    """What it is for."""
    acts: frozenset[Act]
    digest: str
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Tell whether it opens anything still."""
        return self.revoked_at is None and now < self.ends_at


def spelled(identity: str, secret: str) -> str:
    """Return a token as its owner keeps it; the prefix lets scanners for secrets find it."""
    return f"ilk_{identity}_{secret}"


def parts_of(text: str) -> tuple[str, str] | None:
    """Return the id and the secret of a token as it was sent."""
    found = _FORM.fullmatch(text)
    return None if found is None else (found[1], found[2])


def fits(token: Token, secret: str) -> bool:
    """Tell whether this is the secret of that token."""
    return same(token.digest, digest_of(secret))


__all__ = ["LONGEST", "Token", "fits", "new_secret", "parts_of", "spelled"]
