"""What an inspection came to: what counts, what is set aside and why, and the verdict."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from interlock.checks.finding import Finding, Severity
from interlock.foundation.place import Place


class Verdict(Enum):
    """The three answers; unknown never reads as fine."""

    FINE = 0
    FINDINGS = 1
    UNKNOWN = 2


class Document(Protocol):
    """One declared thing, as far as reports tell of it."""

    @property
    def kind(self) -> str:
        """What it is."""
        ...

    @property
    def id(self) -> str:
        """How findings name it: ``system:crm``."""
        ...

    @property
    def place(self) -> Place:
        """Where it is declared; looked up when somebody asks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A finding that somebody accepted."""

    finding: Finding
    reason: str
    owner: str
    expires: str
    """ISO date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What formats tell about a code."""

    code: str
    severity: Severity
    title: str
    documentation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a door may show of an inspection."""

    findings: tuple[Finding, ...]
    """What counts, in reading order."""
    waived: tuple[Waived, ...] = ()
    baselined: tuple[Finding, ...] = ()
    documents: tuple[Document, ...] = ()
    rules: Mapping[str, Rule]
    """By code: every question that was asked, and our own rules for what is set aside."""
    questions: int = 0
    """How many checks were asked."""

    def count(self, severity: Severity) -> int:
        """Return how many findings of `severity` count."""
        return self.counts()[severity]

    def counts(self) -> Counter[Severity]:
        """Return how many findings of each severity count."""
        return Counter(finding.severity for finding in self.findings)

    def verdict(self, *, strict: frozenset[Severity] = frozenset({Severity.ERROR})) -> Verdict:
        """Return the answer; `strict` are the severities that count as findings."""
        found = {finding.severity for finding in self.findings}
        if found & strict:
            return Verdict.FINDINGS
        return Verdict.UNKNOWN if Severity.UNKNOWN in found else Verdict.FINE
