"""A case: a question for a person, with what it is worth, whose it is and until when (R62-R66)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from interlock.foundation.ids import derived
from interlock.foundation.money import Money


class CaseKind(StrEnum):
    """What is being asked."""

    FAILURE = "failure"
    """A step failed in a way that does not heal: what now?"""
    APPROVAL = "approval"
    """Yes or no?"""
    PROOF = "proof"
    """The call said yes and the target does not show it (R71): what is true?"""
    CHANGE = "change"
    """The source changed while the run was past its point of no return."""
    CONNECTION = "connection"
    """A system cannot be reached or does not let us in; all its runs wait."""
    BREAK = "break"
    """Two systems do not agree (`interlock reconcile`): which of them is right?"""
    GAP = "gap"
    """A system does not know any more what happened in a span of time: was anything missed?"""
    PRODUCT = "product"
    """A data product is not published, because it would not keep its promises: who mends what?"""


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    """Someone decided; the run has not gone on yet."""
    CLOSED = "closed"


class Answer(StrEnum):
    """What a person can say."""

    RETRY = "retry"
    """Whatever stood in the way is gone: try the same again."""
    CORRECT = "correct"
    """Try again with these values instead."""
    SKIP = "skip"
    """Leave the step out. Needs a reason."""
    COMPENSATE = "compensate"
    """Take back what was done."""
    ACCEPT = "accept"
    """It is right as it is. Needs a reason."""
    APPROVE = "approve"
    DENY = "deny"


MOVES: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.OPEN: frozenset({State.ASSIGNED, State.ANSWERED, State.CLOSED}),
        State.ASSIGNED: frozenset({State.ASSIGNED, State.ANSWERED, State.CLOSED}),
        State.ANSWERED: frozenset({State.OPEN, State.CLOSED}),
        State.CLOSED: frozenset(),
    }
)
"""From where a case may go where; answered goes back to open when its run parks again at once."""

_REPAIRS: Final = frozenset(
    {Answer.RETRY, Answer.CORRECT, Answer.SKIP, Answer.COMPENSATE, Answer.ACCEPT}
)
ANSWERS: Final[Mapping[CaseKind, frozenset[Answer]]] = MappingProxyType(
    {
        CaseKind.FAILURE: _REPAIRS,
        CaseKind.PROOF: _REPAIRS,
        CaseKind.CHANGE: _REPAIRS,
        CaseKind.APPROVAL: frozenset({Answer.APPROVE, Answer.DENY}),
        CaseKind.CONNECTION: frozenset(),
        CaseKind.BREAK: frozenset(),
        CaseKind.GAP: frozenset({Answer.ACCEPT}),
        CaseKind.PRODUCT: frozenset(),
    }
)
"""What can be answered. A connection is mended, not answered: its case closes when it heals. A gap
closes when somebody says what came of comparing the systems: no run waits for that. A break heals
or is decided by `interlock breaks`: to match, write off or carry forward needs more than that. A
product is mended at its sources or in its contract: its case closes when it is published."""

NEED_A_REASON: Final = frozenset({Answer.SKIP, Answer.ACCEPT})
"""These leave the books as no rule foresaw: an auditor will ask why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question, with everything needed to decide it."""

    id: str
    stream: str
    """The run, or ``connection:<system>``."""
    kind: CaseKind
    state: State
    opened_at: datetime
    due_at: datetime
    cause: str
    """The kind of failure, from `connectors.port.Kind` or the flow: the key to bulk replay."""
    message: str
    remedy: str
    owner: str
    """The group that it was routed to; empty when nobody is named."""
    weight: int
    """Its place in the queue: larger is sooner (see `weighing`)."""
    integration: str = ""
    key: str = ""
    step: str = ""
    system: str = ""
    operation: str = ""
    money: Money | None = None
    legal_entity: str = ""
    assignee: str = ""
    answer: Answer | None = None
    answered_by: str = ""
    reason: str = ""
    closed_at: datetime | None = None
    closed_why: str = ""
    times: int = 1
    """How often it was reported while it was open."""
    position: int = 0
    """The last entry of the stream that it took in."""

    @property
    def live(self) -> bool:
        """Tell whether it still needs attention."""
        return self.state is not State.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which cases are meant; an empty word means any."""

    integration: str = ""
    """Only of this integration."""
    cause: str = ""
    """Only with this kind of failure, e.g. period-closed."""
    kind: str = ""
    """Only failure, approval, proof, change or connection."""
    owner: str = ""
    """Only routed to this group, or assigned to this person."""
    key: str = ""
    """Only for this business key."""
    legal_entity: str = ""
    """Only of this legal entity."""


EVERYTHING: Final = Which()


def case_id(stream: str, position: int) -> str:
    """Return the id of the case that the entry at `position` opens: the same on every reading."""
    return f"C{derived('case', stream, str(position), length=14)}"


def may_move(case: Case, state: State) -> bool:
    """Tell whether `case` may go to `state`."""
    return state in MOVES[case.state]
