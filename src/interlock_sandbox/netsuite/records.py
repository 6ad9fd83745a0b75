"""The books: customers, invoices, payments and credit memos, and the rules of posting."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.netsuite.catalogue import (
    ACCOUNTS,
    CURRENCIES,
    STANDING,
    SUBSIDIARIES,
    TERMS,
    TRANSACTIONS,
    external_id,
)
from interlock_sandbox.netsuite.errors import NetSuiteError, missing, unfit, wanting
from interlock_sandbox.world import Record, World

OPEN: Final = {"id": "Open", "refName": "Open"}
PAID: Final = {"id": "Paid In Full", "refName": "Paid In Full"}
_NEEDED: Final = {
    "entity": "Customer",
    "subsidiary": "Subsidiary",
    "currency": "Currency",
    "tranDate": "Date",
    "item": "Item",
}
_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "currency": CURRENCIES,
    "subsidiary": {ref: name for ref, (name, _) in SUBSIDIARIES.items()},
    "terms": TERMS,
}
_PREFIXES: Final = {"invoice": "INV", "creditMemo": "CM"}
_RECORDS: Final = {"parent": "customer", "entity": "customer", "customer": "customer"}


class Books:
    """One NetSuite account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._eids: dict[tuple[str, str], str] = {}
        self.closed: set[tuple[str, str]] = set()
        """(subsidiary, YYYY-MM) of closed accounting periods."""

    def find(self, obj: str, ref: str) -> Record | None:
        """Return a record by ``123`` or ``eid:KEY``."""
        if obj in STANDING:
            return STANDING[obj].get(ref)
        if obj == "accountingPeriod":
            return self._period(ref)
        table = self._world.table(obj)
        if not ref.startswith("eid:"):
            return table.get(ref)
        key = ref.removeprefix("eid:")
        found = table.get(self._eids.get((_space(obj), key), ""))
        return found if found is not None and found.get("externalId") == key else None

    def existing(self, obj: str, ref: str) -> Record:
        """Return a record that has to be there."""
        found = self.find(obj, ref)
        if found is None:
            raise missing(ref)
        return found

    def rows(self, obj: str) -> list[Record]:
        """Return all records of a type."""
        if obj == "accountingPeriod":
            found = (self._period(month) for month in sorted({month for _, month in self.closed}))
            return [each for each in found if each is not None]
        return list(STANDING[obj].values() if obj in STANDING else self._world.table(obj).values())

    def _period(self, month: str) -> Record | None:
        """Return a month as an accounting period; closed once it is for every subsidiary."""
        if len(month) != len("2026-01"):
            return None
        shut = [ref for ref in SUBSIDIARIES if (ref, month) in self.closed]
        closed = len(shut) == len(SUBSIDIARIES)
        return {"id": month, "periodName": month, "closed": closed, "arLocked": bool(shut)}

    def put(self, obj: str, key: str, given: Record, replace: Collection[str]) -> Record:
        """Create or update the record with an external id."""
        found = self.find(obj, f"eid:{external_id(key)}")
        if found is None:
            return self.create(obj, {**given, "externalId": key})
        return self.change(obj, found, given, replace)

    def create(self, obj: str, given: Record) -> Record:
        """Make a record."""
        key = given.get("externalId")
        if key is not None:
            self.unused(obj, external_id(str(key)))
        record: Record = {"id": str(self._world.number() + 1000)}
        self._fill(obj, record, given)
        if obj in TRANSACTIONS:
            record["tranId"] = f"{_PREFIXES[obj]}{record['id']}"
        return self.keep(obj, record)

    def keep(self, obj: str, record: Record) -> Record:
        """Put a record into the books."""
        self._world.table(obj)[record["id"]] = record
        key = record.get("externalId")
        if key is not None:
            self._eids[(_space(obj), str(key))] = record["id"]
        return self.touch(record)

    def touch(self, record: Record) -> Record:
        """Move a record's time of last change."""
        now = self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        record.setdefault("createdDate", now)
        record["lastModifiedDate"] = now
        return record

    def unused(self, obj: str, key: str) -> None:
        taken = self._eids.get((_space(obj), key))
        tables = TRANSACTIONS if obj in TRANSACTIONS else [obj]
        if any(taken in self._world.table(name) for name in tables):
            detail = f"This record already exists: {obj} externalId {key}."
            raise NetSuiteError(400, "DUP_RCRD", detail)

    def change(self, obj: str, record: Record, given: Record, replace: Collection[str]) -> Record:
        """Update a record; lines that are not replaced are merged by number, else added."""
        given = dict(given)
        if "item" in given and "item" not in replace and obj == "invoice":
            lines = {line["line"]: line for line in record["item"]["items"]}
            new = [line for line in given["item"]["items"] if line.get("line") not in lines]
            for line in given["item"]["items"]:
                if line.get("line") in lines:
                    lines[line["line"]] = {**lines[line["line"]], **line}
            given["item"] = {"items": [*lines.values(), *new]}
        if obj in TRANSACTIONS:
            self.open_period(record)
        self._fill(obj, record, given)
        return self.touch(record)

    def _fill(self, obj: str, record: Record, given: Record) -> None:
        found = self._referenced({**record, **given})
        if obj == "customer":
            if not found.get("companyName"):
                raise wanting("Company Name")
            found.setdefault("creditHoldOverride", {"id": "AUTO", "refName": "Auto"})
            found.setdefault("terms", {"id": "2", "refName": "Net 30"})
        elif obj in {"invoice", "creditMemo"}:
            self._posting(found)
        else:
            raise NetSuiteError(400, "USER_ERROR", "Pay an invoice by !transform or apply.")
        record.update(found)

    def _referenced(self, given: Record) -> Record:
        """Resolve references, and show their names as reads do."""
        found = dict(given)
        for field, table in _TABLES.items():
            if isinstance(found.get(field), Mapping):
                ref = str(found[field].get("id"))
                if ref not in table:
                    raise unfit(ref, field)
                found[field] = {"id": ref, "refName": table[ref]}
        for field, other in _RECORDS.items():
            if isinstance(found.get(field), Mapping):
                found[field] = self._other(other, found[field], field)
        return found

    def _other(self, obj: str, reference: Mapping[str, Any], field: str) -> Record:
        eid = reference.get("externalId")
        ref = f"eid:{eid}" if eid else str(reference.get("id"))
        other = self.find(obj, ref)
        if other is None:
            raise unfit(ref, field)
        return {"id": other["id"], "refName": other.get("companyName", "")}

    def _posting(self, found: Record) -> None:
        for needed, label in _NEEDED.items():
            if not found.get(needed):
                raise wanting(label)
        self.open_period(found)
        self._books_of(found)
        lines = [self._line(line, number) for number, line in enumerate(_items(found), start=1)]
        net = sum((line["amount"] for line in lines), Decimal(0))
        tax = Decimal(str(found.get("taxTotal", 0)))
        applied = found.get("total", Decimal(0)) - found.get("amountRemaining", Decimal(0))
        total = net + tax
        remaining = total - applied
        if remaining < 0:
            detail = "The total cannot be less than what was applied to the transaction."
            raise NetSuiteError(400, "USER_ERROR", detail)
        found["item"] = {"items": lines, "count": len(lines), "hasMore": False}
        found |= {"subtotal": net, "taxTotal": tax, "total": total}
        found |= {
            "amountRemaining": remaining,
            "status": OPEN if remaining or not applied else PAID,
        }
        month = str(found["tranDate"])[:7]
        found["postingPeriod"] = {"id": month, "refName": month}

    def open_period(self, record: Record) -> None:
        month = str(record["tranDate"])[:7]
        if (record["subsidiary"]["id"], month) in self.closed:
            # The exact text of the REST answer is assumed; the code is a plain USER_ERROR.
            detail = f"The transaction date {record['tranDate']} is in a closed accounting period."
            raise NetSuiteError(400, "USER_ERROR", detail)

    def _books_of(self, found: Record) -> None:
        """Refuse another subsidiary than the customer's (the words are assumed)."""
        customer = self.existing("customer", found["entity"]["id"])
        own = customer.get("subsidiary")
        if own and own["id"] != found["subsidiary"]["id"]:
            detail = (
                f"Invalid subsidiary reference key {found['subsidiary']['id']}"
                f" for entity {customer['id']}."
            )
            raise NetSuiteError(400, "USER_ERROR", detail, "subsidiary")

    def _line(self, given: Record, number: int) -> Record:
        named = given.get("item") or {}
        if not named.get("id"):
            raise wanting("Item")
        ref = str(named["id"])
        if ref.startswith("item-"):
            named = {**named, "refName": ref.removeprefix("item-")}
        quantity = Decimal(str(given.get("quantity", 1)))
        amount = given.get("amount", quantity * Decimal(str(given.get("rate", 0))))
        line = {**given, "line": number, "item": named, "amount": Decimal(str(amount))}
        account = given.get("revenueAccount")
        if account:
            name = ACCOUNTS.get(str(account.get("id")), "")
            line["revenueAccount"] = {**account, "refName": name}
        return line

    def delete(self, obj: str, ref: str) -> None:
        """Delete a record; what was posted stays, and so does who it was posted for."""
        found = self.existing(obj, ref)
        if obj in TRANSACTIONS:
            raise NetSuiteError(400, "USER_ERROR", "This transaction cannot be deleted: posted.")
        used = self._world.table("invoice").values()
        if any(invoice["entity"]["id"] == found["id"] for invoice in used):
            detail = "This record cannot be deleted because it has dependent records."
            raise NetSuiteError(400, "USER_ERROR", detail)
        del self._world.table(obj)[found["id"]]


def _items(found: Record) -> list[Record]:
    return [dict(line) for line in found["item"].get("items", [])]


def _space(obj: str) -> str:
    return "transaction" if obj in TRANSACTIONS else obj
