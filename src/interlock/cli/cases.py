"""``interlock cases``: what people must decide, the most pressing first."""

import json as json_reader
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from interlock.cases.case import ANSWERS, EVERYTHING, Answer, Case, Which
from interlock.cli.terminal import (
    Json,
    moment,
    print_facts,
    print_json,
    print_table,
    whoever,
)
from interlock.foundation.errors import UsageError

app = App(name="cases", help="List, show, assign and answer what people must decide.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What comes with an answer."""

    reason: str = ""
    """Why; skip and accept need one."""
    set: tuple[str, ...] = ()
    """With `correct`: FIELD=TEXT, or FIELD:=JSON for numbers and the like."""
    by: str | None = None
    """Who decides; by default the account of this terminal."""


_NOTHING_SAID = Said()
_COLUMNS = ["case", "state", "cause", "money", "due", "owner", "integration", "key", "message"]


@app.command(name="list")
def list_(
    which: Annotated[Which, Parameter(name="*")] = EVERYTHING,
    *,
    closed: bool = False,
    limit: int = 50,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """List open cases by money at risk and nearness of the deadline.

    Example: ``interlock cases list --cause period-closed --owner group:general-ledger``

    Args:
        which: Which ones.
        closed: List closed ones instead, the latest first.
        limit: At most so many.
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.cases import store as cases
    from interlock.cases.replaying import sums
    from interlock.cli.office import open_office

    listed = cases.closed if closed else cases.queue
    with open_office(home) as store, store.database.transaction() as connection:
        found = listed(connection, which, limit)
        at_risk = [money for _, _, money in cases.at_risk(connection)]
    total = sums(at_risk)
    if json:
        print_json({"cases": found, "open": len(at_risk), "at_risk": total})
    else:
        print_table("", _COLUMNS, [_row(case) for case in found])
        worth = ", ".join(f"{amount} {currency}" for currency, amount in total.items())
        print(f"{len(found)} shown, {len(at_risk)} open; at risk: {worth or 'no money'}")
    return 0


@app.command
def show(case: str, *, home: Path | None = None, json: Json = False) -> int:
    """Show everything needed to decide CASE: what happened, what it is worth, what to do.

    Example: ``interlock cases show C3f2a9``

    Args:
        case: Its id, or the beginning of it.
        home: Where the installation lives.
        json: One JSON object instead of text.
    """
    from interlock.audit import trail
    from interlock.cases import store as cases
    from interlock.cli.office import open_office

    with open_office(home) as store:
        with store.database.transaction() as connection:
            found = cases.get(connection, case).case
        history = trail.read(store.database, cases.stream_of(found.id))
    if json:
        print_json({"case": found, "answers": sorted(ANSWERS[found.kind]), "history": history})
        return 0
    _print(found)
    rows = [(moment(entry.at), entry.action, entry.actor) for entry in history]
    print_table("its history", ["at", "what", "who"], rows)
    return 0


@app.command
def assign(
    case: str, to: str, *, by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Give CASE to a person or a group.

    Example: ``interlock cases assign C3f2a9 ana``

    Args:
        case: Its id, or the beginning of it.
        to: Who works on it from now on.
        by: Who assigns it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.cases import commands
    from interlock.cli.office import open_office

    with open_office(home) as store:
        after = commands.assign(store.database, case, to, by=whoever(by), clock=store.clock)
    _said(after, f"{after.id} is {after.assignee}'s now", as_json=json)
    return 0


@app.command
def comment(
    case: str, text: str, *, by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Write down TEXT with CASE; it stays in the record of the case.

    Example: ``interlock cases comment C3f2a9 "the customer was called"``

    Args:
        case: Its id, or the beginning of it.
        text: What there is to say.
        by: Who says it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.cases import commands
    from interlock.cli.office import open_office

    with open_office(home) as store:
        after = commands.comment(store.database, case, text, by=whoever(by), clock=store.clock)
    _said(after, f"written down with {after.id}", as_json=json)
    return 0


@app.command
def answer(
    case: str,
    answer: Answer,
    *,
    said: Annotated[Said, Parameter(name="*")] = _NOTHING_SAID,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Decide CASE: its run goes on accordingly, and who said what and why stays on record.

    Example: ``interlock cases answer C3f2a9 correct --set customer.payment_terms=NET60``

    Args:
        case: Its id, or the beginning of it.
        answer: What is to happen.
        said: With what words and values, and by whom.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.cases import commands
    from interlock.cli.office import open_office
    from interlock.flow.commands import answer as tell

    decision = commands.Decision(
        answer=answer,
        by=whoever(said.by),
        reason=said.reason,
        correction=dict(map(_given, said.set)),
    )
    with open_office(home) as store:
        after = commands.answer(store.database, case, decision, tell=tell, clock=store.clock)
    _said(after, f"{after.id} is answered: {answer.value}; a worker goes on", as_json=json)
    return 0


def _given(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip(":"):
        raise UsageError(
            f"`{text}` is not a correction", hint="Write ENTITY.FIELD=TEXT or ENTITY.FIELD:=JSON."
        )
    if not name.endswith(":"):
        return name, value
    try:
        return name[:-1], json_reader.loads(value, parse_float=Decimal)
    except ValueError as error:
        hint = "After := stands JSON, such as 12.50, true or null."
        raise UsageError(f"`{value}` is not JSON", hint=hint) from error


def _row(case: Case) -> tuple[object, ...]:
    return (
        case.id,
        f"{case.state} ({case.assignee})" if case.assignee else case.state,
        case.cause,
        case.money or "",
        moment(case.due_at),
        case.owner,
        case.integration,
        case.key or case.system,
        case.message,
    )


def _print(case: Case) -> None:
    print_facts(
        [
            ("case", f"{case.id}, {case.kind}, {case.state}"),
            ("about", f"{case.integration} {case.key}".strip()),
            ("step", case.step),
            ("system", case.system),
            ("cause", case.cause),
            ("message", case.message),
            ("at risk", case.money or ""),
            ("legal entity", case.legal_entity),
            ("owner", case.owner),
            ("assigned to", case.assignee),
            ("opened", moment(case.opened_at)),
            ("due", moment(case.due_at)),
            ("reported", f"{case.times} times" if case.times > 1 else ""),
            ("answer", f"{case.answer} by {case.answered_by}" if case.answer else ""),
            ("reason", case.reason),
            ("closed", f"{moment(case.closed_at)}: {case.closed_why}" if case.closed_at else ""),
            ("what to do", case.remedy if case.live else ""),
            ("answers", ", ".join(sorted(ANSWERS[case.kind])) if case.live else ""),
            ("run", case.stream),
        ]
    )


def _said(case: Case, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(case)
    else:
        print(sentence)
