"""Who put a hand to a run does not approve it (segregation of duties, R66).

Asked here and not by a screen: the console, the API and a terminal all come by. The limit is the
estate's: a run asks for approval only where its declaration says so.
"""

from collections.abc import Iterable
from typing import Final

from interlock.audit.entry import Stored
from interlock.cases.case import Answer, Case, CaseKind
from interlock.foundation.errors import RefusedError

_REPAIRED: Final = frozenset(
    {Answer.CORRECT, Answer.RETRY, Answer.SKIP, Answer.ACCEPT, Answer.COMPENSATE}
)
"""These have decided how the run goes on; whoever said one has an interest in the yes."""


def hands(entries: Iterable[Stored]) -> frozenset[str]:
    """Return who decided how a run goes on, by the run's own record."""
    return frozenset(
        _one(str(entry.data.get("by", "")))
        for entry in entries
        if entry.action == "run.answered" and entry.data.get("answer") in _REPAIRED
    )


def must_be_another(case: Case, answer: Answer, by: str, entries: Iterable[Stored]) -> None:
    """Let nobody approve what came of an own decision. To deny is always free.

    Raises:
        RefusedError: It is the same person.
    """
    if case.kind is not CaseKind.APPROVAL or answer is not Answer.APPROVE:
        return
    if _one(by) in hands(entries):
        raise RefusedError(
            f"{by} decided how this run goes on: a second person must approve it",
            hint="Assign it to somebody else, or deny it.",
        )


def _one(name: str) -> str:
    """Return one spelling: Ana and ana are one person."""
    return name.strip().lower()
