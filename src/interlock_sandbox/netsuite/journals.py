"""Journal entries: they balance, they name accounts that are in use, they wait for approval.

Until it is approved an entry moves no ledger; its period has to be open all the same. An entry
with a reversal date gets its reversal made by the account itself.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.netsuite.errors import NetSuiteError, unfit, wanting
from interlock_sandbox.netsuite.records import Books, Rule
from interlock_sandbox.netsuite.standing import LEDGERS, STANDING, SUBSIDIARIES
from interlock_sandbox.world import Record

STATUSES: Final = {"1": "Pending Approval", "2": "Approved", "3": "Rejected"}
_FEWEST: Final = 2
_NEEDS_ENTITY: Final = {"AcctRec": "Customer", "AcctPay": "Vendor"}


def entry(books: Books, found: Record) -> None:
    """Work out a journal entry."""
    for needed, label in {"subsidiary": "Subsidiary", "tranDate": "Date"}.items():
        if not found.get(needed):
            raise wanting(label)
    if not found.get("currency"):
        code = SUBSIDIARIES[found["subsidiary"]["id"]][1]
        found["currency"] = next(
            {"id": ref, "refName": row["symbol"]}
            for ref, row in STANDING["currency"].items()
            if row["symbol"] == code
        )
    given = (found.get("line") or {}).get("items", [])
    lines = [_line(books, line, number) for number, line in enumerate(given)]
    _balanced(lines)
    found["line"] = {"items": lines, "count": len(lines), "hasMore": False}
    found["total"] = sum((line.get("debit", Decimal(0)) for line in lines), Decimal(0))
    _approval(books, found)


def _line(books: Books, given: Record, number: int) -> Record:
    ref = str((given.get("account") or {}).get("id"))
    account = STANDING["account"].get(ref)
    if account is None:
        raise unfit(ref, "account")
    if account["isInactive"]:
        raise unfit(ref, "account")
    line = {**given, "line": number}
    line["account"] = {"id": ref, "refName": f"{account['acctNumber']} {account['acctName']}"}
    amounts = {side: _amount(given[side]) for side in ("debit", "credit") if given.get(side)}
    if len(amounts) != 1:
        raise wanting("Debit or Credit")
    wanted = _NEEDS_ENTITY.get(LEDGERS[ref])
    if wanted is not None and not given.get("entity"):
        raise wanting(wanted)
    if given.get("entity"):
        line["entity"] = books.other(("customer", "vendor"), given["entity"], "entity")
    return {**line, **amounts}


def _amount(given: Any) -> Decimal:  # noqa: ANN401 (whatever was sent)
    amount = Decimal(str(given))
    if amount < 0:
        detail = "A debit or credit cannot be negative."
        raise NetSuiteError(400, "USER_ERROR", detail)
    return amount


def _balanced(lines: list[Record]) -> None:
    if len(lines) < _FEWEST:
        raise NetSuiteError(400, "USER_ERROR", "You must enter at least two lines.")
    debit = sum((line.get("debit", Decimal(0)) for line in lines), Decimal(0))
    credit = sum((line.get("credit", Decimal(0)) for line in lines), Decimal(0))
    if debit != credit:
        # The words are assumed; that an entry has to balance is not.
        detail = f"The amounts in a journal entry must balance: {debit} is not {credit}."
        raise NetSuiteError(400, "USER_ERROR", detail)


def _approval(books: Books, found: Record) -> None:
    """Settle `approved` and `approvalStatus`, which say the same; new ones wait if told to."""
    if "approved" in found:
        ref = "2" if found["approved"] else "1"
    elif isinstance(found.get("approvalStatus"), Mapping):
        ref = str(found["approvalStatus"].get("id"))
    else:
        ref = "1" if books.option("journal_approval", "no") == "yes" else "2"
    if ref not in STATUSES:
        raise unfit(ref, "approvalStatus")
    found["approvalStatus"] = {"id": ref, "refName": STATUSES[ref]}
    found.pop("approved", None)


RULES: Final[Mapping[str, Rule]] = {"journalEntry": entry}
