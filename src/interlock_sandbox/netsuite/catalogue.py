"""What the account is made of: record types, their fields, their sublists.

Field names follow the REST API Browser 2026.1. ``revenueAccount`` and ``revRecTreatment`` of a
line stand for custom fields, which every account has some of; so do those that begin with
``custbody``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from interlock_sandbox.netsuite.errors import NetSuiteError
from interlock_sandbox.netsuite.standing import STANDING
from interlock_sandbox.world import Record

TRANSACTIONS: Final = {
    "salesOrder": "SalesOrd",
    "invoice": "CustInvc",
    "creditMemo": "CustCred",
    "customerPayment": "CustPymt",
    "customerRefund": "CustRfnd",
    "purchaseRequisition": "PurchReq",
    "purchaseOrder": "PurchOrd",
    "itemReceipt": "ItemRcpt",
    "vendorBill": "VendBill",
    "vendorPayment": "VendPymt",
    "vendorCredit": "VendCred",
    "journalEntry": "Journal",
}
"""Record type -> its code in SuiteQL; all of them share one space of external ids."""
POSTING: Final = frozenset(TRANSACTIONS) - {"salesOrder", "purchaseRequisition", "purchaseOrder"}
"""Transactions that move the ledger, so that their period has to be open."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEAD: Final = _words("externalId subsidiary currency tranDate memo")
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "customer": _words(
        "externalId companyName email phone comments currency subsidiary parent terms"
        " creditHoldOverride isInactive"
    ),
    "vendor": _words(
        "externalId companyName email phone comments currency subsidiary terms isInactive"
    ),
    "serviceSaleItem": _words(
        "externalId itemId displayName salesDescription incomeAccount isInactive"
    ),
    "salesOrder": _HEAD | _words("entity startDate endDate item otherRefNum terms"),
    "invoice": _HEAD
    | _words(
        "entity startDate endDate dueDate item taxTotal otherRefNum terms createdFrom"
        " custbody_billing_invoice custbody_contract"
        " custbody_recognise"
    ),
    "creditMemo": _HEAD | _words("entity item taxTotal createdFrom"),
    "customerPayment": _HEAD | _words("customer payment apply"),
    "customerRefund": _HEAD | _words("customer account paymentMethod apply"),
    "purchaseRequisition": _HEAD | _words("entity item approvalStatus"),
    "purchaseOrder": _HEAD | _words("entity dueDate item approvalStatus terms createdFrom"),
    "itemReceipt": _HEAD | _words("item createdFrom"),
    "vendorBill": _HEAD
    | _words("entity dueDate item taxTotal tranId approvalStatus paymentHold terms"),
    "vendorPayment": _HEAD | _words("entity account apply"),
    "vendorCredit": _HEAD | _words("entity item taxTotal createdFrom"),
    "journalEntry": _HEAD
    | _words("line approved approvalStatus reversalDate custbody_release custbody_contract"),
}
"""Record type -> what can be written; reads show more."""
_LINE: Final = _words("line item description quantity rate amount memo")
_SOLD: Final = _LINE | _words("revenueAccount revRecTreatment")
_APPLY: Final = _words("line doc amount apply")
SUBLISTS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "salesOrder": {"item": _SOLD},
    "invoice": {"item": _SOLD},
    "creditMemo": {"item": _SOLD},
    "customerPayment": {"apply": _APPLY | {"disc"}},
    "customerRefund": {"apply": _APPLY},
    "purchaseRequisition": {"item": _LINE | _words("poVendor")},
    "purchaseOrder": {"item": _LINE | _words("isClosed")},
    "itemReceipt": {"item": _words("orderLine quantity itemReceive")},
    "vendorBill": {"item": _LINE | _words("orderDoc orderLine")},
    "vendorPayment": {"apply": _APPLY},
    "vendorCredit": {"item": _LINE},
    "journalEntry": {"line": _words("line account debit credit memo entity")},
}
_STAMPS: Final = _words("id createdDate lastModifiedDate")
_SHOWN: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(TRANSACTIONS, _words("tranId status total amountRemaining postingPeriod")),
    "account": _words("acctNumber acctName acctType isInactive"),
    "accountingPeriod": _words("periodName startDate endDate closed allLocked"),
}
"""Record type -> what reads show and nobody writes."""
_TYPES: Final[Sequence[tuple[str, Record]]] = (
    ("tranDate startDate endDate dueDate", {"type": "string", "format": "date"}),
    ("createdDate lastModifiedDate", {"type": "string", "format": "date-time"}),
    ("total taxTotal amountRemaining payment", {"type": "number"}),
    ("isInactive closed allLocked", {"type": "boolean"}),
    ("companyName email phone memo tranId externalId", {"type": "string"}),
)
"""Types of fields; of others the schema here says only that they are there (assumed)."""
READABLE: Final = frozenset(FIELDS) | frozenset(STANDING) | {"accountingPeriod"}
_EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9_-]+\Z")


def schema_of(obj: str) -> Record:
    """Return what the metadata catalogue says of a record type, as a JSON schema."""
    names = FIELDS.get(obj, frozenset()) | _SHOWN.get(obj, frozenset()) | _STAMPS
    types = {name: kind for told, kind in _TYPES for name in told.split()}
    properties = {name: types.get(name, {}) for name in sorted(names)}
    return {
        "type": "object",
        "properties": properties,
        "$schema": "https://json-schema.org/draft-06/hyper-schema#",
    }


def external_id(text: str) -> str:
    """Return an external id: letters, digits, underscores and hyphens only."""
    if not _EXTERNAL_ID.match(text):
        detail = f"Invalid external ID {text!r}: only letters, digits, _ and - are allowed."
        raise NetSuiteError(400, "INVALID_CONTENT", detail, "externalId")
    return text


def checked(obj: str, given: Record, strictness: str) -> Record:
    """Return what can be written of a body.

    X-NetSuite-PropertyNameValidation decides about names that nobody knows: ``error`` refuses,
    ``warning`` (the default) and ``ignore`` drop them without a word.
    """
    strict = strictness.lower() == "error"
    found = _known(given, FIELDS[obj], strict=strict)
    for name, columns in SUBLISTS.get(obj, {}).items():
        if name in found:
            lines = _lines(found[name], name)
            found[name] = {"items": [_known(line, columns, strict=strict) for line in lines]}
    return found


def _lines(sublist: object, name: str) -> Sequence[Record]:
    lines = sublist.get("items") if isinstance(sublist, Mapping) else None
    if not isinstance(lines, list):
        raise NetSuiteError(400, "INVALID_CONTENT", f"Invalid content for {name}.", name)
    return lines


def _known(given: Record, names: frozenset[str], *, strict: bool) -> Record:
    unknown = sorted(set(given) - names - {"links", "id"})
    if unknown and strict:
        detail = f"Error while accessing a resource. Unknown property name: {unknown[0]}."
        raise NetSuiteError(400, "INVALID_CONTENT", detail, unknown[0])
    return {name: value for name, value in given.items() if name in names}
