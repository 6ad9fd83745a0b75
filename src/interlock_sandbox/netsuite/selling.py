"""What is sold: customers, sales orders, invoices, and what credit memos need."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from interlock_sandbox.netsuite.errors import NetSuiteError, wanting
from interlock_sandbox.netsuite.records import Books, Rule
from interlock_sandbox.netsuite.standing import ACCOUNTS
from interlock_sandbox.world import Record

OPEN: Final = {"id": "Open", "refName": "Open"}
PAID: Final = {"id": "Paid In Full", "refName": "Paid In Full"}
ORDERED: Final = {"id": "F", "refName": "Pending Billing"}
BILLED: Final = {"id": "G", "refName": "Billed"}
_NEEDED: Final = {
    "subsidiary": "Subsidiary",
    "currency": "Currency",
    "tranDate": "Date",
    "item": "Item",
}
_COPIED: Final = ("entity", "subsidiary", "currency", "startDate", "endDate", "terms", "item")


def customer(_: Books, found: Record) -> None:
    """Say what a customer needs, and what it has unless somebody says otherwise."""
    if not found.get("companyName"):
        raise wanting("Company Name")
    found.setdefault("creditHoldOverride", {"id": "AUTO", "refName": "Auto"})
    found.setdefault("terms", {"id": "2", "refName": "Net 30"})


def order(books: Books, found: Record) -> None:
    """Work out a sales order: it moves no ledger."""
    with_lines(books, found, "Customer")
    found.setdefault("status", ORDERED)


def posting(books: Books, found: Record) -> None:
    """Work out an invoice or a credit memo."""
    before = found.get("total")
    with_lines(books, found, "Customer")
    settled(found, before)
    found["status"] = PAID if not found["amountRemaining"] and found["total"] else OPEN


def bill_order(books: Books, source: Record, given: Record) -> Record:
    """Make the invoice of a sales order, once."""
    if source["status"] == BILLED:
        detail = "That transformation is not allowed: the sales order is billed."
        raise NetSuiteError(400, "USER_ERROR", detail)
    body = {"tranDate": books.today(), **copied(source, *_COPIED), **given}
    made = books.create("invoice", body, source)
    source["status"] = BILLED
    books.touch(source)
    return made


def with_lines(books: Books, found: Record, partner: str) -> None:
    """Number the lines of a document and add them up."""
    if not found.get("entity"):
        raise wanting(partner)
    for needed, label in _NEEDED.items():
        if not found.get(needed):
            raise wanting(label)
    books.same_subsidiary(found)
    lines = [_line(line, number) for number, line in enumerate(items(found), start=1)]
    net = sum((line["amount"] for line in lines), Decimal(0))
    tax = Decimal(str(found.get("taxTotal", 0)))
    found["item"] = {"items": lines, "count": len(lines), "hasMore": False}
    found |= {"subtotal": net, "taxTotal": tax, "total": net + tax}


def settled(found: Record, before: Decimal | None) -> None:
    """Work out what is still open: what was applied to the total `before` stays applied."""
    known = before or Decimal(0)
    applied = known - found.get("amountRemaining", known)
    remaining = found["total"] - applied
    if remaining < 0:
        detail = "The total cannot be less than what was applied to the transaction."
        raise NetSuiteError(400, "USER_ERROR", detail)
    found["amountRemaining"] = remaining


def copied(source: Record, *names: str) -> Record:
    """Return those fields of a record that it has."""
    return {name: source[name] for name in names if name in source}


def items(found: Record) -> list[Record]:
    """Return the item lines of a document."""
    return [dict(line) for line in found["item"].get("items", [])]


def _line(given: Record, number: int) -> Record:
    named = given.get("item") or {}
    if not named.get("id"):
        raise wanting("Item")
    ref = str(named["id"])
    if ref.startswith("item-"):
        named = {**named, "refName": ref.removeprefix("item-")}
    quantity = Decimal(str(given.get("quantity", 1)))
    amount = given.get("amount", quantity * Decimal(str(given.get("rate", 0))))
    line = {**given, "line": number, "item": named, "amount": Decimal(str(amount))}
    line["quantity"] = quantity
    account = given.get("revenueAccount")
    if isinstance(account, Mapping):
        name = ACCOUNTS.get(str(account.get("id")), "")
        line["revenueAccount"] = {**account, "refName": name}
    return line


RULES: Final[Mapping[str, Rule]] = {
    "customer": customer,
    "salesOrder": order,
    "invoice": posting,
    "creditMemo": posting,
}
