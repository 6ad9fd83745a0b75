"""Records that are there from the start and that nobody writes: the account's set-up."""

from collections.abc import Mapping
from typing import Final

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
_CHART: Final = {
    "54": ("4000", "Subscription revenue", "Income"),
    "55": ("4100", "Usage revenue", "Income"),
    "56": ("4200", "Services revenue", "Income"),
    "57": ("1000", "Operating bank account", "Bank"),
    "58": ("1100", "Accounts receivable", "AcctRec"),
    "59": ("2000", "Accounts payable", "AcctPay"),
    "60": ("2400", "Deferred revenue", "DeferRevenue"),
    "61": ("6000", "Purchased services", "Expense"),
    "62": ("4900", "Revenue of a closed business", "Income"),
}
"""Id -> number, name and type of an account of the chart; the types are NetSuite's."""
INACTIVE: Final = frozenset({"62"})
ACCOUNTS: Final = {ref: number for ref, (number, _, _) in _CHART.items()}
LEDGERS: Final = {ref: kind for ref, (_, _, kind) in _CHART.items()}
NAMES: Final = {ref: f"{number} {name}" for ref, (number, name, _) in _CHART.items()}
"""Id -> what a reference to an account shows: its number and its name."""
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
        ref: {
            "id": ref,
            "acctNumber": number,
            "acctName": name,
            "acctType": {"id": kind, "refName": kind},
            "isInactive": ref in INACTIVE,
        }
        for ref, (number, name, kind) in _CHART.items()
    },
}
