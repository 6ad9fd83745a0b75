"""What came of building a product."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from interlock.products.refusal import Reason
from interlock.products.testing import Tested
from interlock.products.version import Version


class Outcome(StrEnum):
    """What a build came to."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    """Everything was read, and the rows are those that are published."""
    REFUSED = "refused"
    """The rows do not keep their promises; what was published stays."""
    UNKNOWN = "unknown"
    """The rows could not be told; what was published stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What came of a build."""

    name: str
    outcome: Outcome
    version: Version | None
    """The valid one."""
    reasons: tuple[Reason, ...] = ()
    tests: tuple[Tested, ...] = ()
    records: int = 0
    """Records that the systems showed."""
    changed: int = 0
    """Of those, how many were not as they were the last time."""
    made: int = 0
    """Records whose rows were made anew."""
    whole: bool = False
    """Whether everything was read anew."""
    undelivered: str = ""
    """Why PostgreSQL does not have it yet."""
    folder: Path = field(default_factory=Path)
