"""A session: somebody is logged in, here and until then. What the browser keeps is only a name."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(minutes=30)
"""Nobody has asked anything for so long."""
ABSOLUTE: Final = timedelta(hours=12)
"""A working day: then one logs in again, however busy."""
TOUCH: Final = timedelta(seconds=30)
"""How exactly the last request is noted: not every one is a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in of one account."""

    digest: str
    """Of the secret that the browser has: who reads the database cannot log in with it."""
    account: str
    csrf: str
    """What a form must bring along: another site does not know it."""
    made_at: datetime
    seen_at: datetime

    def ended(self, now: datetime) -> bool:
        """Tell whether it is over."""
        return now - self.seen_at > IDLE or now - self.made_at > ABSOLUTE


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits: no salt or work is needed for those."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that says nothing about them."""
    return hmac.compare_digest(one.encode(), other.encode())
