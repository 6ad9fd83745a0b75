"""Transactions: found by any id of the chain, or looked through by stage."""

from typing import Final

from interlock.console.cursor import BATCH, Slice, limit_of, place_of, slice_of
from interlock.console.door import Ask, File, Goto, Page, RefusalError, malformed, page
from interlock.console.export import as_csv
from interlock.flow.listing import STAGES, Stage, Wanted, listed, place, stage_of
from interlock.flow.run import Run
from interlock.foundation.clock import iso
from interlock.insight.story import Transaction
from interlock.insight.trace import trace

_COLUMNS: Final = (
    "run", "integration", "key", "stage", "state", "legal_entity", "amount", "currency", "started",
)  # fmt: skip
_WHOLE: Final = 10_000
"""Rows of an export."""


def stage_named(text: str) -> Stage | None:
    """Read a stage.

    Raises:
        RefusalError: It is none.
    """
    if not text:
        return None
    if text not in list(Stage):
        raise RefusalError(malformed(f"`stage` is one of {', '.join(Stage)}."))
    return Stage(text)


def wanted_of(ask: Ask) -> Wanted:
    """Return which runs the address asks for."""
    return Wanted(
        stage=stage_named(ask.text("stage")),
        integration=ask.text("integration"),
        legal_entity=ask.text("legal_entity"),
    )


def runs_of(ask: Ask, wanted: Wanted, limit: int) -> Slice[Run]:
    """Return a page of runs that may be seen."""
    after = place_of(ask.text("after"), (str, str))

    def read(behind: tuple[str, str] | None) -> list[Run]:
        with ask.desk.database.transaction() as connection:
            return listed(connection, wanted, behind, BATCH)

    return slice_of(read, place, lambda run: sees_run(ask, run), _place(after), limit)


def _place(after: tuple[object, ...] | None) -> tuple[str, str] | None:
    return None if after is None else (str(after[0]), str(after[1]))


def sees_run(ask: Ask, run: Run) -> bool:
    """Tell whether a run may be seen."""
    return ask.viewer.sees(ask.desk.scope_of_run(run.integration, run.legal_entity))


def told_of(ask: Ask, any_id: str) -> tuple[list[Transaction], bool]:
    """Return the transactions of an id that may be seen, and whether there are more."""
    story = trace(ask.desk.database, any_id)
    seen = [
        told
        for told in story.transactions
        if ask.viewer.sees(ask.desk.scope_of_run(told.integration, told.legal_entity))
    ]
    return seen, story.more


def transactions(ask: Ask) -> Page | Goto | File:
    """Show what was looked for."""
    any_id = ask.text("q")
    found, more = told_of(ask, any_id) if any_id else ([], False)
    if len(found) == 1:
        return Goto(path=f"/transactions/{found[0].run}")
    wanted = wanted_of(ask)
    if ask.text("format") == "csv":
        return _file(runs_of(ask, wanted, _WHOLE))
    rows: Slice[Run] = Slice(items=[], next="")
    if not any_id:
        rows = runs_of(ask, wanted, limit_of(ask.text("limit")))
    estate = ask.desk.estate()
    values = {
        "q": any_id,
        "found": found,
        "more": more,
        "rows": rows,
        "wanted": wanted,
        "stages": STAGES,
        "stage_of": stage_of,
        "integrations": sorted(estate.integrations),
        "legal_entities": sorted(estate.legal_entities),
    }
    return Page(template="transactions.html", values=values)


def _file(rows: Slice[Run]) -> File:
    lines = [
        (
            run.id,
            run.integration,
            run.key,
            stage_of(run.state),
            run.state,
            run.legal_entity,
            run.amount,
            run.currency,
            iso(run.started_at),
        )
        for run in rows.items
    ]
    return as_csv("transactions", _COLUMNS, lines)


DOORS: Final = (
    page(
        "transactions",
        "/transactions",
        transactions,
        "Find a transaction by any id of its chain.",
        menu="Transactions",
    ),
)
