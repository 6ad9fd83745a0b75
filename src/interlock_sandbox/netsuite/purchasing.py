"""What is bought: vendors, requisitions, orders, receipts, bills, payments, credits.

A bill is tied to its order line by line (``orderDoc``, ``orderLine``); it has no ``createdFrom``.
An order counts on its lines what was received and what was billed. Nothing keeps a bill from
asking for more than was received: that is what three-way matching is for.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from interlock_sandbox.netsuite.errors import NetSuiteError, wanting
from interlock_sandbox.netsuite.records import Books, Rule
from interlock_sandbox.netsuite.selling import copied, items, settled, with_lines
from interlock_sandbox.netsuite.standing import LEDGERS, NAMES
from interlock_sandbox.world import Record

APPROVALS: Final = {"1": "Pending Approval", "2": "Approved", "3": "Rejected"}
_ORDER: Final = {
    "A": "Pending Supervisor Approval",
    "B": "Pending Receipt",
    "D": "Partially Received",
    "E": "Pending Billing/Partially Received",
    "F": "Pending Bill",
    "G": "Fully Billed",
    "H": "Closed",
}
_BILL: Final = {"A": "Open", "B": "Paid In Full", "D": "Pending Approval", "E": "Rejected"}
_COUNTED: Final = ("quantityReceived", "quantityBilled")
_HEAD: Final = ("entity", "subsidiary", "currency")
_NOTHING: Final = Decimal(0)


def vendor(_: Books, found: Record) -> None:
    """Say what a vendor needs."""
    if not found.get("companyName"):
        raise wanting("Company Name")
    found.setdefault("isInactive", False)
    found.setdefault("terms", {"id": "2", "refName": "Net 30"})


def requisition(books: Books, found: Record) -> None:
    """Work out a requisition: who asks is its entity, who shall deliver stands on its lines."""
    _approved(books, found)
    for needed, label in {"subsidiary": "Subsidiary", "item": "Item"}.items():
        if not found.get(needed):
            raise wanting(label)
    found.setdefault("tranDate", books.today())
    lines = []
    for number, line in enumerate(items(found), start=1):
        rate, quantity = Decimal(str(line.get("rate", 0))), Decimal(str(line.get("quantity", 1)))
        amount = Decimal(str(line.get("amount", rate * quantity)))
        known = {**line, "line": number, "quantity": quantity, "rate": rate, "amount": amount}
        if line.get("poVendor"):
            known["poVendor"] = books.other(("vendor",), line["poVendor"], "poVendor")
        lines.append(known)
    found["item"] = {"items": lines, "count": len(lines), "hasMore": False}
    found["total"] = sum((line["amount"] for line in lines), _NOTHING)
    pending = {"id": "B", "refName": "Pending Order"}
    waiting = {"id": "A", "refName": "Pending Approval"}
    done = found.get("status", {}).get("id") == "G"
    if not done:
        found["status"] = pending if found["approvalStatus"]["id"] == "2" else waiting


def order(books: Books, found: Record) -> None:
    """Work out an order; what was received and billed stays on its lines."""
    _approved(books, found)
    with_lines(books, found, "Vendor")
    for line in found["item"]["items"]:
        line["rate"] = Decimal(str(line.get("rate", line["amount"] / (line["quantity"] or 1))))
        line["isClosed"] = bool(line.get("isClosed"))
        for counted in _COUNTED:
            line.setdefault(counted, _NOTHING)
    found["status"] = _order_status(found)


def bill(books: Books, found: Record) -> None:
    """Work out a vendor's bill."""
    _approved(books, found)
    before = found.get("total")
    with_lines(books, found, "Vendor")
    settled(found, before)
    for line in found["item"]["items"]:
        line["rate"] = Decimal(str(line.get("rate", line["amount"] / (line["quantity"] or 1))))
    approval = found["approvalStatus"]["id"]
    paid = found["total"] and not found["amountRemaining"]
    ref = {"1": "D", "3": "E"}.get(approval, "B" if paid else "A")
    found["status"] = {"id": ref, "refName": _BILL[ref]}


def credit(books: Books, found: Record) -> None:
    """Work out a vendor's credit."""
    before = found.get("total")
    with_lines(books, found, "Vendor")
    settled(found, before)


def _approved(books: Books, found: Record) -> None:
    asked = (found.get("approvalStatus") or {}).get("id")
    ref = str(asked) if asked else books.option("approval", "2")
    if ref not in APPROVALS:
        raise NetSuiteError(400, "INVALID_KEY_OR_REF", "Invalid approval status.")
    found["approvalStatus"] = {"id": ref, "refName": APPROVALS[ref]}


def _order_status(found: Record) -> Record:
    lines = found["item"]["items"]
    if found["approvalStatus"]["id"] != "2":
        ref = "A"
    elif all(line["isClosed"] for line in lines):
        ref = "H"
    elif all(line["quantityReceived"] >= line["quantity"] for line in lines):
        billed = all(line["quantityBilled"] >= line["quantity"] for line in lines)
        ref = "G" if billed else "F"
    elif any(line["quantityReceived"] for line in lines):
        ref = "E" if any(line["quantityBilled"] for line in lines) else "D"
    else:
        ref = "B"
    return {"id": ref, "refName": _ORDER[ref]}


def order_requisition(books: Books, source: Record, given: Record) -> Record:
    """Make the order of an approved requisition, once; one vendor for all of it."""
    if source["status"]["id"] != "B":
        detail = "That transformation is not allowed: the requisition is not pending order."
        raise NetSuiteError(400, "USER_ERROR", detail)
    vendors = {line["poVendor"]["id"] for line in items(source) if line.get("poVendor")}
    entity = given.get("entity") or ({"id": vendors.pop()} if len(vendors) == 1 else None)
    known = copied(source, "subsidiary", "currency", "item")
    body = {"tranDate": books.today(), **known, **given, "entity": entity}
    made = books.create("purchaseOrder", body, source)
    source["status"] = {"id": "G", "refName": "Ordered"}
    books.touch(source)
    return made


def receive(books: Books, source: Record, given: Record) -> Record:
    """Receive an order: all that is left of it, or the quantities that are named."""
    if source["status"]["id"] not in {"B", "D", "E"}:
        detail = "That transformation is not allowed: nothing of the order can be received."
        raise NetSuiteError(400, "USER_ERROR", detail)
    named = {int(line["orderLine"]): line for line in (given.get("item") or {}).get("items", [])}
    lines = []
    for line in source["item"]["items"]:
        if named and line["line"] not in named:
            continue
        left = line["quantity"] - line["quantityReceived"]
        quantity = Decimal(str(named.get(line["line"], {}).get("quantity", left)))
        line["quantityReceived"] += quantity
        lines.append({"orderLine": line["line"], "item": line["item"], "quantity": quantity})
    head = copied(source, *_HEAD)
    body = {"tranDate": books.today(), **head, **given, "item": {"items": lines}}
    made = books.create("itemReceipt", body, source)
    source["status"] = _order_status(source)
    books.touch(source)
    return made


def receipt(_: Books, found: Record) -> None:
    """Accept a receipt; `receive` worked it out."""
    if not found.get("createdFrom"):
        raise wanting("Created From")


def bill_order(books: Books, source: Record, given: Record) -> Record:
    """Make a bill of an order: what was received and not billed, or the lines that are given."""
    if source["status"]["id"] in {"A", "H"}:
        detail = "That transformation is not allowed: the order cannot be billed."
        raise NetSuiteError(400, "USER_ERROR", detail)
    lines = [
        {
            **copied(line, "item", "rate", "description"),
            "quantity": line["quantityReceived"] - line["quantityBilled"],
            "amount": (line["quantityReceived"] - line["quantityBilled"]) * line["rate"],
            "orderDoc": {"id": source["id"], "refName": f"Purchase Order #{source['tranId']}"},
            "orderLine": line["line"],
        }
        for line in source["item"]["items"]
    ]
    head = copied(source, *_HEAD, "terms")
    body = {"tranDate": books.today(), **head, "item": {"items": lines}, **given}
    made = books.create("vendorBill", body)
    count_billed(books, made)
    return made


def count_billed(books: Books, made: Record) -> None:
    """Count a new bill's lines on the orders that they are tied to."""
    for line in made["item"]["items"]:
        if not line.get("orderDoc"):
            continue
        source = books.existing("purchaseOrder", str(line["orderDoc"]["id"]))
        for ordered in source["item"]["items"]:
            if str(ordered["line"]) == str(line.get("orderLine")):
                ordered["quantityBilled"] += line["quantity"]
        source["status"] = _order_status(source)
        books.touch(source)


def pay(books: Books, given: Record) -> Record:
    """Make a payment from its own body: one ``apply`` line, for the bill that it pays."""
    lines = [line for line in (given.get("apply") or {}).get("items", []) if line.get("apply")]
    if len(lines) != 1:
        raise wanting("Apply")
    source = books.existing("vendorBill", str((lines[0].get("doc") or {}).get("id")))
    return pay_bill(books, source, given)


def pay_bill(books: Books, source: Record, given: Record) -> Record:
    """Pay a bill, wholly unless its ``apply`` line says less."""
    lines = [line for line in (given.get("apply") or {}).get("items", []) if line.get("apply")]
    said = lines[0].get("amount") if lines else None
    amount = Decimal(str(source["amountRemaining"] if said is None else said))
    if source["status"]["id"] != "A" or source.get("paymentHold"):
        detail = "That transformation is not allowed: the bill is not open for payment."
        raise NetSuiteError(400, "USER_ERROR", detail)
    if not 0 < amount <= source["amountRemaining"]:
        raise NetSuiteError(400, "USER_ERROR", "The payment exceeds what is open.", "apply")
    head = copied(source, *_HEAD)
    line = {"doc": {"id": source["id"]}, "amount": amount, "apply": True, "line": 1}
    line["refNum"] = source["tranId"]
    body = {"tranDate": books.today(), **head, **given, "apply": {"items": [line]}}
    made = books.create("vendorPayment", {**body, "total": amount})
    source["amountRemaining"] -= amount
    if not source["amountRemaining"]:
        source["status"] = {"id": "B", "refName": _BILL["B"]}
    books.touch(source)
    return made


def payment(_: Books, found: Record) -> None:
    """Accept a payment out of a bank account; `pay_bill` worked it out."""
    if "total" not in found:
        raise NetSuiteError(400, "USER_ERROR", "Pay a bill by !transform.")
    ref = str((found.get("account") or {}).get("id", "57"))
    if LEDGERS.get(ref) != "Bank":
        raise NetSuiteError(400, "USER_ERROR", "Please choose a bank account.", "account")
    found["account"] = {"id": ref, "refName": NAMES[ref]}
    found["status"] = {"id": "F", "refName": "Approved"}


def credit_bill(books: Books, source: Record, given: Record) -> Record:
    """Make the vendor's credit over a whole bill, applied to what is open of it."""
    known = copied(source, *_HEAD, "item", "taxTotal")
    body = {"tranDate": books.today(), **known, **given}
    made = books.create("vendorCredit", body, source)
    applied = source["amountRemaining"]
    made["amountRemaining"] = made["total"] - applied
    source["amountRemaining"] = _NOTHING
    source["status"] = {"id": "B", "refName": _BILL["B"]}
    books.touch(source)
    return made


RULES: Final[Mapping[str, Rule]] = {
    "vendor": vendor,
    "purchaseRequisition": requisition,
    "purchaseOrder": order,
    "itemReceipt": receipt,
    "vendorBill": bill,
    "vendorPayment": payment,
    "vendorCredit": credit,
}
