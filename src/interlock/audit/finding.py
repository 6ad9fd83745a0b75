"""What a verification of the record can say."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What was done to the record."""

    CHANGED = "changed"
    """The content, the place or the predecessor of an entry is not what was hashed."""
    REMOVED = "removed"
    """Entries are missing in the middle or at the beginning of a stream."""
    TRUNCATED = "truncated"
    """Entries are missing at the end."""
    ADDED = "added"
    """An entry stands where, by the other memories, none can be."""
    REORDERED = "reordered"
    """The order over all streams is not the one that was sealed."""
    UNSIGNED = "unsigned"
    """A seal or a witness line does not bear the trail's signature."""
    INDEX = "index"
    """The index by which `trace` finds streams does not agree with the entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not hold."""

    fault: Fault
    where: str
    """``run-1#4``, ``seal 120``, ``witness line 3``."""
    what: str
    stream: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verification saw."""

    entries: int
    streams: int
    sealed: int
    seals: int
    witnessed: int
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    """What could not be checked, and what would make it checkable."""
    restorations: tuple[str, ...] = ()
    """What is on no record any more, because older states of it came back and somebody said so."""

    @property
    def holds(self) -> bool:
        """Tell whether everything was checked and nothing was found: unknown is not fine."""
        return not self.findings and not self.unknown
