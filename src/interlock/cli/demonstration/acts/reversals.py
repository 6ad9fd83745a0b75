"""Money that goes back: refunds, disputes, and what a clerk credits in the books."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
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
from interlock.cli.demonstration.scene import Scene, until

CREDIT: Final = "10"
"""What a clerk credits of an invoice's first line, in the invoice's currency."""


def _refunded(scene: Scene, deal: str) -> Iterator[None]:
    yield from scene.settled(deal)
    if intent := _intent(scene, deal):
        made = scene.tell("billing", "do/refund", {"payment_intent": intent})
        yield from until(lambda: _told(scene, "refund", made, deal, "Refund_Status__c"))


def _disputed(scene: Scene, deal: str, verdict: str) -> Iterator[None]:
    yield from scene.settled(deal)
    if intent := _intent(scene, deal):
        made = scene.tell("billing", "do/dispute", {"payment_intent": intent})
        yield from until(lambda: _told(scene, "dispute", made, deal, "Dispute_Status__c"))
        scene.tell("billing", "do/decide", {"dispute": made["id"], "status": verdict})
        yield from until(lambda: scene.ended("dispute", made["id"]))


def _told(scene: Scene, process: str, made: Row, deal: str, field: str) -> bool:
    """Tell whether sales sees it, or a person must decide."""
    return bool(scene.deal(deal).get(field)) or scene.asks(process, made["id"])


def _credited(
    scene: Scene, deal: str, ready: Callable[[Scene, str], Iterator[None]]
) -> Iterator[None]:
    yield from ready(scene, deal)
    if invoice := scene.booked(deal):
        memo = scene.tell("erp", "credit", {"invoice": invoice["id"], "amount": CREDIT})
        yield from until(lambda: scene.ended("credit-memo", _key(memo)))
    scene.unpaid.discard(deal)


def _key(memo: Row) -> str:
    """Return our key of a credit memo: who made it gave it a reference, or the books' number."""
    return str(memo.get("externalId") or memo["id"])


def _open(scene: Scene, deal: str) -> Iterator[None]:
    yield from until(lambda: bool(scene.bill(deal)) or scene.asks("quote-to-cash", deal))


def _intent(scene: Scene, deal: str) -> str:
    bill = scene.bill(deal).get("id")
    return next(
        (
            str(row["payment"]["payment_intent"])
            for row in scene.rows("billing", "invoice_payment")
            if row["invoice"] == bill
        ),
        "",
    )


def _ties(scene: Scene) -> Iterator[Tied]:
    lost = [row for row in scene.rows("billing", "dispute") if row["status"] == "lost"]
    refunds = scene.rows("billing", "refund")
    yield from per_currency("refund", "given back", _given(scene, refunds))
    yield from per_currency("dispute", "charged back", _given(scene, lost))
    booked = len(scene.rows("erp", "customerRefund"))
    yield count("refund", "documents", len(refunds) + len(lost), booked)
    yield from per_currency("credit-memo", "credited", _noted(scene))


def _given(scene: Scene, rows: list[Row]) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Return what billing gave back, and what the books did under the same reference."""
    booked = scene.by("erp", "customerRefund", "externalId")
    for row in rows:
        there = exact(booked.get(row["id"], {}).get("total"))
        yield row["currency"].upper(), major(row["amount"], row["currency"]), there


def _noted(scene: Scene) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Return what clerks and cancellations credited, and what customers were told of."""
    notes: dict[str, Decimal] = defaultdict(Decimal)
    for row in scene.rows("billing", "credit_note"):
        memo = str(row["metadata"].get("credit_memo"))
        notes[memo] += major(row["amount"], row["currency"])
    for row in scene.rows("erp", "creditMemo"):
        if _key(row) == row["id"] or _key(row).endswith("-cancelled"):
            yield row["currency"]["refName"], exact(row["total"]), notes[row["id"]]


ACT: Final = Act(
    processes=("refund", "dispute", "credit-memo"),
    plays={
        "refunded": _refunded,
        "disputed and lost": partial(_disputed, verdict="lost"),
        "disputed and won": partial(_disputed, verdict="won"),
        "credited while open": partial(_credited, ready=_open),
        "credited when paid": partial(_credited, ready=lambda scene, deal: scene.settled(deal)),
    },
    ties=_ties,
)
