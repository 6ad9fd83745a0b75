"""What a reconciliation found is kept: `record`. What people decide about it: `deciding`.

Cases follow from the trail: `break.found` opens one, `break.healed` and `break.decided` close it.
Each entry is written in the transaction that changes the break.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, cast

from interlock.audit import trail
from interlock.audit.chain import GENESIS
from interlock.audit.entry import Entry
from interlock.estate.estate import Estate
from interlock.foundation.clock import Clock
from interlock.foundation.database import Connection, Database
from interlock.reconciliation import store
from interlock.reconciliation.definition import Definition
from interlock.reconciliation.examining import Before, Examination, Verdict
from interlock.reconciliation.finding import Break
from interlock.reconciliation.store import DECIDED, HEALED, OPEN, Kept

FILED: Final = 1_000
"""Breaks of one reconciliation that become cases of their own, those worth most; of all others
the trail has the number, and `interlock breaks list` shows them."""
ACTOR: Final = "reconciliation"
UNTOLD: Final = "reconciliation.untold"
TOLD: Final = "reconciliation.told"
AT_LEAST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What recording changed."""

    opened: int = 0
    changed: int = 0
    healed: int = 0


def record(
    database: Database, definition: Definition, found: Examination, clock: Clock
) -> Recorded:
    """Keep what was found: new breaks open cases, and what healed closes its own.

    Nothing heals by an examination that could not tell, or by one of an earlier period.
    """
    if found.report is None:
        _told(database, definition, found, clock, Recorded())
        return Recorded()
    name = definition.comparison.name
    worth = sorted(found.report.breaks, key=lambda each: (-_weight(each), each.id))
    filed = {each.id for each in worth[:FILED]}
    seen: dict[str, Break] = {each.id: each for each in worth}
    with database.transaction() as connection:
        before = {kept.id: kept for kept in store.live(connection, name)}
        opened = changed = 0
        for each in worth:
            was = before.get(each.id)
            opened, changed = opened + (was is None), changed + (was is not None)
            _seen(connection, definition, found, each, (was, each.id in filed))
        gone = [kept for kept in before.values() if kept.id not in seen]
        healed = [kept for kept in gone if not found.troubles and found.as_of >= kept.as_of]
        for kept in healed:
            ended(connection, kept, HEALED, clock.now(), {"why": "the sides agree again"})
        store.suggest(connection, name, found.report.suggestions)
    recorded = Recorded(opened=opened, changed=changed, healed=len(healed))
    _told(database, definition, found, clock, recorded)
    return recorded


def before(database: Database, name: str, *, accepted: bool = False) -> Before | None:
    """Return what the last look at `name` saw; `accepted`: what is gone since is meant so."""
    with database.transaction() as connection:
        last = trail.last(connection, f"reconciliation:{name}")
    if last is None:
        return None
    told = cast("Mapping[str, Sequence[int]]", last.data.get("shape", {}))
    shape = {each: (counts[0], counts[1]) for each, counts in told.items()}
    return Before(estate=str(last.data.get("estate", "")), shape=shape, accepted=accepted)


def _weight(found: Break) -> int:
    """Return the place in the list: by money, unit for unit, to a millionth."""
    return int(abs(found.money.amount) * 1_000_000) if found.money else 0


def untold(database: Database, estate: Estate, name: str, why: str, clock: Clock) -> None:
    """Say that a reconciliation could not be carried out at all, and why: that is a case."""
    declared = estate.reconciliations[name]
    route = declared.spec.route or declared.metadata.owner or ""
    with database.transaction() as connection:
        _say(connection, name, Answer(route=route, why=why), clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether the sides could be compared; if not, why, and who is asked."""

    route: str
    why: str = ""
    system: str = ""


def _say(connection: Connection, name: str, answer: Answer, clock: Clock) -> None:
    """Write down whether it could be told, where a case hears it."""
    stream = f"reconciliation-answer:{name}"
    last = trail.last(connection, stream)
    if not answer.why and (last is None or last.action == TOLD):
        return
    data = {
        "reconciliation": name,
        "kind": "reconciliation-untold",
        "message": answer.why[:500],
        "system": answer.system,
        "route": answer.route,
    }
    action = UNTOLD if answer.why else TOLD
    entry = Entry(action=action, at=clock.now(), actor=ACTOR, data=data, mentions={"name": name})
    trail.tell(connection, stream, [entry])


def _told(
    database: Database,
    definition: Definition,
    found: Examination,
    clock: Clock,
    recorded: Recorded,
) -> None:
    stream = f"reconciliation:{found.name}"
    was = before(database, found.name)
    kept = was.shape if was is not None and (found.lost or not found.shape) else found.shape
    counts: dict[str, int] = {}
    for each in found.report.breaks if found.report else ():
        counts[str(each.cause)] = counts.get(str(each.cause), 0) + 1
    said = {
        "verdict": str(found.verdict),
        "as_of": found.as_of,
        "estate": found.estate,
        "records": {f"{each.side}/{each.system}": each.records for each in found.sides},
        "breaks": counts,
        "at_stake": {
            cause: {currency: str(amount) for currency, amount in worth.items()}
            for cause, worth in found.at_stake.items()
        },
        "opened": recorded.opened,
        "healed": recorded.healed,
        "troubles": list(found.troubles[:20]),
        "shape": {name: list(counts) for name, counts in kept.items()},
    }
    entry = Entry(action="reconciliation.done", at=clock.now(), actor=ACTOR, data=said)
    with database.transaction() as connection:
        trail.tell(connection, stream, [entry])
        why = "; ".join(found.troubles[:3]) if found.verdict is Verdict.UNKNOWN else ""
        _say(connection, found.name, Answer(route=definition.route, why=why), clock)


def _seen(
    connection: Connection,
    definition: Definition,
    found: Examination,
    each: Break,
    known: tuple[Kept | None, bool],
) -> None:
    was, filed = known
    if was is None:
        was = store.find(connection, each.id)  # it healed once, and is back
    now = _kept(definition, found, each, filed=filed or (was is not None and was.filed))
    if was is not None:
        now = replace(now, opened_at=was.opened_at, head=was.head)
        if was.state == HEALED:
            now = replace(now, opened_at=found.at)
    decided = each.id in found.decided
    now = replace(now, state=DECIDED if decided else OPEN)
    news = was is None or (was.state, was.cause, was.money) != (now.state, now.cause, now.money)
    if now.filed and news and not decided:
        entry = _entry(definition, found, each)
        now = replace(now, head=trail.append(connection, now.stream, now.head, [entry]))
    store.keep(connection, now)


def _kept(definition: Definition, found: Examination, each: Break, *, filed: bool) -> Kept:
    return Kept(
        id=each.id,
        name=definition.comparison.name,
        state=OPEN,
        cause=str(each.cause),
        key=each.key or "",
        legal_entity=each.legal_entity,
        money=each.money,
        weight=_weight(each),
        as_of=found.as_of,
        opened_at=found.at,
        seen_at=found.at,
        filed=filed,
        head=GENESIS,
        body={
            "parts": [
                {
                    "side": part.side,
                    "system": part.system,
                    "ref": part.ref,
                    "amount": None if part.amount is None else str(part.amount),
                    "currency": part.currency,
                }
                for part in each.parts
            ],
            "absent": list(each.absent),
            "differences": [
                {"column": d.column, "values": dict(d.values)} for d in each.differences
            ],
            "note": each.note,
            "suggestion": each.suggestion,
            "run": each.link.run if each.link else "",
        },
    )


def _entry(definition: Definition, found: Examination, each: Break) -> Entry:
    where = ", ".join(f"{part.side} {part.ref}" for part in each.parts)
    absent = f"; not in {' and '.join(each.absent)}" if each.absent else ""
    differs = "; ".join(
        f"{d.column}: {' / '.join(f'{side} {value}' for side, value in d.values.items())}"
        for d in each.differences
    )
    mentions = {f"{part.side} {n}": part.ref for n, part in enumerate(each.parts)}
    if each.key:
        mentions["key"] = each.key
    money = each.money
    return Entry(
        action="break.found",
        at=found.at,
        actor=ACTOR,
        data={
            "break": each.id,
            "reconciliation": definition.comparison.name,
            "kind": str(each.cause),
            "key": each.key or "",
            "message": f"{where}{absent}{': ' + differs if differs else ''}"[:500],
            "system": " and ".join(each.absent) or each.parts[-1].system,
            "integration": each.link.integration if each.link else "",
            "run": each.link.run if each.link else "",
            "estate": each.link.estate if each.link else found.estate,
            "mapping": each.link.mapping if each.link else "",
            "money": {"amount": money.amount, "currency": money.currency} if money else None,
            "legal_entity": each.legal_entity,
            "route": definition.route,
            "respond": int(respond(found.at, found.as_of, definition.closes).total_seconds()),
        },
        mentions=mentions,
    )


def respond(at: datetime, as_of: date, closes: timedelta) -> timedelta:
    """Return how long people have: to the closing of the books of the period's month."""
    after = date(as_of.year + as_of.month // 12, as_of.month % 12 + 1, 1)
    closing = datetime.combine(after, time(), UTC) + closes
    return max(closing - at, AT_LEAST)


def ended(
    connection: Connection, kept: Kept, state: str, at: datetime, said: Mapping[str, object]
) -> None:
    """Leave a break as healed or decided, and say so where its case hears it."""
    head = kept.head
    if kept.filed:
        actor = f"user:{said['by']}" if "by" in said else ACTOR
        entry = Entry(action=f"break.{state}", at=at, actor=actor, data=said)
        head = trail.append(connection, kept.stream, kept.head, [entry])
    store.keep(connection, replace(kept, state=state, head=head, seen_at=at))
