"""Collections: who is overdue is reminded, warned or believed, held, and cleared by the payment.

The terms are those of `hurry`: seconds where the example estate has weeks. What comes of not
paying at all is a case after four months: `tests/processes/test_contracts.py` lets that time pass.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from interlock.cli.demonstration.acts.act import Act, Tied, count
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, until

PARTS: Final = ("overdue", "promised", "held")
PROMISED_IN: Final = timedelta(days=10)


def _due(scene: Scene, deal: str, enough: Callable[[], bool]) -> Iterator[None]:
    """Let an invoice be overdue, and pay it once `enough` has come of that."""
    yield from until(lambda: bool(scene.bill(deal)) or scene.asks("quote-to-cash", deal))
    if bill := scene.bill(deal):
        scene.tell("billing", "do/overdue", {"invoice": bill["id"]})
        yield from until(lambda: enough() or scene.ended("collections", bill["id"]))
        scene.unpaid.discard(deal)
        yield from until(lambda: scene.ended("collections", bill["id"]))
    scene.unpaid.discard(deal)


def _overdue(scene: Scene, deal: str) -> Iterator[None]:
    yield from _due(scene, deal, lambda: bool(_level(scene, deal)))


def _promised(scene: Scene, deal: str) -> Iterator[None]:
    """Promise to pay, and pay once that is believed."""
    yield from until(lambda: bool(scene.bill(deal)) or scene.asks("quote-to-cash", deal))
    day = (scene.clock.now() + PROMISED_IN).date().isoformat()
    change = {"object": "Opportunity", "id": deal, "set": {"Promise_To_Pay__c": day}}
    scene.tell("crm", "change", change)
    yield from _due(scene, deal, lambda: _level(scene, deal) in {"promised", "on hold"})


def _held(scene: Scene, deal: str) -> Iterator[None]:
    """Do not pay until support, the books and billing all see that the customer is on hold."""
    yield from _due(
        scene, deal, lambda: _level(scene, deal) == "on hold" and all(_holds(scene, deal))
    )
    if scene.bill(deal):
        yield from until(lambda: not any(_holds(scene, deal)))


def _level(scene: Scene, deal: str) -> str:
    return str(scene.deal(deal).get("Dunning_Level__c") or "")


def _holds(scene: Scene, deal: str) -> tuple[bool, bool, bool]:
    """Return whether the customer of a deal is on hold for support, in the books, in billing."""
    account = str(scene.deal(deal)["AccountId"])
    seen = scene.by("crm", "Account", "Id").get(account, {})
    booked = scene.by("erp", "customer", "externalId").get(account, {})
    billed = [row for row in scene.rows("billing", "customer") if _is(row, account)]
    return (
        bool(seen.get("Payment_Hold__c")),
        booked.get("creditHoldOverride", {}).get("id") == "ON",
        any(row["metadata"].get("payment_hold") == "true" for row in billed),
    )


def _is(customer: Row, account: str) -> bool:
    return bool(customer["metadata"].get("crm_id") == account)


def _ties(scene: Scene) -> Iterator[Tied]:
    for part in PARTS:
        due = [deal for deal in scene.cast.of(part) if scene.bill(deal)]
        cleared = [deal for deal in due if _level(scene, deal) == "cleared"]
        yield count("collections", f"{part} and cleared", len(due), len(cleared))
    lifted = [deal for deal in scene.cast.of("held") if scene.bill(deal)]
    free = [deal for deal in lifted if not any(_holds(scene, deal))]
    yield count("collections", "held and free again", len(lifted), len(free))


ACT: Final = Act(
    processes=("collections",),
    plays={"overdue": _overdue, "promised": _promised, "held": _held},
    ties=_ties,
)
