"""sObject collections: up to 200 records in one call, each with its own answer.

With ``allOrNone`` false, which is the default, what one record is refused for does not touch the
others; with true, one refusal undoes all (developer.salesforce.com, "sObject Collections").

Fault ``record_lock`` strikes single records here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from interlock_sandbox.salesforce.errors import SalesforceError, refused
from interlock_sandbox.salesforce.records import AmbiguousError, Org
from interlock_sandbox.salesforce.transactions import undo_of
from interlock_sandbox.world import Record, World

MOST: Final = 200
_ROLLED_BACK: Final = (
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header"
)
Work = Callable[[Mapping[str, Any]], Record]


class Collections:
    """Makes, changes, upserts and deletes many records at once."""

    def __init__(self, world: World, org: Org) -> None:
        self._world = world
        self._org = org

    def create(self, body: Mapping[str, Any]) -> list[Record]:
        """Make records."""

        def made(row: Mapping[str, Any]) -> Record:
            return _done(self._org.make(_type(row), row))

        return self._each(body, made)

    def update(self, body: Mapping[str, Any]) -> list[Record]:
        """Change records by their ids; each says its ``id``."""

        def changed(row: Mapping[str, Any]) -> Record:
            obj, ref = _type(row), str(row.get("id") or row.get("Id") or "")
            record = self._org.find(obj, ref)
            said = {name: value for name, value in row.items() if name not in {"id", "Id"}}
            self._org.change(obj, record, said)
            return _done(record)

        return self._each(body, changed)

    def upsert(self, obj: str, field: str, body: Mapping[str, Any]) -> list[Record]:
        """Make or change records by their external ids."""
        seen: set[str] = set()

        def upserted(row: Mapping[str, Any]) -> Record:
            if _type(row) != obj:
                raise refused("INVALID_TYPE", f"not a record of {obj}")
            value = str(row.get(field) or "").casefold()
            if value and value in seen:
                raise refused("DUPLICATE_VALUE", f"Duplicate external id specified: {value}")
            seen.add(value)
            record, created = self._org.upsert(obj, field, row)
            return {**_done(record), "created": created}

        return self._each(body, upserted)

    def delete(self, refs: Sequence[str], *, all_or_none: bool) -> list[Record]:
        """Delete records by their ids, whatever they are."""

        def deleted(row: Mapping[str, Any]) -> Record:
            obj, record = self._org.anything(str(row["id"]))
            self._org.delete(obj, record)
            return _done(record)

        rows = [{"id": ref} for ref in refs]
        return self._each({"records": rows, "allOrNone": all_or_none}, deleted)

    def retrieve(self, obj: str, refs: Sequence[str], names: Sequence[str]) -> list[Record | None]:
        """Return fields of records in the order of their ids; null where there is none."""
        found: list[Record | None] = []
        for ref in refs:
            try:
                record = self._org.find(obj, ref)
            except SalesforceError:
                found.append(None)
            else:
                shown = {name: record.get(name) for name in dict.fromkeys(["Id", *names])}
                found.append({"attributes": {"type": obj}, **shown})
        return found

    def _each(self, body: Mapping[str, Any], work: Work) -> list[Record]:
        rows = body.get("records")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise refused("JSON_PARSER_ERROR", "The HTTP entity body is required.")
        if len(rows) > MOST:
            message = f"record limit reached. cannot submit more than {MOST} records in this call"
            raise refused("EXCEEDED_ID_LIMIT", message)
        if body.get("allOrNone") is not True:
            return [self._one(row, work) for row in rows]
        undo = undo_of(self._world)
        found = [self._one(row, work) for row in rows]
        if not all(row["success"] for row in found):
            undo()
            found = [_rolled_back() if row["success"] else row for row in found]
        return found

    def _one(self, row: Mapping[str, Any], work: Work) -> Record:
        key = f"record {sorted(row.items(), key=str)}"
        try:
            if self._world.faults.decide("record_lock", key):
                message = "unable to obtain exclusive access to this record or 1 records"
                raise refused("UNABLE_TO_LOCK_ROW", message)
            return work(row)
        except AmbiguousError as several:
            return _failed(refused("DUPLICATE_VALUE", str(several)))
        except SalesforceError as error:
            return _failed(error)


def _type(row: Mapping[str, Any]) -> str:
    found = row.get("attributes")
    if not isinstance(found, Mapping) or not found.get("type"):
        raise refused("INVALID_TYPE", "the record does not say its type")
    return str(found["type"])


def _done(record: Record) -> Record:
    return {"id": record["Id"], "success": True, "errors": []}


def _failed(error: SalesforceError) -> Record:
    said = {"statusCode": error.code, "message": str(error), "fields": list(error.fields)}
    return {"success": False, "errors": [said]}


def _rolled_back() -> Record:
    return _failed(refused("ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK))
