"""One fresh write of every operation, on records that it needs and that are made for it."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from interlock.connectors.port import Connector, Request

_numbers = itertools.count(1)


def request(operation: str, body: Mapping[str, object], ref: str | None = None) -> Request:
    number = next(_numbers)
    return Request(
        operation=operation,
        body=body,
        key_field="externalId",
        key=f"K-{number}",
        ref=ref,
        idempotency_key=f"run-{number}",
    )


def customer() -> Request:
    body = {
        "companyName": "Acme",
        "subsidiary": {"id": "1"},
        "currency": {"refName": "USD"},
        "terms": {"refName": "Net 30"},
    }
    return request("customer.upsert", body)


def vendor() -> Request:
    return request("vendor.upsert", {"companyName": "Desks", "subsidiary": {"id": "1"}})


def item() -> Request:
    asked = request("serviceSaleItem.upsert", {"displayName": "Seats"})
    return replace(asked, body={**asked.body, "itemId": asked.key})


def journal() -> Request:
    lines = [
        {"account": {"refName": "2400"}, "debit": Decimal("10.50"), "memo": "earned"},
        {"account": {"refName": "4000"}, "credit": Decimal("10.50"), "memo": "earned"},
    ]
    head = {"subsidiary": {"id": "1"}, "currency": {"refName": "USD"}, "tranDate": "2026-02-28"}
    return request("journalEntry.upsert", {**head, "line": {"items": lines}})


class Samples:
    """Makes them in one account."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._customer = self.made(customer())
        self._vendor = self.made(vendor())

    def made(self, asked: Request) -> str:
        """Write it and return its id."""
        record = self._connector.write(asked).record
        assert record is not None, asked.operation
        return record.ref

    def requests(self) -> dict[str, Callable[[], Request]]:
        """Return a maker of a fresh request for every operation."""
        return {
            "customer.upsert": customer,
            "vendor.upsert": vendor,
            "serviceSaleItem.upsert": item,
            "salesOrder.upsert": lambda: self._sale("salesOrder.upsert"),
            "invoice.upsert": self.invoice,
            "invoice.create": self._of("invoice", lambda: self._sale("salesOrder.upsert")),
            "creditMemo.create": self._of("creditMemo", self.invoice),
            "customerPayment.create": self._of("customerPayment", self.invoice),
            "customerRefund.upsert": self._refund,
            "purchaseRequisition.upsert": self._requisition,
            "purchaseOrder.upsert": self._order,
            "purchaseOrder.create": self._of("purchaseOrder", self._requisition),
            "purchaseOrder.close": lambda: self._on("purchaseOrder.close", self._order()),
            "itemReceipt.create": self._of("itemReceipt", self._order),
            "vendorBill.upsert": self._bill,
            "vendorBill.create": self._of("vendorBill", self._order),
            "vendorPayment.create": self._of("vendorPayment", self._bill),
            "vendorCredit.create": self._of("vendorCredit", self._bill),
            "journalEntry.upsert": journal,
            "journalEntry.approve": lambda: self._on("journalEntry.approve", journal()),
            "journalEntry.reject": lambda: self._on("journalEntry.reject", journal()),
            "journalEntry.reverse": self._reversal,
        }

    def _of(self, target: str, source: Callable[[], Request]) -> Callable[[], Request]:
        return lambda: self._on(f"{target}.create", source())

    def _on(self, operation: str, source: Request) -> Request:
        return request(operation, {}, self.made(source))

    def _reversal(self) -> Request:
        ref = self.made(journal())
        self._connector.write(request("journalEntry.approve", {}, ref))
        return request("journalEntry.reverse", {}, ref)

    def invoice(self) -> Request:
        """Return an invoice over 33.75."""
        return self._sale("invoice.upsert")

    def _sale(self, operation: str) -> Request:
        line = {
            "item": {"refName": "SEAT"},
            "description": "Seats",
            "quantity": Decimal(3),
            "amount": Decimal("31.50"),
            "revenueAccount": {"refName": "4000"},
            "revRecTreatment": {"refName": "over_time"},
        }
        tax = {"taxTotal": Decimal("2.25")} if operation == "invoice.upsert" else {}
        return request(operation, {**self._head(self._customer), **tax, "item": {"items": [line]}})

    def _order(self) -> Request:
        return request("purchaseOrder.upsert", {**self._head(self._vendor), **_bought()})

    def _bill(self) -> Request:
        return request("vendorBill.upsert", {**self._head(self._vendor), **_bought()})

    def _requisition(self) -> Request:
        head = {"subsidiary": {"id": "1"}, "currency": {"refName": "USD"}}
        bought = _bought(poVendor={"id": self._vendor})
        return request("purchaseRequisition.upsert", {**head, **bought})

    def _head(self, entity: str) -> dict[str, object]:
        return {
            "entity": {"id": entity},
            "subsidiary": {"id": "1"},
            "currency": {"refName": "USD"},
            "tranDate": "2026-01-15",
            "memo": "Sample",
        }

    def _refund(self) -> Request:
        invoice = self.made(self.invoice())
        self.made(request("customerPayment.create", {}, invoice))
        memo = self.made(request("creditMemo.create", {}, invoice))
        line = {"doc": {"id": memo}, "apply": True}
        return request("customerRefund.upsert", {"apply": {"items": [line]}})


def _bought(**extra: object) -> dict[str, object]:
    line = {"item": {"refName": "DESK"}, "quantity": Decimal(10), "rate": Decimal(25), **extra}
    return {"item": {"items": [line]}}
