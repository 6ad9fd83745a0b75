"""``interlock breaks``: what the last reconciliation left, and what people decide about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from interlock.cli.terminal import Json, moment, print_json, print_table, whoever
from interlock.foundation.clock import Clock
from interlock.foundation.database import Database
from interlock.reconciliation.decision import Decision
from interlock.reconciliation.definition import Definition, definition_of

app = App(name="breaks", help="List breaks; match them, write them off, carry them forward.")
_COLUMNS = ["break", "cause", "money", "key", "entity", "since", "suggested", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """With what words, and by whom."""

    reason: str = ""
    """Why: an auditor will ask."""
    by: str | None = None
    """Who decides; by default the account of this terminal."""


_NO_WORDS = Words()


@app.command(name="list")
def list_(
    name: str,
    *,
    decided: bool = False,
    limit: int = 50,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """List the breaks of the reconciliation NAME, those worth most first.

    Example: ``interlock breaks list invoices``

    Args:
        name: The reconciliation.
        decided: Those that were decided instead, and all decisions.
        limit: At most so many.
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.cli.office import open_office
    from interlock.reconciliation import store as kept
    from interlock.reconciliation.standing import standing

    state = kept.DECIDED if decided else kept.OPEN
    with open_office(home) as store:
        stands = standing(store.database, name)
        with store.database.transaction() as connection:
            found = kept.page(connection, name, state, limit)
            made = kept.decisions(connection, name) if decided else []
    if json:
        print_json({"standing": stands, "breaks": found, "decisions": made})
        return 0
    if stands is None:
        print(f"{name} was never carried out")
    else:
        print(f"{name} as of {stands.as_of}: {stands.verdict}, compared {moment(stands.at)}")
    rows = [
        (
            each.id,
            each.cause,
            each.money or "",
            each.key,
            each.legal_entity,
            moment(each.opened_at),
            each.body.get("suggestion", ""),
            each.body.get("note", ""),
        )
        for each in found
    ]
    print_table("", _COLUMNS, rows)
    decisions = [
        (each.id, each.kind, each.money or "", each.by, each.approved_by, each.reason)
        for each in made
    ]
    print_table("decisions", ["decision", "what", "money", "by", "agreed", "why"], decisions)
    print(f"{len(found)} shown")
    return 0


@app.command
def match(
    name: str,
    *named: str,
    words: Annotated[Words, Parameter(name="*")] = _NO_WORDS,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Say that the records of a suggestion, or of several breaks, belong together.

    What is left over between them is told; it is refused unless a reason writes it off.

    Example: ``interlock breaks match bank M3f2a91c0d4e5``

    Args:
        name: The reconciliation.
        named: One suggestion, or the breaks whose records belong together.
        words: With what words, and by whom.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.reconciliation import deciding

    with _deciding(home, name) as (database, definition, clock):
        said = deciding.Said(by=whoever(words.by), reason=words.reason)
        made = deciding.match(database, definition, named, said, clock)
    return _told(made, as_json=json)


@app.command
def balance(name: str, *named: str, home: Path | None = None, json: Json = False) -> int:
    """Show what is left between the sides of what is picked so far; nothing is decided.

    Example: ``interlock breaks balance bank B3f2a91c0d4e5 B77aa01b2c3d4``

    Args:
        name: The reconciliation.
        named: One suggestion, or the breaks whose records are picked.
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.reconciliation import deciding

    with _deciding(home, name) as (database, definition, _):
        found = deciding.picked(database, definition, named)
    if json:
        print_json(found)
        return 0
    rows = [(each.id, each.cause, each.money or "", each.key) for each in found.breaks]
    print_table("", ["break", "cause", "money", "key"], rows)
    print(f"left: {found.left or 'no amount'}")
    return 0


@app.command(name="write-off")
def write_off(
    name: str,
    number: str,
    *,
    words: Annotated[Words, Parameter(name="*")] = _NO_WORDS,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Give a break up. Above the limit of the estate a second person must agree.

    Example: ``interlock breaks write-off invoices B3f2a91c0d4e5 --reason "bank charges"``

    Args:
        name: The reconciliation.
        number: The id of the break.
        words: With what words, and by whom; a reason is needed.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    return _given_up(name, number, words, None, (home, json))


@app.command(name="carry-forward")
def carry_forward(
    name: str,
    number: str,
    *,
    until: date,
    words: Annotated[Words, Parameter(name="*")] = _NO_WORDS,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Let a break rest until a day, because it is expected to heal.

    Example: ``interlock breaks carry-forward bank B3f2a91c0d4e5 --until 2026-11-30 --reason late``

    Args:
        name: The reconciliation.
        number: The id of the break.
        until: The last day on which it is nobody's question.
        words: With what words, and by whom; a reason is needed.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    return _given_up(name, number, words, until, (home, json))


@app.command
def approve(
    decision: str, *, by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Agree, as a second person, to a decision above the limit.

    Example: ``interlock breaks approve D3f2a91c0d4 --by bao``

    Args:
        decision: Its id.
        by: Who agrees; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.cases import commands as cases
    from interlock.cli.office import open_office
    from interlock.reconciliation import deciding

    with open_office(home) as store:
        made = deciding.approve(store.database, decision, whoever(by), store.clock)
        cases.collect(store.database)
    return _told(made, as_json=json)


@contextmanager
def _deciding(home: Path | None, name: str) -> Iterator[tuple[Database, Definition, Clock]]:
    """Open what a decision needs, and let its cases follow."""
    from interlock.cases import commands as cases
    from interlock.cli.office import open_office

    with open_office(home) as store:
        definition = definition_of(store.archive.current(), name)
        yield store.database, definition, store.clock
        cases.collect(store.database)


def _given_up(
    name: str, number: str, words: Words, until: date | None, how: tuple[Path | None, bool]
) -> int:
    from interlock.reconciliation import deciding

    with _deciding(how[0], name) as (database, definition, clock):
        said = deciding.Said(by=whoever(words.by), reason=words.reason, until=until)
        made = deciding.give_up(database, definition, number, said, clock)
    return _told(made, as_json=how[1])


def _told(made: Decision, *, as_json: bool) -> int:
    if as_json:
        print_json(made)
    elif made.in_force:
        left = f", {made.money}" if made.money else ""
        print(f"{made.id}: {made.kind} of {len(made.breaks)} breaks{left}, by {made.by}")
    else:
        print(
            f"{made.id} is proposed: {made.money} needs a second person; "
            f"`interlock breaks approve {made.id} --by SOMEBODY`"
        )
    return 0
