"""What people decide about breaks: `match`, `give_up`, `approve`; each is written into the trail.

Nobody gives up more than the limit of the estate alone: then the decision is proposed, and a
second person puts it in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from interlock.audit import trail
from interlock.audit.entry import Entry
from interlock.foundation.clock import Clock
from interlock.foundation.database import Connection, Database
from interlock.foundation.errors import RefusedError, UsageError
from interlock.foundation.ids import derived
from interlock.foundation.money import Money
from interlock.reconciliation import store
from interlock.reconciliation.commands import ended
from interlock.reconciliation.decision import Decision, Kind, needs_another
from interlock.reconciliation.definition import Definition
from interlock.reconciliation.store import DECIDED, HEALED, Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Who decides, and why."""

    by: str
    reason: str = ""
    until: date | None = None


def match(
    database: Database, definition: Definition, named: Sequence[str], said: Said, clock: Clock
) -> Decision:
    """Say that records belong together: those of one suggestion, or of several breaks.

    Raises:
        RefusedError: Something is left over, and no reason is given to write it off.
        UsageError: One of them is not there.
    """
    with database.transaction() as connection:
        breaks, parts = _picked(connection, definition, named)
        left = balance(breaks, definition)
        if left is not None and left.amount and not said.reason.strip():
            raise RefusedError(
                f"{left} is left over between them",
                hint="Pick what is missing, or say with --reason why the rest is written off.",
            )
        made = _made(definition, Kind.MATCH, breaks, said, clock)
        made = replace(made, parts=parts, money=left)
        return _decided(connection, definition, made, breaks, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What a person has picked so far, and what is left between the sides."""

    breaks: Sequence[Kept]
    left: Money | None
    """Of the first side less that of the others; ``None``: nothing of it has an amount."""


def picked(database: Database, definition: Definition, named: Sequence[str]) -> Picked:
    """Return what matching one suggestion or several breaks would leave; decides nothing.

    Raises:
        RefusedError: They are in several currencies, or one is healed.
        UsageError: One of them is not there.
    """
    with database.transaction() as connection:
        breaks, _ = _picked(connection, definition, named)
    return Picked(breaks=breaks, left=balance(breaks, definition))


def _picked(
    connection: Connection, definition: Definition, named: Sequence[str]
) -> tuple[list[Kept], list[tuple[str, str]]]:
    suggestion = store.suggested(connection, named[0]) if len(named) == 1 else None
    if suggestion is not None:
        parts = suggestion[1]
        wanted = set(parts)
        listed = store.live(connection, definition.comparison.name)
        return [kept for kept in listed if wanted & set(kept.parts)], parts
    breaks = [store.get(connection, each) for each in named]
    _must_be_open(breaks, definition)
    return breaks, [part for kept in breaks for part in kept.parts]


def _must_be_open(breaks: Sequence[Kept], definition: Definition) -> None:
    for kept in breaks:
        if kept.name != definition.comparison.name:
            raise UsageError(f"`{kept.id}` is a break of `{kept.name}`")
        if kept.state == HEALED:
            raise RefusedError(f"break {kept.id} is healed", hint="There is nothing to decide.")


def balance(breaks: Sequence[Kept], definition: Definition) -> Money | None:
    """Return what is left between the first side and the others, in the currency of all.

    Raises:
        RefusedError: They are in several currencies.
    """
    first = definition.comparison.sides[0]
    currencies: set[str] = set()
    left = Decimal(0)
    for kept in breaks:
        listed = kept.body.get("parts")
        for part in listed if isinstance(listed, list) else ():
            if part["amount"] is not None:
                currencies.add(str(part["currency"]))
                left += Decimal(part["amount"]) * (1 if part["side"] == first else -1)
    if len(currencies) > 1:
        raise RefusedError(
            f"they are in {' and '.join(sorted(currencies))}",
            hint="Amounts of two currencies never meet.",
        )
    return Money(left, currencies.pop()) if currencies else None


def give_up(
    database: Database, definition: Definition, break_id: str, said: Said, clock: Clock
) -> Decision:
    """Write a break off; or, until a day, carry it forward.

    Raises:
        UsageError: There is no such break, or no reason is given.
        RefusedError: It is healed.
    """
    if not said.reason.strip():
        raise UsageError("a reason is missing", hint="Say why with --reason: an auditor will ask.")
    with database.transaction() as connection:
        kept = store.get(connection, break_id)
        _must_be_open([kept], definition)
        kind = Kind.WRITE_OFF if said.until is None else Kind.CARRY_FORWARD
        made = _made(definition, kind, [kept], said, clock)
        made = replace(made, money=kept.money)
        return _decided(connection, definition, made, [kept], clock)


def _made(
    definition: Definition, kind: Kind, breaks: Sequence[Kept], said: Said, clock: Clock
) -> Decision:
    at = clock.now()
    ids = sorted(kept.id for kept in breaks)
    return Decision(
        id="D" + derived(*ids, kind, said.by, at.isoformat(), length=10),
        name=definition.comparison.name,
        kind=kind,
        breaks=ids,
        reason=said.reason,
        until=said.until,
        by=said.by,
        at=at,
    )


def _decided(
    connection: Connection,
    definition: Definition,
    made: Decision,
    breaks: Sequence[Kept],
    clock: Clock,
) -> Decision:
    made = replace(made, in_force=not needs_another(made.money, definition.limits))
    store.decide(connection, made)
    _noted(connection, made, "decision.made" if made.in_force else "decision.proposed", made.by)
    if made.in_force:
        _close(connection, made, breaks, clock.now())
    return made


def approve(database: Database, decision_id: str, by: str, clock: Clock) -> Decision:
    """Agree, as a second person, to what somebody proposed.

    Raises:
        RefusedError: It is the person who proposed it, or it is in force already.
        UsageError: There is no such decision.
    """
    with database.transaction() as connection:
        made = store.decision(connection, decision_id)
        if made.by == by:
            raise RefusedError(
                f"{by} proposed it: a second person must agree", hint="Ask somebody else."
            )
        if not store.approve(connection, decision_id, by):
            raise RefusedError(f"decision {decision_id} is in force already")
        made = replace(made, in_force=True, approved_by=by)
        _noted(connection, made, "decision.approved", by)
        breaks = [store.get(connection, each) for each in made.breaks]
        _close(connection, made, [k for k in breaks if k.state != HEALED], clock.now())
        return made


def _noted(connection: Connection, made: Decision, action: str, by: str) -> None:
    stream = f"decision:{made.id}"
    said = {
        "reconciliation": made.name,
        "kind": str(made.kind),
        "breaks": list(made.breaks),
        "parts": [list(part) for part in made.parts],
        "money": {"amount": made.money.amount, "currency": made.money.currency}
        if made.money
        else None,
        "reason": made.reason,
        "until": made.until,
    }
    entry = Entry(action=action, at=made.at, actor=f"user:{by}", data=said)
    trail.tell(connection, stream, [entry])


def _close(connection: Connection, made: Decision, breaks: Sequence[Kept], at: datetime) -> None:
    said = {"why": str(made.kind), "by": made.by, "decision": made.id, "reason": made.reason}
    for kept in breaks:
        ended(connection, kept, DECIDED, at, said)
