"""What the company buys: requisition, order, receipt, bill, and a payment if the three agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration.acts.act import Act, Tied, count, exact, per_currency
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, until

RATE: Final = Decimal("25.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something that somebody asks for, and how it goes."""

    key: str
    subsidiary: str = "1"
    currency: str = "1"
    quantity: int = 10
    received: int = 10
    """How much comes at once; the rest comes when somebody asks why the bill is not paid."""


WISHES: Final = (
    Wish(key="R-DESKS"),
    Wish(key="R-LAMPS", subsidiary="2", currency="2"),
    Wish(key="R-CHAIRS", received=6),
    Wish(key="R-OFFICE", quantity=400, received=400),  # beyond the budget: somebody must agree
)


def _bought(scene: Scene, _: str) -> Iterator[None]:
    """Let all of it go on at once."""
    under_way = [_wished(scene, wish) for wish in WISHES]
    while under_way:
        under_way = [each for each in under_way if next(each, under_way) is None]
        yield


def _wished(scene: Scene, wish: Wish) -> Iterator[None]:
    entity = {"subsidiary": {"id": wish.subsidiary}, "currency": {"id": wish.currency}}
    vendor = {"externalId": f"V-{wish.key}", "companyName": f"Supplier of {wish.key}"}
    made = scene.tell("erp", "seed", {"vendor": [{**vendor, "subsidiary": entity["subsidiary"]}]})
    line: Row = {"item": {"id": "item-DESK"}, "poVendor": {"id": made["vendor"][0]}}
    line |= {"quantity": wish.quantity, "rate": str(RATE)}
    asked = {**entity, "externalId": wish.key, "item": {"items": [line]}}
    scene.tell("erp", "seed", {"purchaseRequisition": [asked]})
    process = "requisition-to-order"
    yield from until(lambda: scene.ended(process, wish.key))
    if scene.asks(process, wish.key):
        scene.answer(process, wish.key, "approve", "hana")
        yield from until(
            lambda: f"{wish.key}-PO" in scene.by("erp", "purchaseOrder", "externalId")
        )
        yield from until(lambda: scene.ended(process, wish.key))
    yield from _billed(scene, wish)


def _billed(scene: Scene, wish: Wish) -> Iterator[None]:
    order = scene.by("erp", "purchaseOrder", "externalId").get(f"{wish.key}-PO")
    if order is None:
        return
    _receive(scene, order["id"], wish.received)
    line: Row = {"item": {"id": "item-DESK"}, "orderDoc": {"id": order["id"]}, "orderLine": 1}
    line |= {"quantity": wish.quantity, "rate": str(RATE)}
    given = {"tranId": f"BILL-{wish.key}", "item": {"items": [line]}}
    asked = {"object": "purchaseOrder", "id": order["id"], "to": "vendorBill", "given": given}
    bill = scene.tell("erp", "make", asked)["id"]
    yield from until(lambda: scene.ended("bill-to-payment", bill))
    if wish.received < wish.quantity and scene.asks("bill-to-payment", bill):
        _receive(scene, order["id"], wish.quantity - wish.received)
        scene.answer("bill-to-payment", bill, "retry", "ivan")
        yield from until(lambda: scene.states("bill-to-payment")[bill] == "completed")


def _receive(scene: Scene, order: str, quantity: int) -> None:
    given = {"item": {"items": [{"orderLine": 1, "quantity": quantity}]}}
    asked = {"object": "purchaseOrder", "id": order, "to": "itemReceipt", "given": given}
    scene.tell("erp", "make", asked)


def _ties(scene: Scene) -> Iterator[Tied]:
    """Compare what was received with what was ordered, billed and paid."""
    requested = scene.by("erp", "purchaseRequisition", "externalId").values()
    orders = scene.by("erp", "purchaseOrder", "externalId")
    sums = [
        (
            row["currency"]["refName"],
            exact(row["total"]),
            exact(orders.get(f"{row['externalId']}-PO", {}).get("total")),
        )
        for row in requested
    ]
    yield from per_currency("requisition-to-order", "ordered", sums)
    paid = scene.by("erp", "vendorPayment", "externalId")
    sums = [
        (
            row["currency"]["refName"],
            exact(row["total"]),
            exact(paid.get(f"PAY-{row['id']}", {}).get("total")),
        )
        for row in scene.rows("erp", "vendorBill")
    ]
    yield from per_currency("bill-to-payment", "paid", sums)
    yield count("bill-to-payment", "payments", len(sums), len(paid))


ACT: Final = Act(
    processes=("requisition-to-order", "bill-to-payment"), plays={"": _bought}, ties=_ties
)
