"""The books: who has which id, what refers to what, what may still be changed.

What a record of each type needs, and what follows from it, stands in `selling`, `purchasing` and
`journals`; `rules` gathers it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from interlock_sandbox.netsuite.catalogue import POSTING, SUBLISTS, TRANSACTIONS, external_id
from interlock_sandbox.netsuite.errors import NetSuiteError, missing, unfit
from interlock_sandbox.netsuite.periods import Periods
from interlock_sandbox.netsuite.standing import ACCOUNTS, CURRENCIES, STANDING, SUBSIDIARIES, TERMS
from interlock_sandbox.world import Record, World

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "currency": CURRENCIES,
    "subsidiary": {ref: name for ref, (name, _) in SUBSIDIARIES.items()},
    "terms": TERMS,
    "incomeAccount": ACCOUNTS,
}
_PREFIXES: Final = {
    "salesOrder": "SO",
    "invoice": "INV",
    "creditMemo": "CM",
    "customerPayment": "PY",
    "customerRefund": "RF",
    "purchaseRequisition": "PR",
    "purchaseOrder": "PO",
    "itemReceipt": "IR",
    "vendorBill": "BILL",
    "vendorPayment": "VP",
    "vendorCredit": "VC",
    "journalEntry": "JE",
}
_LOCKS: Final = {
    "invoice": "arLocked",
    "creditMemo": "arLocked",
    "customerPayment": "arLocked",
    "customerRefund": "arLocked",
    "vendorBill": "apLocked",
    "vendorPayment": "apLocked",
    "vendorCredit": "apLocked",
}
_PARTNERS: Final = ("customer", "vendor")
Rule = Callable[["Books", Record], None]
"""Works out what follows from a record's fields, or says what is wrong with them."""


class Books:
    """One NetSuite account."""

    def __init__(self, world: World, rules: Mapping[str, Rule]) -> None:
        self._world = world
        self._rules = rules
        self._eids: dict[tuple[str, str], str] = {}
        self.periods = Periods(str(world.options.get("period_code", "CLOSED_TRAN_PRD")))

    def find(self, obj: str, ref: str) -> Record | None:
        """Return a record by ``123`` or ``eid:KEY``."""
        if obj in STANDING:
            return STANDING[obj].get(ref)
        if obj == "accountingPeriod":
            return self.periods.find(ref)
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
            return self.periods.rows()
        return list(STANDING[obj].values() if obj in STANDING else self._world.table(obj).values())

    def put(self, obj: str, key: str, given: Record, replace: Collection[str]) -> Record:
        """Create or update the record with an external id."""
        found = self.find(obj, f"eid:{external_id(key)}")
        if found is None:
            return self.create(obj, {**given, "externalId": key})
        return self.change(obj, found, given, replace)

    def create(self, obj: str, given: Record, origin: Record | None = None) -> Record:
        """Make a record; `origin` is the one that it is made from."""
        key = given.get("externalId")
        if key is not None:
            self.unused(obj, external_id(str(key)))
        record: Record = {"id": str(self._world.number() + 1000)}
        if origin is not None:
            given = {**given, "createdFrom": {"id": origin["id"], "refName": origin["tranId"]}}
        self._fill(obj, record, given)
        if obj in TRANSACTIONS:
            record.setdefault("tranId", f"{_PREFIXES[obj]}{record['id']}")
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

    def today(self) -> str:
        """Return the account's date."""
        return self._world.now().date().isoformat()

    def option(self, name: str, default: str) -> str:
        """Return a preference of the account."""
        return str(self._world.options.get(name, default))

    def unused(self, obj: str, key: str) -> None:
        """Refuse an external id that some record of the same space has."""
        taken = self._eids.get((_space(obj), key))
        tables = TRANSACTIONS if obj in TRANSACTIONS else [obj]
        if any(taken in self._world.table(name) for name in tables):
            detail = f"This record already exists: {obj} externalId {key}."
            raise NetSuiteError(400, "DUP_RCRD", detail)

    def change(self, obj: str, record: Record, given: Record, replace: Collection[str]) -> Record:
        """Update a record; lines that are not replaced are merged by number, else added."""
        given = dict(given)
        for name in SUBLISTS.get(obj, {}):
            if name in given and name not in replace:
                given[name] = {"items": _merged(record[name]["items"], given[name]["items"])}
        if obj in POSTING:
            self.open_period(obj, record)
        self._fill(obj, record, given)
        return self.touch(record)

    def _fill(self, obj: str, record: Record, given: Record) -> None:
        found = self._referenced({**record, **given})
        rule = self._rules.get(obj)
        if rule is None:
            raise NetSuiteError(400, "USER_ERROR", f"A {obj} is made by !transform or apply.")
        rule(self, found)
        if obj in POSTING:
            self.open_period(obj, found)
        record.update(found)

    def open_period(self, obj: str, record: Record) -> None:
        """Refuse what would move a ledger in a month that is closed or locked for it."""
        self.periods.admit(record, _LOCKS.get(obj, "allLocked"))

    def _referenced(self, given: Record) -> Record:
        """Resolve references, and show their names as reads do."""
        found = dict(given)
        for field, table in _TABLES.items():
            if isinstance(found.get(field), Mapping):
                ref = str(found[field].get("id"))
                if ref not in table:
                    raise unfit(ref, field)
                found[field] = {"id": ref, "refName": table[ref]}
        for field, others in (("parent", ("customer",)), ("entity", _PARTNERS)):
            if isinstance(found.get(field), Mapping):
                found[field] = self.other(others, found[field], field)
        return found

    def other(self, objects: Iterable[str], reference: Mapping[str, Any], field: str) -> Record:
        """Return a reference to one of `objects`, with its name."""
        eid = reference.get("externalId")
        ref = f"eid:{eid}" if eid else str(reference.get("id"))
        for obj in objects:
            other = self.find(obj, ref)
            if other is not None:
                return {"id": other["id"], "refName": other.get("companyName", "")}
        raise unfit(ref, field)

    def same_subsidiary(self, found: Record) -> None:
        """Refuse another subsidiary than that of the customer or vendor (words assumed)."""
        ref = found["entity"]["id"]
        partner = self.find("customer", ref) or self.existing("vendor", ref)
        own = partner.get("subsidiary")
        if own and own["id"] != found["subsidiary"]["id"]:
            detail = (
                f"Invalid subsidiary reference key {found['subsidiary']['id']} for entity {ref}."
            )
            raise NetSuiteError(400, "USER_ERROR", detail, "subsidiary")

    def delete(self, obj: str, ref: str) -> None:
        """Delete a record; what was posted stays, and so does who it was posted for."""
        found = self.existing(obj, ref)
        if obj in TRANSACTIONS and not _pending(found):
            raise NetSuiteError(400, "USER_ERROR", "This transaction cannot be deleted: posted.")
        used = (row for name in TRANSACTIONS for row in self._world.table(name).values())
        if any((row.get("entity") or {}).get("id") == found["id"] for row in used):
            detail = "This record cannot be deleted because it has dependent records."
            raise NetSuiteError(400, "USER_ERROR", detail)
        del self._world.table(obj)[found["id"]]


def _merged(known: Iterable[Record], given: Iterable[Record]) -> list[Record]:
    """Return the lines after a write that does not replace them."""
    lines = {line["line"]: line for line in known}
    new = []
    for line in given:
        number = line.get("line")
        if number in lines:
            lines[number] = {**lines[number], **line}
        else:
            new.append(line)
    return [*lines.values(), *new]


def _pending(record: Record) -> bool:
    """Tell whether a transaction waits for its approval: it has moved no ledger yet."""
    return (record.get("approvalStatus") or {}).get("id") == "1"


def _space(obj: str) -> str:
    return "transaction" if obj in TRANSACTIONS else obj
