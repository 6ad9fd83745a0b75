"""An account: a person who logs in here, and what was granted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from interlock.foundation.errors import UsageError

EVERY: Final = "*"
"""In a grant: every legal entity, or every domain."""
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
_WORD: Final = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Role(StrEnum):
    """What somebody is here for; `rights` says what each may do."""

    VIEWER = "viewer"
    """Sees what is granted, and changes nothing."""
    OPERATOR = "operator"
    """Works on cases: takes them, answers them, replays."""
    APPROVER = "approver"
    """Says yes or no where a second person must; does not repair."""
    ARCHITECT = "architect"
    """Answers for the estate: its findings, its owners; does not decide about money."""
    AUDITOR = "auditor"
    """Sees everything with its record, exports it, and changes nothing."""
    ADMINISTRATOR = "administrator"
    """Answers for the installation: accounts and tokens; does not decide about money."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role, for one legal entity and one domain or for every one of them."""

    role: Role
    legal_entity: str = EVERY
    domain: str = EVERY

    def __str__(self) -> str:
        return f"{self.role}:{self.legal_entity}:{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who logs in with a password that is kept here."""

    name: str
    """Stands in the trail as ``user:NAME`` with everything that is done."""
    grants: tuple[Grant, ...]
    password: str
    """Argon2id, with its parameters; never shown."""
    made_at: datetime
    disabled_at: datetime | None = None

    @property
    def usable(self) -> bool:
        """Tell whether its owner may come in."""
        return self.disabled_at is None


def grant_of(text: str) -> Grant:
    """Read ``ROLE[:LEGAL-ENTITY[:DOMAIN]]``.

    Raises:
        UsageError: It is not that.
    """
    role, _, rest = text.partition(":")
    entity, _, domain = rest.partition(":")
    known = ", ".join(Role)
    if role not in list(Role):
        raise UsageError(f"`{role}` is not a role", hint=f"There are: {known}.")
    entity, domain = entity or EVERY, domain or EVERY
    if not (_WORD.fullmatch(entity) and _WORD.fullmatch(domain)):
        raise UsageError(
            f"`{text}` is not a grant", hint="Write ROLE, ROLE:LEGAL-ENTITY or ROLE:*:DOMAIN."
        )
    return Grant(Role(role), entity, domain)


def grants_of(texts: Iterable[str]) -> tuple[Grant, ...]:
    """Read grants; each once, in order."""
    return tuple(sorted({grant_of(text) for text in texts}))


def account_name(text: str) -> str:
    """Return the one spelling of an account's name: two that look alike are one person.

    Raises:
        UsageError: It cannot be a name.
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`{text[:70]}` cannot be the name of an account",
            hint="Letters, digits and . _ @ -, at most 64, beginning and ending with neither.",
        )
    return name
