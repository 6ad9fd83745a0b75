"""The promise, as laws over what the vendors hold and what the installation says in public.

Each law returns what breaks it, in sentences that name the deal. The numbers are those of the
test programme (reliability.md 4.4).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from interlock.audit import trail
from interlock.audit.chain import Head
from interlock.audit.verification import verify
from interlock.cases import store as cases
from interlock.flow.store import QUERIES
from interlock.proving import live
from interlock.proving.company import BOOKS, CURRENCIES, MAY_WRITE
from interlock.proving.ledger import Row
from interlock.proving.universe import Universe
from interlock.proving.vendor import SECRET

Law = Callable[[Universe], Iterator[str]]

ENDED: Final = frozenset({"completed", "compensated", "cancelled"})
FLOW: Final = "quote-to-cash"


def _last_states(here: Universe) -> dict[str, str]:
    return dict(here.states(FLOW))


def _invoices(here: Universe, key: str) -> list[tuple[str, Row]]:
    return [
        (system, row)
        for system in BOOKS.values()
        for row in here.systems[system].ledger.live("invoice", key)
    ]


def one_document(here: Universe) -> Iterator[str]:
    """I1: at most one live invoice and subscription per deal; completed: one; taken back: none."""
    states = _last_states(here)
    for key in here.story.deals:
        invoices = _invoices(here, key)
        subscriptions = here.systems["billing"].ledger.live("subscription", key)
        for what, many in (("invoices", len(invoices)), ("subscriptions", len(subscriptions))):
            state = states.get(key, "unknown")
            if many > 1:
                yield f"{key} has {many} live {what}"
            if state == "completed" and many != 1:
                yield f"{key} is completed with {many} live {what}"
            if state in {"compensated", "cancelled"} and many:
                yield f"{key} is {state} and still has {many} live {what}"


def balanced(here: Universe) -> Iterator[str]:
    """I2: the lines of every invoice add up to its total, to the last unit of its currency."""
    for system in BOOKS.values():
        for row in here.systems[system].ledger.of("invoice"):
            lines = row.body.get("lines")
            total = (
                sum(_decimal(line["amount"]) for line in lines)
                if isinstance(lines, list)
                else None
            )
            if total != _decimal(row.body.get("total")):
                yield f"{row.key}: lines of {total}, total {row.body.get('total')}"


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def accounted(here: Universe) -> Iterator[str]:
    """I3: every deal ends in exactly one of completed, taken back, open case."""
    states, accepted = _last_states(here), _answered(here, "accept")
    with here.database.transaction() as connection:
        queue = Counter(
            case.key for case in cases.queue(connection, limit=10_000) if case.integration == FLOW
        )
    for deal in here.story.deals.values():
        state = states.get(deal.key)
        if state is None:
            if not deal.withdrawn:
                yield f"{deal.key} was won and has no run"
        elif state == "parked" and queue[deal.key] != 1:
            yield f"{deal.key} is parked with {queue[deal.key]} open cases"
        elif state == "completed" and deal.withdrawn and deal.key not in accepted:
            yield f"{deal.key} was called off and is completed, and nobody accepted that"
        elif state in ENDED and queue[deal.key]:
            yield f"{deal.key} is {state} and still asks {queue[deal.key]} questions"


def authority_kept(here: Universe) -> Iterator[str]:
    """I4: nothing was written that its system may not be told by a flow."""
    for name, system in here.systems.items():
        for applied in system.ledger.applied:
            obj, _, verb = applied.request.operation.rpartition(".")
            allowed = MAY_WRITE.get((name, obj), frozenset()) | {applied.request.key_field}
            beyond = set(applied.request.body) - allowed
            if beyond and verb not in {"cancel", "credit"}:
                yield f"{name}.{obj} {applied.request.key} was told {sorted(beyond)}"


def recorded(here: Universe) -> Iterator[str]:
    """I5: the trail verifies, and every write that took effect was intended in it before."""
    with here.database.transaction() as connection:
        rows = connection.rows(QUERIES["heads"], {})
        heads = {
            str(r["id"]): Head(int(str(r["head_position"])), str(r["head_hash"])) for r in rows
        }
        heads |= cases.heads(connection) | trail.kept(connection)
    for finding in verify(here.database, heads).findings:
        yield f"trail: {finding.fault} {finding.where} {finding.what}"
    for name, system in here.systems.items():
        yield from live.unintended(here.database, name, system.ledger.applied)


def _answered(here: Universe, answer: str) -> set[str]:
    """Return the keys of the deals that a person gave `answer` to, as the trail has it."""
    keys = {
        entry.stream: str(entry.data["key"])
        for entry in live.entries(here.database, "run.started")
    }
    given = live.entries(here.database, "run.answered")
    return {keys[entry.stream] for entry in given if entry.data.get("answer") == answer}


def sums_tie(here: Universe) -> Iterator[str]:
    """I7: billing, books and completed deals have the same sums, per legal entity and currency."""
    states, kept = _last_states(here), _answered(here, "accept")
    agreed: dict[str, Decimal] = defaultdict(Decimal)
    for deal in here.story.deals.values():
        if states.get(deal.key) == "completed" and deal.key not in kept:
            agreed[deal.entity] += deal.amount
    for entity, system in BOOKS.items():
        booked, billed = Decimal(), Decimal()
        for deal in here.story.deals.values():
            key = deal.key
            if deal.entity != entity or states.get(key) != "completed" or key in kept:
                continue
            booked += sum(_decimal(row.body["total"]) for _, row in _invoices(here, key))
            rows = here.systems["billing"].ledger.live("subscription", key)
            billed += sum(_decimal(row.body["amount"]) for row in rows)
        if not booked == billed == agreed[entity]:
            yield f"{entity}: agreed {agreed[entity]}, billed {billed}, in {system} {booked}"


def at_rest(here: Universe) -> Iterator[str]:
    """I9: once the weather is calm, everything ends or waits for a person; nothing hangs."""
    for integration in (FLOW, "customer-sync"):
        for key, state in here.states(integration):
            if state not in ENDED | {"parked"}:
                yield f"{integration} of {key} is still {state}"


def right_books(here: Universe) -> Iterator[str]:
    """I10, I16: every document is in its own entity's books, in that entity's currency."""
    for entity, system in BOOKS.items():
        for row in here.systems[system].ledger.of("invoice"):
            deal = here.story.deals[row.key]
            said = (row.body.get("entity"), row.body.get("currency"))
            if deal.entity != entity or said != (entity, CURRENCIES[entity]):
                yield f"{row.key} of {deal.entity} stands in {system} as {said}"


def buyer_followed(here: Universe) -> Iterator[str]:
    """I11: an invoice names a customer known there, and none merged before its buyer was read."""
    read = _buyers_read(here)
    for system in BOOKS.values():
        known = {row.ref: row.key for row in here.systems[system].ledger.of("customer")}
        for row in here.systems[system].ledger.of("invoice"):
            buyer = known.get(str(row.body.get("customer")))
            if buyer is None:
                yield f"{row.key} in {system} is for {row.body.get('customer')}, unknown there"
                continue
            merged = here.story.merged_at.get(buyer)
            if row.live and merged is not None and any(at > merged for at in read[row.key]):
                yield f"{row.key} in {system} is for {buyer}, merged before it was read"


def _buyers_read(here: Universe) -> Mapping[str, list[datetime]]:
    """Return when the buyer of each deal was first read by each of its runs."""
    keys = {
        entry.stream: str(entry.data["key"])
        for entry in live.entries(here.database, "run.started")
    }
    found: dict[str, list[datetime]] = defaultdict(list)
    seen: set[str] = set()
    for entry in live.entries(here.database, "step.done"):
        if str(entry.data["step"]).startswith("buyer/") and entry.stream not in seen:
            seen.add(entry.stream)
            found[keys[entry.stream]] = [entry.at]
    return found


def reported(here: Universe) -> Iterator[str]:
    """I12: a completed deal shows its invoice and its payment in the CRM."""
    states = _last_states(here)
    for key in here.story.deals:
        if states.get(key) != "completed":
            continue
        body = here.systems["crm"].ledger.rows["deal", key].body
        numbers = {row.body["number"] for _, row in _invoices(here, key)}
        if body.get("invoice_number") not in numbers or body.get("payment_status") != "paid":
            yield f"{key} shows {body.get('invoice_number')}, {body.get('payment_status')}"


def no_good_deal_lost(here: Universe) -> Iterator[str]:
    """I13: a deal with nothing wrong was billed; only a reason takes one back."""
    states, undone = _last_states(here), _answered(here, "compensate")
    refused = set().union(*(system.good_refused for system in here.systems.values()))
    for deal in here.story.deals.values():
        excused = deal.withdrawn or deal.key in refused or deal.key in undone
        state = states.get(deal.key)
        if state in {"compensated", "cancelled"} and not excused:
            yield f"{deal.key} was {state} for no reason"


def polite(here: Universe) -> Iterator[str]:
    """I14: a refusal is not asked again and again; who is told to wait mostly waits."""
    for name, system in here.systems.items():
        if system.calls_while_told_to_wait > MOST_IMPATIENT:
            yield f"{name} was called {system.calls_while_told_to_wait} times though it said wait"
        for key, times in system.refusals.items():
            if times > MOST_REFUSALS:
                yield f"{name} refused {key} {times} times"


AN_HOUR: Final = timedelta(hours=1)
MOST_REFUSALS: Final = 8
"""Refusals of one record: one each time that a person asked for it again, twice clicked or not."""
MOST_IMPATIENT: Final = 60
"""Calls of a universe during a told wait: two workers, each with calls under way when it came."""


def nobody_bothered(here: Universe) -> Iterator[str]:
    """I15: no problem that heals by itself becomes a person's work."""
    yield from here.people.bothered


def no_secret_told(here: Universe) -> Iterator[str]:
    """I17: what a vendor echoed of our credential is nowhere in the trail."""
    for entry in live.entries(here.database, ""):
        if SECRET in str(entry.data):
            yield f"{entry.stream}#{entry.position} repeats the credential"


def approved(here: Universe) -> Iterator[str]:
    """I18: no estate was ever in force whose author approved it."""
    for finding in live.approved(here.database):
        yield f"{finding.where} was {finding.what}"


def replays_change_nothing(here: Universe) -> Iterator[str]:
    """I6: replaying everything that finished, twice, changes nothing outside. Comes last."""
    before = here.outside()
    for _ in range(2):
        for run in here.finished():
            here.replay(run)
        here.go_on(here.clock.now() + AN_HOUR)
    if here.outside() != before:
        yield "replaying everything twice changed what the systems hold"


INVARIANTS: Final[Mapping[str, Law]] = {
    "I1 one document": one_document,
    "I2 balanced": balanced,
    "I3 accounted for": accounted,
    "I4 authority kept": authority_kept,
    "I5 recorded before": recorded,
    "I7 sums tie": sums_tie,
    "I9 at rest": at_rest,
    "I10 right books": right_books,
    "I11 buyer known": buyer_followed,
    "I12 reported back": reported,
    "I13 no good deal lost": no_good_deal_lost,
    "I14 polite": polite,
    "I15 nobody bothered": nobody_bothered,
    "I17 no secret told": no_secret_told,
    "I18 approved": approved,
    "I6 replays change nothing": replays_change_nothing,
}
"""In the order in which they are asked; the last one goes on with the universe."""
