"""The record types that are known here, and where each keeps its lines."""

from collections.abc import Mapping
from typing import Final

from interlock.connectors.port import Body

SUBLISTS: Final[Mapping[str, str]] = {
    "customer": "",
    "vendor": "",
    "serviceSaleItem": "",
    "salesOrder": "item",
    "invoice": "item",
    "creditMemo": "item",
    "customerPayment": "apply",
    "customerRefund": "apply",
    "purchaseRequisition": "item",
    "purchaseOrder": "item",
    "itemReceipt": "item",
    "vendorBill": "item",
    "vendorPayment": "apply",
    "vendorCredit": "item",
    "journalEntry": "line",
    "account": "",
    "accountingPeriod": "",
}
"""Record type -> the sublist that a second write must replace instead of adding to."""


def lines_of(body: Body, sublist: str) -> list[Mapping[str, object]]:
    """Return the lines of a sublist; none where it is a link only, or not there."""
    found = body.get(sublist)
    items = found.get("items") if isinstance(found, Mapping) else None
    return [line for line in items if isinstance(line, Mapping)] if isinstance(items, list) else []
