"""Reconciliations: do the systems agree, how old is that answer, and what is left open?"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from interlock.access import Act
from interlock.audit import trail
from interlock.console import acting
from interlock.console.cursor import BATCH, Slice, limit_of, place_of, slice_of
from interlock.console.door import Ask, Goto, Page, RefusalError, form, malformed, not_there, page
from interlock.console.pages.today import seen_reconciliations
from interlock.insight.freshness import freshness
from interlock.insight.pressing import Sums
from interlock.reconciliation import store
from interlock.reconciliation.decision import Decision
from interlock.reconciliation.looking import Open, Wanted, breaks_after, every_open
from interlock.reconciliation.store import DECIDED, HEALED, OPEN, Kept

_RUNS: Final = 20


def open_breaks(ask: Ask) -> list[Open]:
    """Return what every open break that may be seen is about."""
    with ask.desk.database.transaction() as connection:
        return [
            each
            for each in every_open(connection)
            if ask.viewer.sees(ask.desk.scope_of_break(each.name, each.legal_entity))
        ]


def by_cause(found: Iterable[Open]) -> dict[str, Sums]:
    """Return count and money of breaks by their cause."""
    causes: dict[str, Sums] = {}
    for each in found:
        causes.setdefault(each.cause, Sums()).add(each.money)
    return dict(sorted(causes.items(), key=lambda item: (-item[1].count, item[0])))


def reconciliations(ask: Ask) -> Page:
    """Show every reconciliation with its last verdict."""
    estate, found = ask.desk.estate(), open_breaks(ask)
    with ask.desk.database.transaction() as connection:
        fresh = freshness(connection, estate, seen_reconciliations(ask))
    sums: dict[str, Sums] = {}
    for each in found:
        sums.setdefault(each.name, Sums()).add(each.money)
    values = {"fresh": fresh, "sums": sums, "causes": by_cause(found)}
    return Page(template="reconciliations.html", values=values)


def reconciliation(ask: Ask) -> Page:
    """Show one reconciliation: its runs, its causes, its breaks and what was decided."""
    name = named(ask)
    estate = ask.desk.estate()
    stream = f"reconciliation:{name}"
    with ask.desk.database.transaction() as connection:
        [fresh] = freshness(connection, estate, [name])
        end = trail.head(connection, stream).position
        made = store.decisions(connection, name)
    decisions = [each for each in made if _sees(ask, each)]
    runs = trail.read(ask.desk.database, stream, after=max(end - _RUNS, 0))
    values = {
        "fresh": fresh,
        "causes": by_cause(each for each in open_breaks(ask) if each.name == name),
        "cause": ask.text("cause"),
        "rows": breaks_of(ask, name),
        "runs": list(reversed(runs)),
        "decisions": sorted(decisions, key=lambda each: each.at, reverse=True)[:_RUNS],
        "may_answer": ask.viewer.may(Act.ANSWER),
        "may_approve": ask.viewer.may(Act.APPROVE),
    }
    return Page(template="reconciliation.html", values=values)


def named(ask: Ask) -> str:
    """Return the reconciliation of the address, if a part of it may be seen.

    Raises:
        RefusalError: There is none, or nothing of it may be seen.
    """
    name = ask.path["name"]
    if name not in seen_reconciliations(ask):
        raise not_there("reconciliation")
    return name


def breaks_of(ask: Ask, name: str) -> Slice[Kept]:
    """Return a page of breaks that may be seen."""
    state = ask.text("state") or OPEN
    if state not in {OPEN, DECIDED, HEALED}:
        raise RefusalError(malformed(f"`state` is {OPEN}, {DECIDED} or {HEALED}."))
    wanted = Wanted(name=name, state=state, cause=ask.text("cause"))
    found = place_of(ask.text("after"), (int, str))
    after = None if found is None else (int(str(found[0])), str(found[1]))

    def read(behind: tuple[int, str] | None) -> list[Kept]:
        with ask.desk.database.transaction() as connection:
            return breaks_after(connection, wanted, behind, BATCH)

    return slice_of(
        read,
        lambda kept: (kept.weight, kept.id),
        lambda kept: ask.viewer.sees(ask.desk.scope_of_break(name, kept.legal_entity)),
        after,
        limit_of(ask.text("limit")),
    )


def _sees(ask: Ask, decision: Decision) -> bool:
    try:
        acting.decision_of(ask, decision.id)
    except RefusalError:
        return False
    return True


def give_up(ask: Ask) -> Goto:
    """Write a break off; or, until a day, carry it forward."""
    kept = acting.break_of(ask, ask.path["id"], Act.ANSWER)
    until = day_of(ask.given("until"))
    if ask.given("how") == "carry-forward" and until is None:
        raise RefusalError(malformed("Say until which day it is carried forward."))
    acting.give_up(
        ask, kept.id, ask.given("reason"), until if ask.given("how") == "carry-forward" else None
    )
    return Goto(path=f"/reconciliations/{kept.name}")


def day_of(text: str) -> date | None:
    """Read a day; nothing is none.

    Raises:
        RefusalError: It is no day.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise RefusalError(malformed("A day is written 2027-01-31.")) from error


def match(ask: Ask) -> Goto:
    """Say that the records of several breaks belong together."""
    picked = list(dict.fromkeys(ask.form.get("break", ())))[:BATCH]
    made = acting.match(ask, picked, ask.given("reason"))
    return Goto(path=f"/reconciliations/{made.name}")


def approve(ask: Ask) -> Goto:
    """Agree, as a second person, to what somebody proposed."""
    made = acting.approve(ask, ask.path["id"])
    return Goto(path=f"/reconciliations/{made.name}")


DOORS: Final = (
    page(
        "reconciliations",
        "/reconciliations",
        reconciliations,
        "Do the systems agree?",
        menu="Reconciliations",
    ),
    page("reconciliation", "/reconciliations/{name}", reconciliation, "One reconciliation."),
    form("give-up", "/breaks/{id}/give-up", give_up, "Give a break up.", act=Act.ANSWER),
    form("match", "/breaks/match", match, "Match breaks.", act=Act.ANSWER),
    form("approve", "/decisions/{id}/approve", approve, "Agree.", act=Act.APPROVE),
)
