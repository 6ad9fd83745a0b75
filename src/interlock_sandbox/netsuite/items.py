"""What is sold: services, each with the account that its sales are posted to.

The item's name is unique in the account. Who does not say to which account it belongs gets the
one that accounting has chosen (option ``income_account``, an id of the chart).
"""

from collections.abc import Mapping
from typing import Final

from interlock_sandbox.netsuite.errors import NetSuiteError, wanting
from interlock_sandbox.netsuite.records import Books, Rule
from interlock_sandbox.netsuite.standing import ACCOUNTS
from interlock_sandbox.world import Record

SERVICE: Final = "serviceSaleItem"


def service(books: Books, found: Record) -> None:
    """Say what an item needs, and what it has unless somebody says otherwise."""
    name = found.get("itemId")
    if not name:
        raise wanting("Item Name/Number")
    same = [row for row in books.rows(SERVICE) if row["itemId"] == name]
    if any(row["id"] != found.get("id") for row in same):
        detail = f"Uniqueness error - there is already an item with that name: {name}."
        raise NetSuiteError(400, "USER_ERROR", detail, "itemId")
    found.setdefault("isInactive", False)
    account = books.option("income_account", "54")
    found.setdefault("incomeAccount", {"id": account, "refName": ACCOUNTS[account]})


RULES: Final[Mapping[str, Rule]] = {SERVICE: service}
