"""Audit entries become cases, change them and close them. Pure: reading twice changes nothing.

One live case for a run at a time, and one for a broken connection however many runs wait for it.
A case closes by itself when its run goes on or ends, or its connection heals.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock.audit.entry import Stored
from interlock.cases.case import Answer, Case, CaseKind, State, case_id
from interlock.cases.remedies import remedy
from interlock.cases.weighing import URGENT, Weighing
from interlock.foundation.money import Money

DEFAULT_RESPOND: Final = timedelta(days=1)
"""For an entry that says nothing about it."""
CONNECTION_RESPOND: Final = timedelta(hours=1)

_ENDS: Final[Mapping[str, str]] = {
    "run.resumed": "the run went on",
    "run.compensating": "the run is being taken back",
    "run.completed": "the run completed",
    "run.compensated": "the run was taken back",
    "run.cancelled": "the run was cancelled",
    "step.intended": "the run went on",
    "step.done": "the run went on",
    "event.arrived": "the run went on",
    "proof.seen": "the outcome was seen after all",
    "undo.intended": "the run is being taken back",
    "undo.done": "the run is being taken back",
    "connection.healed": "the connection healed",
    "restoration.ended": "somebody looked and let writing begin again",
    "source.heard": "it was heard again",
    "credential.renewed": "the credential is good again",
    "credential.expiring": "there is another credential, which ends soon as well",
    "break.healed": "the systems agree again",
    "break.decided": "somebody matched it, wrote it off or carried it forward",
    "reconciliation.told": "the systems could be compared again",
    "product.published": "it was published again",
    "product.confirmed": "it was read again, and what is published is right",
    "subscription.mended": "the subscriber has everything, or it was decided otherwise",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an entry did to a case."""

    before: Case | None
    """``None``: it opened the case."""
    after: Case
    entry: Stored


def take_in(
    live: Mapping[str, Case], entries: Iterable[Stored], weighing: Weighing
) -> list[Change]:
    """Return what `entries` do, in order, to the cases that are `live`, by stream."""
    now = dict(live)
    changes: list[Change] = []
    for entry in entries:
        before = now.get(entry.stream)
        if before is not None and entry.position <= before.position:
            continue
        after = _after(before, entry, weighing)
        if after is None or after == before:
            continue
        after = replace(after, position=entry.position)
        known = before if before is not None and before.id == after.id else None
        changes.append(Change(before=known, after=after, entry=entry))
        if after.live:
            now[entry.stream] = after
        else:
            del now[entry.stream]
    return changes


def _after(before: Case | None, entry: Stored, weighing: Weighing) -> Case | None:
    if entry.action in _OPENING:
        asked = _OPENING[entry.action](entry, weighing)
        return asked if before is None else _again(before, asked)
    if before is None:
        return None
    if entry.action == "run.answered":
        return _answered(before, entry)
    if entry.action in _ENDS:
        return _closed(before, entry)
    return before


def _again(before: Case, asked: Case) -> Case:
    """Return the live case with the newest facts: it keeps its id, its place and its person."""
    reopened = State.OPEN if before.state is State.ANSWERED else before.state
    return replace(
        asked,
        id=before.id,
        state=reopened,
        assignee=before.assignee if reopened is State.ASSIGNED else "",
        opened_at=before.opened_at,
        due_at=before.due_at if before.cause == asked.cause else asked.due_at,
        weight=before.weight if before.cause == asked.cause else asked.weight,
        times=before.times + 1,
    )


def _answered(before: Case, entry: Stored) -> Case:
    if before.state is State.ANSWERED:
        return before
    data = entry.data
    return replace(
        before,
        state=State.ANSWERED,
        answer=Answer(str(data["answer"])),
        answered_by=_text(data, "by"),
        reason=_text(data, "reason"),
    )


def _closed(before: Case, entry: Stored) -> Case:
    return replace(before, state=State.CLOSED, closed_at=entry.at, closed_why=_ENDS[entry.action])


def _parked(entry: Stored, weighing: Weighing) -> Case:
    data = entry.data
    kind = CaseKind(_text(data, "case_kind") or CaseKind.FAILURE)
    cause = _text(data, "kind") or kind.value
    due = entry.at + _respond(data, DEFAULT_RESPOND)
    money = _money(data.get("money"))
    system, key = _text(data, "system"), _text(data, "key")
    return Case(
        id=case_id(entry.stream, entry.position),
        stream=entry.stream,
        kind=kind,
        state=State.OPEN,
        opened_at=entry.at,
        due_at=due,
        cause=cause,
        message=_text(data, "message"),
        remedy=_text(data, "remedy") or remedy(cause, kind.value, system=system, key=key),
        owner=_text(data, "route"),
        weight=weighing.weight(money, due),
        integration=_text(data, "integration"),
        key=key,
        step=_text(data, "step"),
        system=system,
        operation=_text(data, "operation"),
        money=money,
        legal_entity=_text(data, "legal_entity"),
    )


def _broken(entry: Stored, weighing: Weighing) -> Case:
    data = entry.data
    system = _text(data, "system")
    due = entry.at + _respond(data, CONNECTION_RESPOND)
    cause = _text(data, "kind") or CaseKind.CONNECTION.value
    return Case(
        id=case_id(entry.stream, entry.position),
        stream=entry.stream,
        kind=CaseKind.GAP if entry.action == "source.gap" else CaseKind.CONNECTION,
        state=State.OPEN,
        opened_at=entry.at,
        due_at=due,
        cause=cause,
        message=_text(data, "message"),
        remedy=_text(data, "remedy") or remedy(cause, "connection", system=system, key=""),
        owner=_text(data, "route"),
        weight=weighing.weight(None, due) + URGENT,
        system=system,
    )


def _found(entry: Stored, weighing: Weighing) -> Case:
    """Return the case of a break: its money, and until the books of its period close."""
    data = entry.data
    cause = _text(data, "kind") or CaseKind.BREAK.value
    due = entry.at + _respond(data, DEFAULT_RESPOND)
    money = _money(data.get("money"))
    system = _text(data, "system")
    return Case(
        id=case_id(entry.stream, entry.position),
        stream=entry.stream,
        kind=CaseKind.BREAK,
        state=State.OPEN,
        opened_at=entry.at,
        due_at=due,
        cause=cause,
        message=_text(data, "message"),
        remedy=remedy(f"break:{cause}", "break", system=system, key=_text(data, "key")),
        owner=_text(data, "route"),
        weight=weighing.weight(money, due),
        integration=_text(data, "integration"),
        key=_text(data, "key"),
        step=_text(data, "reconciliation"),
        system=system,
        operation=_text(data, "mapping"),
        money=money,
        legal_entity=_text(data, "legal_entity"),
    )


def _unpublished(entry: Stored, weighing: Weighing) -> Case:
    """Return the case of a data product that stays as it was."""
    data = entry.data
    cause = _text(data, "kind")
    due = entry.at + DEFAULT_RESPOND
    product, system = _text(data, "product"), _text(data, "system")
    return Case(
        id=case_id(entry.stream, entry.position),
        stream=entry.stream,
        kind=CaseKind.PRODUCT,
        state=State.OPEN,
        opened_at=entry.at,
        due_at=due,
        cause=cause,
        message=_text(data, "message"),
        remedy=remedy(f"product:{cause}", "product", system=system, key=product),
        owner=_text(data, "route"),
        weight=weighing.weight(None, due),
        key=product,
        system=system,
    )


_OPENING: Final[Mapping[str, Callable[[Stored, Weighing], Case]]] = {
    "run.parked": _parked,
    "break.found": _found,
    "product.refused": _unpublished,
    "connection.broken": _broken,
    "reconciliation.untold": _broken,
    "source.silent": _broken,
    "credential.expired": _broken,
    "credential.unreadable": _broken,
    "source.gap": _broken,
    "restoration.begun": _broken,
    "subscription.held": _broken,
    "subscription.dead": _broken,
}
WANTED: Final = frozenset({*_ENDS, *_OPENING, "run.answered"})
"""The actions that cases follow from; others need not be read."""


def _text(data: Mapping[str, object], name: str) -> str:
    found = data.get(name)
    return "" if found is None else str(found)


def _respond(data: Mapping[str, object], otherwise: timedelta) -> timedelta:
    try:
        return timedelta(seconds=float(_text(data, "respond")))
    except (ValueError, OverflowError):
        return otherwise


def _money(found: object) -> Money | None:
    if not isinstance(found, Mapping) or not found.get("currency"):
        return None
    try:
        return Money(Decimal(str(found.get("amount"))), str(found["currency"]))
    except InvalidOperation:
        return None
