"""Cases: the queue by money and deadline, and what can be done with many at once."""

from datetime import timedelta
from typing import Final

from interlock.access import Act
from interlock.cases import Case
from interlock.cases.case import Which
from interlock.cases.queue import Wanted, closed_after, live_after
from interlock.console import acting
from interlock.console.cursor import BATCH, Slice, limit_of, place_of, slice_of
from interlock.console.door import Ask, File, Goto, Page, RefusalError, form, malformed, page
from interlock.console.export import as_csv
from interlock.foundation.clock import iso
from interlock.foundation.errors import (
    InterlockError,
    RefusedError,
    UnavailableError,
    UsageError,
)

_WORDS: Final = ("integration", "cause", "kind", "owner", "key", "legal_entity")
DUE: Final = ("overdue", "day", "later")
_COLUMNS: Final = (
    "case", "kind", "state", "cause", "amount", "currency", "legal_entity", "due", "owner",
    "assignee", "integration", "key", "message",
)  # fmt: skip
_WHOLE: Final = 10_000
MOST: Final = 200
"""Cases of one bulk action: a page."""


def wanted_of(ask: Ask) -> Wanted:
    """Return which cases the address asks for.

    Raises:
        RefusalError: It says something that makes no sense.
    """
    which = Which(**{name: ask.text(name) for name in _WORDS})
    due, day = ask.text("due"), ask.now + timedelta(days=1)
    if due and due not in DUE:
        raise RefusalError(malformed(f"`due` is one of {', '.join(DUE)}."))
    return Wanted(
        which=which,
        currency=ask.text("currency"),
        due_from={"day": ask.now, "later": day}.get(due),
        due_before={"overdue": ask.now, "day": day}.get(due),
    )


def cases_of(ask: Ask, wanted: Wanted, limit: int, *, closed: bool) -> Slice[Case]:
    """Return a page of cases that may be seen."""

    def sees(case: Case) -> bool:
        return ask.viewer.sees(ask.desk.scope_of_case(case))

    if closed:
        return _closed(ask, wanted.which, limit)
    found = place_of(ask.text("after"), (int, str))
    after = None if found is None else (int(str(found[0])), str(found[1]))

    def read(behind: tuple[int, str] | None) -> list[Case]:
        with ask.desk.database.transaction() as connection:
            return live_after(connection, wanted, behind, BATCH)

    return slice_of(read, lambda case: (case.weight, case.id), sees, after, limit)


def _closed(ask: Ask, which: Which, limit: int) -> Slice[Case]:
    found = place_of(ask.text("after"), (str, str))
    after = None if found is None else (str(found[0]), str(found[1]))

    def read(behind: tuple[str, str] | None) -> list[Case]:
        with ask.desk.database.transaction() as connection:
            return closed_after(connection, which, behind, BATCH)

    def place(case: Case) -> tuple[str, str]:
        return (iso(case.closed_at) if case.closed_at else "", case.id)

    return slice_of(
        read, place, lambda case: ask.viewer.sees(ask.desk.scope_of_case(case)), after, limit
    )


def cases(ask: Ask) -> Page | File:
    """Show the queue."""
    wanted, closed = wanted_of(ask), ask.text("state") == "closed"
    if ask.text("format") == "csv":
        return _file(cases_of(ask, wanted, _WHOLE, closed=closed))
    estate = ask.desk.estate()
    values = {
        "rows": cases_of(ask, wanted, limit_of(ask.text("limit")), closed=closed),
        "wanted": wanted,
        "closed": closed,
        "due": ask.text("due"),
        "filters": {name: ask.text(name) for name in (*_WORDS, "due", "currency")},
        "integrations": sorted(estate.integrations),
        "legal_entities": sorted(estate.legal_entities),
        "groups": [f"group:{name}" for name in sorted(estate.groups)],
    }
    return Page(template="cases.html", values=values)


def _file(rows: Slice[Case]) -> File:
    lines = [
        (
            case.id,
            case.kind,
            case.state,
            case.cause,
            case.money.amount if case.money else "",
            case.money.currency if case.money else "",
            case.legal_entity,
            iso(case.due_at),
            case.owner,
            case.assignee,
            case.integration,
            case.key,
            case.message,
        )
        for case in rows.items
    ]
    return as_csv("cases", _COLUMNS, lines)


def assign_many(ask: Ask) -> Goto:
    """Give many cases to somebody; all that can be given are, and the rest stays as it was."""
    picked = list(dict.fromkeys(ask.form.get("case", ())))
    if not picked or len(picked) > MOST:
        raise UsageError(
            "no case is picked" if not picked else "too many cases are picked",
            hint=f"Tick 1 to {MOST} cases of the list, then say to whom.",
        )
    for identity in picked:
        acting.case_of(ask, identity, Act.WORK)
    refused: list[InterlockError] = []
    for identity in picked:
        try:
            acting.assign(ask, identity, ask.given("to"))
        except (RefusedError, UnavailableError) as error:
            refused.append(error)
    if refused:
        raise RefusedError(
            f"{len(picked) - len(refused)} cases were given, {len(refused)} could not be: the "
            f"first because {refused[0].what}",
            hint="Look at the list again: somebody was faster.",
        )
    return Goto(path="/cases")


DOORS: Final = (
    page("cases", "/cases", cases, "What people must decide.", menu="Cases"),
    form(
        "assign-many", "/cases/assign", assign_many, "Give many cases to somebody.", act=Act.WORK
    ),
)
