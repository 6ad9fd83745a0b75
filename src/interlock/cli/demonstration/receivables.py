"""What customers paid and got back: is it in the books as it is in billing? Ledgers only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

DIGITS: Final = {"jpy": 0, "kwd": 3}
WITHOUT: Final = "de"
"""The German books take payments and refunds from the bank's statements."""
APART: Final = frozenset({WITHOUT, "kw"})
"""Who asks for no money back here: what rounding adds in Kuwait is a person's question."""
DISPUTED: Final = 2
REFUNDED: Final = 3
PROCESSES: Final = (
    *("payment", "payment-status", "refund", "credit-memo", "dispute"),
    *("collections", "renewal", "cancellation", "usage"),
)

Rows = Iterable[Mapping[str, Any]]


@dataclass(slots=True, kw_only=True)
class Money:
    """What came in and went out, per currency: as billing and as the books have it."""

    received: dict[str, list[Decimal]] = field(default_factory=dict)
    given_back: dict[str, list[Decimal]] = field(default_factory=dict)
    duplicates: int = 0
    complaints: list[str] = field(default_factory=list)


def customers_ask(ledger: Mapping[str, Rows]) -> list[tuple[str, dict[str, str]]]:
    """Return what customers do about some of their payments: deeds of the simulated billing."""
    invoices = {row["id"]: row for row in ledger.get("invoice", [])}
    intents = [
        str(row["payment"]["payment_intent"])
        for row in ledger.get("invoice_payment", [])
        if _entity(invoices[row["invoice"]]) not in {None, *APART}
        and invoices[row["invoice"]]["metadata"].get("posted_as")
    ]
    disputes = [("dispute", {"payment_intent": each}) for each in intents[:DISPUTED]]
    chosen = intents[DISPUTED : DISPUTED + REFUNDED]
    return [*disputes, *(("refund", {"payment_intent": each}) for each in chosen)]


def compare(billing: Mapping[str, Rows], books: Mapping[str, Rows]) -> Money:
    """Compare the payments and refunds of billing with those of the books, exactly."""
    invoices = {row["id"]: row for row in billing.get("invoice", [])}
    found = Money()
    ours: dict[str, Decimal] = {}
    currency: dict[str, str] = {}
    entity: dict[str, str | None] = {}
    for row in billing.get("invoice_payment", []):
        invoice = invoices[row["invoice"]]
        entity[row["payment"].get("payment_intent", "")] = _entity(invoice)
        if _entity(invoice) != WITHOUT and invoice["metadata"].get("posted_as"):
            ours[row["id"]] = _amount(row["amount_paid"], row["currency"])
            currency[row["id"]] = row["currency"].upper()
    found.received = _tied(found, "payment", (ours, currency), books.get("customerPayment", []))
    back: dict[str, Decimal] = {}
    lost = [row for row in billing.get("dispute", []) if row["status"] == "lost"]
    for row in [*billing.get("refund", []), *lost]:
        if entity.get(row["payment_intent"]) != WITHOUT:
            back[row["id"]] = _amount(row["amount"], row["currency"])
            currency[row["id"]] = row["currency"].upper()
    found.given_back = _tied(found, "refund", (back, currency), books.get("customerRefund", []))
    return found


def _tied(
    found: Money, what: str, ours: tuple[Mapping[str, Decimal], Mapping[str, str]], theirs: Rows
) -> dict[str, list[Decimal]]:
    amounts, currencies = ours
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    booked = [(str(row.get("externalId")), Decimal(str(_booked(row)))) for row in theirs]
    for ref, count in Counter(ref for ref, _ in booked).items():
        if count > 1:
            found.duplicates += count - 1
            found.complaints.append(f"{what} {ref} is in the books {count} times")
    known = dict(booked)
    for ref, amount in amounts.items():
        sums[currencies[ref]][0] += amount
        sums[currencies[ref]][1] += known.get(ref, Decimal(0))
        if known.get(ref) != amount:
            said = (
                f"{amount} {currencies[ref]} in billing, {known.get(ref, 'nothing')} in the books"
            )
            found.complaints.append(f"{what} {ref}: {said}")
    for ref in sorted(set(known) - set(amounts)):
        found.complaints.append(f"{what} {ref} is in the books, and billing does not know it")
    return dict(sorted(sums.items()))


def _booked(row: Mapping[str, Any]) -> object:
    return row["payment"] if "payment" in row else row["total"]


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-DIGITS.get(currency, 2))


def _entity(invoice: Mapping[str, Any]) -> str | None:
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    found: str | None = details.get("metadata", {}).get("legal_entity")
    return found
