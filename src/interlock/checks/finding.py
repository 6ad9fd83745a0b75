"""A finding: one fact about the estate that somebody should act on, with a lasting identity."""

from dataclasses import dataclass
from enum import StrEnum

from interlock.foundation.place import Place


class Severity(StrEnum):
    """How much a finding weighs. Unknown is an answer of its own: it never reads as fine."""

    ERROR = "error"
    """It is wrong: nothing may be deployed with it."""
    UNKNOWN = "unknown"
    """It could not be decided from the declarations; the hint says what would decide it."""
    WARNING = "warning"
    """It works, and somebody will regret it."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a check has to say about one thing; the check's code and severity are added later."""

    subject: str
    """What it is about: ``kind:name`` or ``kind:name/part``; lasting, never a line number."""
    what: str
    """Lower case, names in backticks."""
    hint: str
    """A thing one can do now."""
    where: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact about the estate that somebody should act on."""

    code: str
    severity: Severity
    subject: str
    what: str
    hint: str
    where: Place

    @property
    def identity(self) -> str:
        """Return what stays the same when wording and lines change: ``AUT001 kind:name/part``."""
        return f"{self.code} {self.subject}"

    @property
    def document(self) -> str:
        """Return the declared thing that it is about: ``kind:name``."""
        return self.subject.partition("/")[0]

    @property
    def kind(self) -> str:
        """Return the kind of the declared thing."""
        return self.subject.partition(":")[0]


def order(finding: Finding) -> tuple[str, int, int, str, str]:
    """Return the key by which findings are shown: as one reads the files."""
    where = finding.where
    return where.file, where.line, where.column, finding.code, finding.subject
