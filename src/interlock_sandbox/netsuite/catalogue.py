"""What the account is made of: record types, their fields, and records that stand from the start.

Field names follow the REST API Browser 2026.1. ``revenueAccount`` and ``revRecTreatment`` of a
line stand for custom fields, which every account has some of.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from interlock_sandbox.netsuite.errors import NetSuiteError
from interlock_sandbox.world import Record

SUBSIDIARIES: Final = {
    "1": ("Example Inc.", "USD"),
    "2": ("Example Ltd.", "GBP"),
    "3": ("Example K.K.", "JPY"),
    "4": ("Example W.L.L.", "KWD"),
}
CURRENCIES: Final = {"1": "USD", "2": "GBP", "3": "JPY", "4": "KWD", "5": "EUR"}
_CURRENCY_IDS: Final = {code: ref for ref, code in CURRENCIES.items()}
TERMS: Final = {"1": "Net 15", "2": "Net 30", "3": "Net 60"}
ACCOUNTS: Final = {"54": "4000", "55": "4100", "56": "4200"}
TRANSACTIONS: Final = {
    "invoice": "CustInvc",
    "creditMemo": "CustCred",
    "customerPayment": "CustPymt",
}
"""Record type -> its code in SuiteQL; all of them share one space of external ids."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "customer": _words(
        "externalId companyName email phone comments currency subsidiary parent terms"
        " creditHoldOverride isInactive"
    ),
    "invoice": _words(
        "externalId entity subsidiary currency tranDate startDate endDate dueDate memo item"
        " taxTotal otherRefNum terms"
    ),
    "creditMemo": _words(
        "externalId entity subsidiary currency tranDate memo item taxTotal createdFrom"
    ),
    "customerPayment": _words(
        "externalId customer subsidiary currency tranDate memo payment apply"
    ),
}
"""Record type -> what can be written; reads show more."""
_LINE: Final = _words(
    "line item description quantity rate amount revenueAccount revRecTreatment memo"
)
SUBLISTS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "invoice": {"item": _LINE},
    "creditMemo": {"item": _LINE},
    "customerPayment": {"apply": _words("line doc amount apply")},
}
STANDING: Final[Mapping[str, Mapping[str, Record]]] = {
    "subsidiary": {
        ref: {"id": ref, "name": name, "currency": {"id": _CURRENCY_IDS[code], "refName": code}}
        for ref, (name, code) in SUBSIDIARIES.items()
    },
    "currency": {
        ref: {"id": ref, "name": code, "symbol": code} for ref, code in CURRENCIES.items()
    },
    "term": {ref: {"id": ref, "name": name} for ref, name in TERMS.items()},
    "account": {
        ref: {"id": ref, "acctNumber": number, "acctName": number, "acctType": {"id": "Income"}}
        for ref, number in ACCOUNTS.items()
    },
}
"""Records that are there and that nobody writes."""
READABLE: Final = frozenset(FIELDS) | frozenset(STANDING) | {"accountingPeriod"}
_EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9_-]+\Z")


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
