"""Transactions: looked through, found by any id, told whole."""

from typing import Final

from interlock.console.api.operation import AFTER, LIMIT, listed, reads
from interlock.console.cursor import limit_of
from interlock.console.door import Ask, Json, Parameter
from interlock.console.pages.today import seen_counts
from interlock.console.pages.transaction import transaction_of
from interlock.console.pages.transactions import runs_of, told_of, wanted_of
from interlock.flow.listing import stage_of
from interlock.flow.run import Run
from interlock.insight.stages import by_stage


def shown(run: Run) -> dict[str, object]:
    """Return a run as a row of a list."""
    money = {"amount": run.amount, "currency": run.currency} if run.amount else None
    return {
        "run": run.id,
        "integration": run.integration,
        "key": run.key,
        "generation": run.generation,
        "stage": stage_of(run.state),
        "state": run.state,
        "legal_entity": run.legal_entity,
        "money": money,
        "started_at": run.started_at,
        "updated_at": run.updated_at,
    }


def transactions(ask: Ask) -> Json:
    """Return transactions, the latest first; those of an id, if one is given."""
    any_id = ask.text("id")
    if any_id:
        found, more = told_of(ask, any_id)
        return Json(value={"items": found, "more": more})
    return listed(runs_of(ask, wanted_of(ask), limit_of(ask.text("limit"))), shown)


def transaction(ask: Ask) -> Json:
    """Return everything about one."""
    return Json(value=transaction_of(ask, ask.path["run"]))


def stages(ask: Ask) -> Json:
    """Return how many transactions stand where, with their money."""
    return Json(value={"integrations": by_stage(seen_counts(ask))})


DOORS: Final = (
    reads(
        "list-transactions",
        "/transactions",
        transactions,
        "Transactions, the latest first; or those that any id of the chain belongs to.",
        Parameter(name="id", about="Any id of the chain, whole, in any system's spelling."),
        Parameter(
            name="stage",
            about="under-way, needs-a-person, completed, taken-back or withdrawn.",
        ),
        Parameter(name="integration", about="Only of this integration."),
        Parameter(name="legal_entity", about="Only of this legal entity."),
        AFTER,
        LIMIT,
    ),
    reads("get-transaction", "/transactions/{run}", transaction, "Everything about one."),
    reads("count-transactions", "/stages", stages, "How many stand where, with their money."),
)
