"""The books: customers, invoices and credit memos, with the rules that postings obey."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.world import Record, World

SUBSIDIARIES: Final = {
    "1": ("Example Inc.", "USD"),
    "2": ("Example Ltd.", "GBP"),
    "3": ("Example K.K.", "JPY"),
    "4": ("Example W.L.L.", "KWD"),
}
CURRENCIES: Final = {"1": "USD", "2": "GBP", "3": "JPY", "4": "KWD", "5": "EUR"}
TERMS: Final = {"1": "Net 15", "2": "Net 30", "3": "Net 60"}
ACCOUNTS: Final = {"54": "4000", "55": "4100", "56": "4200"}
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "customer": frozenset(
        "externalId companyName email currency subsidiary parent terms creditHoldOverride".split()  # noqa: SIM905 (a list to read)
    ),
    "invoice": frozenset(
        ("externalId", "entity", "subsidiary", "currency", "tranDate", "startDate", "endDate")
    )
    | frozenset(("memo", "item", "taxTotal")),
    "creditMemo": frozenset("externalId memo tranDate".split()),  # noqa: SIM905 (a list to read)
}
LINE: Final = frozenset(
    "item description quantity amount revenueAccount revRecTreatment rate".split()  # noqa: SIM905 (a list to read)
)


class NetSuiteError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, detail: str, path: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.path = status, code, path


class Books:
    """One NetSuite account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.closed: set[tuple[str, str]] = set()
        """(subsidiary, YYYY-MM) of closed accounting periods."""

    def find(self, obj: str, ref: str) -> Record | None:
        """Return a record by ``123`` or ``eid:KEY``."""
        if not ref.startswith("eid:"):
            return self._world.table(obj).get(ref)
        key = ref.removeprefix("eid:")
        rows = self._world.table(obj).values()
        return next((row for row in rows if row.get("externalId") == key), None)

    def put(self, obj: str, key: str, given: Record, *, replace: bool) -> Record:
        """Create or update the record with an external id."""
        found = self.find(obj, f"eid:{key}")
        self._known_fields(obj, given)
        if found is None:
            return self._made(obj, {**given, "externalId": key})
        if obj == "invoice" and not replace and "item" in given:
            found["item"]["items"] += given["item"]["items"]
        if obj == "invoice":
            self._invoice(found, {**found, **given})
        else:
            found.update(self._referenced(obj, given))
        self._touch(found)
        return found

    def post(self, obj: str, given: Record) -> Record:
        """Create a record."""
        self._known_fields(obj, given)
        return self._made(obj, given)

    def _made(self, obj: str, given: Record) -> Record:
        key = given.get("externalId")
        if key is not None and self.find(obj, f"eid:{key}") is not None:
            detail = f"This entity already exists: {obj} externalId {key}."
            raise NetSuiteError(400, "DUP_RCRD", detail)
        record: Record = {}
        if obj == "invoice":
            self._invoice(record, given)
        else:
            if obj == "customer" and not given.get("companyName"):
                detail = "Please enter value(s) for: Company Name"
                raise NetSuiteError(400, "USER_ERROR", detail)
            record.update(self._referenced(obj, given))
        record["id"] = str(self._world.number() + 1000)
        if obj == "invoice":
            record["tranId"] = f"INV{record['id']}"
        self._touch(record)
        self._world.table(obj)[record["id"]] = record
        return record

    def _touch(self, record: Record) -> None:
        record["lastModifiedDate"] = self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _known_fields(self, obj: str, given: Record) -> None:
        unknown = sorted(set(given) - FIELDS[obj])
        lines = (given.get("item") or {}).get("items", []) if obj == "invoice" else []
        unknown += sorted({name for line in lines for name in line} - LINE)
        if unknown:
            detail = f"Error while accessing a resource. Unknown property name: {unknown[0]}."
            raise NetSuiteError(400, "INVALID_CONTENT", detail, unknown[0])

    def _referenced(self, obj: str, given: Record) -> Record:
        """Resolve references, and show their names as reads do."""
        found = dict(given)
        tables: Mapping[str, Mapping[str, str]] = {
            "currency": CURRENCIES,
            "subsidiary": {ref: name for ref, (name, _) in SUBSIDIARIES.items()},
            "terms": TERMS,
        }
        for field, table in tables.items():
            if isinstance(found.get(field), Mapping):
                ref = str(found[field].get("id"))
                if ref not in table:
                    detail = f"Invalid Field Value {ref} for the following field: {field}"
                    raise NetSuiteError(400, "INVALID_KEY_OR_REF", detail, field)
                found[field] = {"id": ref, "refName": table[ref]}
        for field, other in (("parent", "customer"), ("entity", "customer")):
            if isinstance(found.get(field), Mapping):
                found[field] = self._other(other, found[field], field)
        if obj == "customer":
            found.setdefault("creditHoldOverride", {"id": "AUTO", "refName": "Auto"})
            found.setdefault("terms", {"id": "2", "refName": "Net 30"})
        return found

    def _other(self, obj: str, reference: Mapping[str, Any], field: str) -> Record:
        eid = reference.get("externalId")
        ref = f"eid:{eid}" if eid else str(reference.get("id"))
        other = self.find(obj, ref)
        if other is None:
            detail = f"Invalid Field Value {ref} for the following field: {field}"
            raise NetSuiteError(400, "INVALID_KEY_OR_REF", detail, field)
        return {"id": other["id"], "refName": other.get("companyName", "")}

    def _invoice(self, record: Record, given: Record) -> None:
        found = self._referenced("invoice", given)
        for needed in ("entity", "subsidiary", "currency", "tranDate", "item"):
            if not found.get(needed):
                raise NetSuiteError(400, "USER_ERROR", f"Please enter value(s) for: {needed}")
        subsidiary = found["subsidiary"]["id"]
        month = str(found["tranDate"])[:7]
        if (subsidiary, month) in self.closed:
            # The exact text of the REST answer is assumed; the code is a plain USER_ERROR.
            detail = f"The transaction date {found['tranDate']} is in a closed accounting period."
            raise NetSuiteError(400, "USER_ERROR", detail)
        lines = [dict(line) for line in found["item"].get("items", [])]
        for index, line in enumerate(lines, start=1):
            line["line"] = index
            named = line.get("item") or {}
            line["item"] = {"id": named.get("id", "0"), **named, **_name("item", named)}
            account = line.get("revenueAccount")
            if account:
                line["revenueAccount"] = {
                    **account,
                    "refName": ACCOUNTS.get(account.get("id"), ""),
                }
        net = sum((Decimal(str(line.get("amount", 0))) for line in lines), Decimal(0))
        tax = Decimal(str(found.get("taxTotal", 0)))
        found["item"] = {"items": lines, "count": len(lines), "hasMore": False}
        found |= {"subtotal": net, "taxTotal": tax, "total": net + tax}
        found |= {"amountRemaining": net + tax, "status": {"id": "Open", "refName": "Open"}}
        found["postingPeriod"] = {"id": month, "refName": month}
        record.update(found)

    def credit(self, ref: str, given: Record) -> Record:
        """Reverse an invoice: a credit memo over its whole total."""
        invoice = self.find("invoice", ref)
        if invoice is None:
            raise NetSuiteError(
                404, "NONEXISTENT_ID", f"The record instance does not exist: {ref}"
            )
        self._known_fields("creditMemo", given)
        key = given.get("externalId")
        for obj in ("invoice", "creditMemo"):
            if key is not None and self.find(obj, f"eid:{key}") is not None:
                raise NetSuiteError(400, "DUP_RCRD", f"This record already exists: {key}")
        memo: Record = {**given, "createdFrom": {"id": invoice["id"]}, "total": invoice["total"]}
        memo |= {"entity": invoice["entity"], "subsidiary": invoice["subsidiary"]}
        memo |= {"currency": invoice["currency"], "id": str(self._world.number() + 1000)}
        memo |= {"status": {"id": "Fully Applied"}, "tranId": f"CM{memo['id']}"}
        self._touch(memo)
        self._world.table("creditMemo")[memo["id"]] = memo
        invoice["status"] = {"id": "Paid In Full", "refName": "Paid In Full"}
        invoice["amountRemaining"] = Decimal(0)
        self._touch(invoice)
        return memo

    def delete(self, obj: str, ref: str) -> None:
        """Delete a record; a posted one stays."""
        found = self.find(obj, ref)
        if found is None:
            raise NetSuiteError(
                404, "NONEXISTENT_ID", f"The record instance does not exist: {ref}"
            )
        if obj == "invoice":
            raise NetSuiteError(400, "USER_ERROR", "This transaction cannot be deleted: posted.")
        del self._world.table(obj)[found["id"]]


def _name(_: str, named: Mapping[str, Any]) -> Record:
    ref = str(named.get("id", ""))
    return {"refName": ref.removeprefix("item-")} if ref.startswith("item-") else {}
