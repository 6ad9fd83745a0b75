"""Money that comes in: every payment into the books, and its state back to sales."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration.acts.act import (
    Act,
    Tied,
    count,
    exact,
    major,
    per_currency,
)
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, sold_as, until

WITHOUT: Final = "de"
"""The German books take payments and refunds from the bank's statements."""


def _in_parts(scene: Scene, deal: str) -> Iterator[None]:
    """Let a customer pay half, and the rest when that is in the books."""
    yield from until(lambda: bool(scene.bill(deal)) or scene.asks("quote-to-cash", deal))
    if bill := scene.bill(deal):
        half = {"invoice": bill["id"], "amount": bill["amount_remaining"] // 2}
        scene.tell("billing", "do/receive", half)
        yield from until(
            lambda: (
                (
                    scene.deal(deal).get("Payment_Status__c") == "partially paid"
                    and exact(scene.booked(deal).get("amountRemaining"))
                    < exact(scene.booked(deal).get("total"))
                )
                or scene.asks("payment", bill["id"])
            )
        )
    scene.unpaid.discard(deal)


def _all(scene: Scene, _: str) -> Iterator[None]:
    """Wait until every deal is at its end and every payment at its own."""
    deals = [row["Id"] for row in scene.cast.story.opportunities]
    for deal in deals:
        yield from scene.sold(deal)
    yield from until(lambda: all(scene.ended("payment", row["id"]) for row in _booked_ones(scene)))


def _booked_ones(scene: Scene) -> list[Row]:
    """Return the invoices of billing, paid or in part, that the books can take payments for."""
    return [
        row
        for row in scene.rows("billing", "invoice")
        if row["amount_paid"]
        and row["metadata"].get("posted_as")
        and sold_as(row).get("legal_entity") != WITHOUT
    ]


def _ties(scene: Scene) -> Iterator[Tied]:
    bills = _booked_ones(scene)
    known = {row["id"] for row in bills}
    booked = scene.by("erp", "customerPayment", "externalId")
    paid = [row for row in scene.rows("billing", "invoice_payment") if row["invoice"] in known]
    pairs = [
        (
            row["currency"].upper(),
            major(row["amount_paid"], row["currency"]),
            _received(booked, row),
        )
        for row in paid
    ]
    yield from per_currency("payment", "received", pairs)
    yield count("payment", "payments", len(paid), len(scene.rows("erp", "customerPayment")))
    shown = [row for row in bills if _stands(scene, row)]
    yield count("payment-status", "invoices that sales sees", len(bills), len(shown))


def _received(booked: dict[str, Row], payment: Row) -> Decimal:
    return exact(booked.get(payment["id"], {}).get("payment"))


def _stands(scene: Scene, bill: Row) -> bool:
    seen = scene.deal(sold_as(bill)["opportunity_id"]).get("Payment_Status__c")
    return bool(seen == bill["status"])


ACT: Final = Act(
    processes=("payment", "payment-status"),
    plays={"paid in parts": _in_parts, "": _all},
    ties=_ties,
)
