"""``interlock trace``: one page for any id of the chain."""

from datetime import datetime
from pathlib import Path

from interlock.cli.terminal import Json, moment, print_facts, print_json, print_table, safe
from interlock.insight.story import Attempt, Moment, Story, Transaction

NOT_FOUND = 1


def trace(any_id: str, *, home: Path | None = None, json: Json = False) -> int:
    """Tell everything about the transaction that ANY_ID belongs to, over all systems.

    Any id of the chain will do: opportunity, customer, subscription, invoice, payment, a run, a
    case, an idempotency key. If several transactions bear it, they are listed.

    Exit codes: 0 told, 1 nothing is known by that id.

    Example: ``interlock trace INV-1042``

    Args:
        any_id: The id, in any system's spelling.
        home: Where the installation lives.
        json: One JSON object with everything about each transaction.
    """
    from interlock.cli.office import open_office
    from interlock.insight.trace import trace as traced

    with open_office(home) as store:
        story = traced(store.database, any_id)
    if json:
        print_json(story)
    else:
        _print(story)
    return 0 if story.transactions else NOT_FOUND


def _print(story: Story) -> None:
    if not story.transactions:
        print(f"nothing is known by `{safe(story.asked)}`")
    elif len(story.transactions) == 1:
        _print_one(story.transactions[0])
    else:
        _print_list(story)


def _print_list(story: Story) -> None:
    rows = [
        (
            each.run,
            each.integration,
            each.key,
            each.state,
            each.money or "",
            moment(each.started_at),
        )
        for each in story.transactions
    ]
    columns = ["run", "integration", "key", "state", "money", "started"]
    print_table(f"`{safe(story.asked)}` belongs to several transactions", columns, rows)
    if story.more:
        print("… and more; ask by a more particular id")
    print("ask for one: interlock trace RUN")


def _print_one(told: Transaction) -> None:
    print_facts(
        [
            ("transaction", f"{told.integration} {told.key}"),
            ("state", told.state),
            ("money", told.money or ""),
            ("legal entity", told.legal_entity),
            ("run", f"{told.run}, generation {told.generation}"),
            ("started by", told.trigger),
            ("started", moment(told.started_at)),
            ("ended", _ended(told)),
            ("estate", _estate(told)),
        ]
    )
    print_table("known as", ["what", "ids"], _known_as(told))
    print_table("what was done", _COLUMNS, [_row(each) for each in told.attempts])
    print_table("on whose authority", ["step", "fields", "whose"], _decisions(told))
    print_table("what else happened", ["at", "what", "who", "details"], _moments(told.moments))
    if told.proofs:
        print_facts([("proven", ", ".join(told.proofs))])
    for case in told.cases:
        print_facts([("case", f"{case.id} {case.state}: {case.message}"), ("do", case.remedy)])


_COLUMNS = ["at", "step", "try", "system", "operation", "outcome", "seconds", "ref", "why"]


def _row(each: Attempt) -> tuple[object, ...]:
    step = f"undo {each.step}" if each.undo else each.step
    why = " ".join(part for part in (each.kind, each.code, each.message) if part)
    outcome = each.outcome or "not known yet"
    if each.existing and not each.operation.endswith(".read"):
        outcome += " (was there)"
    return (
        _clock(each.intended_at or each.ended_at),
        f"{step} (look-up)" if each.probe else step,
        each.attempt,
        each.system,
        each.operation,
        outcome,
        each.seconds,
        each.ref,
        why,
    )


def _clock(at: datetime | None) -> str:
    """Return the time of day alone: the page says above when it all began."""
    return f"{at:%d. %H:%M:%S}" if at else ""


def _known_as(told: Transaction) -> list[tuple[str, str]]:
    """Return the ids by what they are; the keys of single writes are left to `--json`."""
    found: dict[str, list[str]] = {}
    for what, value in told.ids:
        if what != "idempotency_key":
            found.setdefault(what, []).append(value)
    return [(what, ", ".join(values)) for what, values in found.items()]


def _decisions(told: Transaction) -> list[tuple[str, str, str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for each in told.attempts:
        for ruling in each.authority:
            whose = f"{ruling.system}: {ruling.because}" if ruling.because else ruling.system
            fields = found.setdefault((each.step, whose), [])
            if ruling.field not in fields:
                fields.append(ruling.field)
    return [(step, ", ".join(fields), whose) for (step, whose), fields in found.items()]


def _moments(moments: tuple[Moment, ...]) -> list[tuple[str, str, str, str]]:
    return [(_clock(each.at), each.action, each.actor, each.what) for each in moments]


def _ended(told: Transaction) -> str:
    if told.seconds is None:
        return ""
    return f"{moment(told.ended_at)}, after {told.seconds:.1f} s"


def _estate(told: Transaction) -> str:
    estate = told.estate
    if not estate.applied_at:
        return estate.digest
    by = f"applied {moment(estate.applied_at)} by {estate.author}, approved by {estate.approver}"
    return f"{estate.digest[:16]}…, {by}"
