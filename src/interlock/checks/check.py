"""A check is a question in one file: it is named after the offence and knows no other check."""

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from interlock.checks.finding import Complaint, Finding, Severity
from interlock.checks.inspection import Inspection

Question = Callable[[Inspection], Iterator[Complaint]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A question, and how much the answer weighs."""

    code: str
    severity: Severity
    title: str
    """The offence in a few words: the name of the rule in SARIF and in lists."""
    question: Question

    @property
    def documentation(self) -> str:
        """Return the label of the check's file: why it matters, a bad and a good example."""
        return inspect.cleandoc(sys.modules[self.question.__module__].__doc__ or "")

    def answers(self, inspection: Inspection) -> Iterator[Finding]:
        """Yield what the check finds in the estate."""
        for complaint in self.question(inspection):
            yield Finding(
                code=self.code,
                severity=self.severity,
                subject=complaint.subject,
                what=complaint.what,
                hint=complaint.hint,
                where=complaint.where,
            )


def check(code: str, *, severity: Severity, title: str) -> Callable[[Question], Check]:
    """Make a check of a function that yields complaints."""

    def made(question: Question) -> Check:
        return Check(code=code, severity=severity, title=title, question=question)

    return made
