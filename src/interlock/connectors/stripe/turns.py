"""Changes of state: what counts is the state that the object shows, not the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from interlock.connectors.port import CallFailed, Outcome, Record, Verdict
from interlock.connectors.stripe.proof import Desk, there_already, unproven


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A change of state, and how the object shows that it happened."""

    obj: str
    verb: str
    proven: frozenset[object]
    """Values of `field`, one of which must be there afterwards."""
    field: str = "status"
    body: Mapping[str, object] | None = None
    """What is sent with it, where the operation itself says that."""


def _turn(obj: str, verb: str, *proven: object) -> Turn:
    return Turn(obj=obj, verb=f"/{verb}", proven=frozenset(proven))


def _archive(obj: str) -> Turn:
    gone = {"active": False}
    return Turn(obj=obj, verb="", proven=frozenset({False}), field="active", body=gone)


TURNS: Final[Mapping[str, Turn]] = {
    "product.archive": _archive("product"),
    "price.archive": _archive("price"),
    "subscription_schedule.release": _turn("subscription_schedule", "release", "released"),
    "subscription_schedule.cancel": _turn("subscription_schedule", "cancel", "canceled"),
    "invoice.finalize": _turn("invoice", "finalize", "open", "paid"),
    "invoice.pay": _turn("invoice", "pay", "paid"),
    "invoice.void": _turn("invoice", "void", "void"),
    "invoice.mark_uncollectible": _turn("invoice", "mark_uncollectible", "uncollectible"),
    "credit_note.void": _turn("credit_note", "void", "void"),
    "dispute.close": _turn("dispute", "close", "lost"),
}
CANCEL: Final = Turn(obj="subscription", verb="", proven=frozenset({"canceled"}))

Send = Callable[[], Outcome]


def turned(desk: Desk, turn: Turn, ref: str, send: Send) -> Outcome:
    """Send a change of state; a refusal of one that is there already is its success (F16).

    Raises:
        CallFailed: Nobody knows what came of it.
    """
    try:
        outcome = send()
    except CallFailed as failure:
        if failure.outcome.verdict is not Verdict.REJECTED:
            raise
        record = desk.lookup.read(turn.obj, ref)
        if record is None or not _shows(record, turn):
            return failure.outcome
        return there_already(record, failure.outcome)
    if outcome.record is None or _shows(outcome.record, turn):
        return outcome
    shown = outcome.record.body.get(turn.field)
    return unproven(outcome, f"the {turn.obj}'s {turn.field} is {shown}")


def _shows(record: Record, turn: Turn) -> bool:
    return record.body.get(turn.field) in turn.proven
