"""The next billing period: billing drafts its invoice, an hour passes, the books take it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration.acts.act import Act, Tied, count, exact, major, per_currency
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, sold_as, until

PROCESS: Final = "period-invoice"
WAITS: Final = "listening"
WITHOUT: Final = "de"
"""The German books take payments from the bank's statements."""


def _next(scene: Scene, deal: str) -> Iterator[None]:
    yield from scene.sold(deal)
    sold = [
        row["id"]
        for row in scene.rows("billing", "subscription")
        if row["metadata"].get("opportunity_id") == deal and row["status"] == "active"
    ]
    for subscription in sold:
        draft = scene.tell("billing", "do/cycle", {"subscription": subscription})["id"]
        yield from until(lambda: _taxed(scene, draft))  # noqa: B023 (waited for before the next)
        scene.tell("billing", "do/hour", {"invoice": draft})
        yield from until(lambda: scene.ended(PROCESS, draft))  # noqa: B023 (as above)
        if scene.cast.deal(deal)["Legal_Entity__c"] != WITHOUT:
            yield from until(
                lambda: scene.ended("payment", draft) or scene.asks(PROCESS, draft)  # noqa: B023 (as above)
            )


def _taxed(scene: Scene, draft: str) -> bool:
    """Tell whether nothing more will be added to a draft: it is waited for, or a person is."""
    return scene.states(PROCESS).get(draft) == WAITS or scene.ended(PROCESS, draft)


def periods(scene: Scene) -> list[Row]:
    """Return the invoices of later periods that the customer was asked for."""
    return [
        row
        for row in scene.rows("billing", "invoice")
        if row.get("billing_reason") == "subscription_cycle" and row["status"] in {"open", "paid"}
    ]


def _ties(scene: Scene) -> Iterator[Tied]:
    booked = _totals(scene)
    asked = [row for row in periods(scene) if row["total"]]
    yield from per_currency(
        PROCESS,
        "of later periods",
        (
            (
                row["currency"].upper(),
                major(row["total"], row["currency"]),
                booked.get(row["id"], Decimal(0)),
            )
            for row in asked
        ),
    )
    there = sum(1 for row in asked if row["id"] in booked)
    yield count(PROCESS, "invoices in the books", len(asked), there)
    contracts = {sold_as(row)["opportunity_id"] for row in asked}
    played = [deal for deal in scene.cast.of("next period") if deal in scene.sold_deals()]
    yield count(PROCESS, "contracts whose next period began", len(played), len(contracts))


def _totals(scene: Scene) -> dict[str, Decimal]:
    """Return what the books of either system hold, by the reference of the document."""
    found: dict[str, Decimal] = {}
    for row in scene.rows("erp", "invoice"):
        found[str(row["externalId"])] = exact(row["total"])
    for posted in scene.german_invoices():
        if posted.get("state") in {"posted", "paid"}:
            found[str(posted.get("reference"))] = exact(posted["total_amount"])
    return found


ACT: Final = Act(processes=(PROCESS,), plays={"next period": _next}, ties=_ties)
