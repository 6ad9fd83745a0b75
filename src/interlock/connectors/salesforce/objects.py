"""Which fields an object has, so that reads can ask for them; and rows made into records.

SOQL has no `*`. The fields are those of the option ``fields.<Object>`` (comma-separated API
names), else what the vendor's describe lists, remembered for a while (F19: they may change).
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.paging import Page, every
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Verdict
from interlock.connectors.salesforce import operations
from interlock.foundation.clock import Clock

REMEMBERED: Final = timedelta(minutes=10)
UNREADABLE: Final = frozenset({"address", "location", "base64"})
"""Types that repeat other fields or are not for queries."""
ALWAYS: Final = ("Id", "SystemModstamp", "IsDeleted")


class Objects:
    """The fields of every object that was asked about."""

    def __init__(self, channel: Channel, clock: Clock, options: Mapping[str, str]) -> None:
        self._channel = channel
        self._clock = clock
        self._options = options
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def select(self, obj: str) -> str:
        """Return the beginning of a query for all that is read of `obj`.

        Raises:
            CallFailed: The vendor did not say which fields it has.
        """
        child = operations.CHILDREN.get(obj)
        children = self._fields(child[1]) if child else ()
        return operations.select(obj, self._fields(obj), children)

    def forget(self) -> None:
        """Forget all fields: one of them is gone."""
        with self._lock:
            self._known.clear()

    def _fields(self, obj: str) -> tuple[str, ...]:
        declared = self._options.get(f"fields.{obj}")
        if declared:
            names = [operations.name(field.strip()) for field in declared.split(",")]
            return tuple(dict.fromkeys([*names, *ALWAYS]))
        with self._lock:
            known = self._known.get(obj)
        if known and self._clock.now() < known[0]:
            return known[1]
        fields = _described(self._channel.ask(operations.describe(obj)))
        with self._lock:
            self._known[obj] = (self._clock.now() + REMEMBERED, fields)
        return fields

    def record(self, obj: str, row: Body) -> Record:
        """Return a row of a query as a record, with all of its child records.

        Raises:
            CallFailed: More of the children could not be read.
        """
        body = plain(row)
        child = operations.CHILDREN.get(obj)
        if child:
            lines = [plain(line) for line in self._children(row.get(child[0]))]
            alive = [line for line in lines if line.get("IsDeleted") is not True]
            alive.sort(key=lambda line: str(line.get("Id", "")))
            body[child[0]] = {"totalSize": len(alive), "done": True, "records": alive}
        version = body.get("SystemModstamp")
        return Record(ref=str(body["Id"]), body=body, version=str(version) if version else None)

    def _children(self, found: object) -> list[Body]:
        if not isinstance(found, dict):
            return []  # the vendor writes null for "none"
        first = page_of(found)
        if found.get("done") is not True and first.next is None:
            raise _malformed("lines that are not done, and say not where they go on")
        return list(every(first, self.next_page))

    def next_page(self, locator: str) -> Page:
        """Return the page at `locator`.

        Raises:
            CallFailed: It could not be read, or it is not on this system.
        """
        if not operations.is_locator(locator):
            raise _malformed("a next page that is not on this system")
        return read_page(self._channel.ask(operations.next_page(locator)))


def _malformed(what: str) -> CallFailed:
    return CallFailed(
        Outcome(verdict=Verdict.RETRYABLE, kind=Kind.MALFORMED, message=f"the answer has {what}")
    )


def plain(row: Body) -> dict[str, object]:
    """Return `row` without the vendor's notes about it (type and URL)."""
    return {name: value for name, value in row.items() if name != "attributes"}


def read_page(answer: Answer) -> Page:
    """Return the page in a query's answer.

    Raises:
        CallFailed: It is not one: no list of records with ids, or a next page somewhere else.
    """
    page = page_of(answer.mapping())
    records = answer.mapping().get("records")
    if not isinstance(records, list) or len(records) != len(page.items):
        raise answer.malformed("a query's answer without its records")
    if not all(isinstance(item.get("Id"), str) for item in page.items):
        raise answer.malformed("a record without an Id")
    if page.next is not None and not operations.is_locator(page.next):
        raise answer.malformed("its next page is not on this system")
    if answer.mapping().get("done") is False and page.next is None:
        raise answer.malformed("it is not done, and says not where it goes on")
    return page


def page_of(found: Body) -> Page:
    """Return the records in `found` and where the next ones are."""
    records = found.get("records")
    items = [row for row in records if isinstance(row, dict)] if isinstance(records, list) else []
    locator = found.get("nextRecordsUrl")
    return Page(items=items, next=str(locator) if locator else None)


def _described(answer: Answer) -> tuple[str, ...]:
    fields = answer.mapping().get("fields")
    if not isinstance(fields, list):
        raise answer.malformed("a description without fields")
    found = [field for field in fields if isinstance(field, dict)]
    names = [str(field.get("name")) for field in found if field.get("type") not in UNREADABLE]
    if "Id" not in names or not all(operations.is_name(name) for name in names):
        raise answer.malformed("a description with names that are none")
    return tuple(names)


def is_gone(record: Record) -> bool:
    """Tell whether a record was deleted; one that was merged lives on under another id."""
    return record.body.get("IsDeleted") is True and not record.body.get("MasterRecordId")
