"""What a system says when it is asked whether we may work there: the nouns of `doctor`.

Apart from the port, because no transaction needs it. Only what can be asked without changing
anything is asked: that a write is permitted nobody knows before it is tried.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Held(StrEnum):
    """Whether a permission is ours."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """It could not be found out; that is not a yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One thing that we must be allowed to do."""

    what: str
    """For people, such as ``read invoice``."""
    held: Held
    said: str = ""
    """The system's own words, bounded and masked, where it did not say yes."""
    grant: str = ""
    """What to give whom over there."""
    writes: bool = False
    """Whether it is to change something: some systems tell that without trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the system still takes."""

    name: str
    limit: int
    left: int | None = None
    """``None`` where a limit is told, and not how much of it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What was found out."""

    permissions: Sequence[Permission]
    quotas: Sequence[Quota] = ()
    """Empty where the system tells none."""
    time: datetime | None = None
    """By the system's own clock, where it is asked by other means than HTTP's ``Date``."""


@runtime_checkable
class Examined(Protocol):
    """A connector that can be examined."""

    def checkup(self, objects: Collection[str]) -> Checkup:
        """Ask the system, by its cheapest authenticated reads, what we may do with `objects`.

        Objects that the connector does not know are left out. Never raises for a system's
        behaviour: what could not be found out is ``unknown``.
        """
        ...
