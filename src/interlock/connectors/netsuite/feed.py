"""What changed in NetSuite: SuiteQL ordered by the time of change, with overlap (F11).

The cursor is the vendor's own time, taken from its ``Date`` header when a walk began, less the
overlap; inside a walk it is the last row that was shown. Each changed record is then read in full:
SuiteQL's columns are not the record's fields. What the overlap shows again is not read again:
concurrency is scarce and shared by everybody. Deleted records are not seen; reconciliation finds
them.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.cursor import Cursor, vendor_now
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.sighting import sighted
from interlock.connectors.netsuite import operations
from interlock.connectors.netsuite.records import Records
from interlock.connectors.netsuite.references import rows
from interlock.connectors.port import Body, CallFailed, Changes, Event, Record

OVERLAP: Final = timedelta(seconds=10)
"""Longer than the vendor's commit lag; option ``overlap`` (seconds)."""
PAGE: Final = 50
"""So few because each is read by itself afterwards, and one call must stay bounded."""
TYPES: Final[Mapping[str, str]] = {
    "creditMemo": "CustCred",
    "customerPayment": "CustPymt",
    "customerRefund": "CustRfnd",
    "invoice": "CustInvc",
    "itemReceipt": "ItemRcpt",
    "journalEntry": "Journal",
    "purchaseOrder": "PurchOrd",
    "purchaseRequisition": "PurchReq",
    "salesOrder": "SalesOrd",
    "vendorBill": "VendBill",
    "vendorCredit": "VendCred",
    "vendorPayment": "VendPymt",
}
"""Record type -> the code by which SuiteQL's table of all transactions tells them apart."""
QUIET: Final = timedelta(seconds=2)
"""SuiteQL tells times in seconds: only when this one is over can it not be changed once more."""
MAX_REMEMBERED: Final = 2_000
_FORM: Final = "YYYY-MM-DD HH24:MI:SS"


class Feed:
    """Reads one page of changes at a time."""

    def __init__(self, channel: Channel, records: Records, options: Mapping[str, str]) -> None:
        self._channel = channel
        self._records = records
        seconds = options.get("overlap")
        self._overlap = timedelta(seconds=float(seconds)) if seconds else OVERLAP
        self._lock = threading.Lock()
        self._told: OrderedDict[tuple[str, str, str], Event] = OrderedDict()

    def begin(self, obj: str) -> Changes:
        """Return no events and a cursor that means from now on, by the vendor's clock."""
        answer = self._page(obj, Cursor(since=self._channel.wire.now()), limit=1)
        return Changes(events=(), cursor=Cursor(since=vendor_now(answer)).text())

    def after(self, obj: str, cursor: Cursor) -> Changes:
        """Return the page of changes at `cursor`, oldest first.

        A page is one query and a read for every row, and under a quota some read will fail: what
        was read until then is told, and the next page begins with the row that was not.

        Raises:
            CallFailed: The vendor did not answer, or not for the first row.
        """
        answer = self._page(obj, cursor, limit=PAGE)
        found = _rows(answer)
        then = cursor.then or max(vendor_now(answer) - self._overlap, cursor.since)
        events, read = self._events(obj, found, answer)
        if len(read) < len(found):
            return Changes(events=events, cursor=_behind(read[-1], then, answer).text(), more=True)
        if answer.mapping().get("hasMore") is not True:
            return Changes(events=events, cursor=Cursor(since=then).text())
        if not found:
            raise answer.malformed("it says that there is more, and shows nothing")
        return Changes(events=events, cursor=_behind(found[-1], then, answer).text(), more=True)

    def _events(
        self, obj: str, found: list[Body], answer: Answer
    ) -> tuple[list[Event], list[Body]]:
        """Return the events of the first rows, and those rows: all, or up to one that fails."""
        events: list[Event] = []
        for count, row in enumerate(found):
            try:
                event = self._event(obj, row, answer)
            except CallFailed:
                if not count:
                    raise
                return events, found[:count]
            if event is not None:
                events.append(event)
        return events, found

    def _page(self, obj: str, cursor: Cursor, *, limit: int) -> Answer:
        kind = TYPES.get(operations.record_type(obj))
        table, where = ("transaction", f"type = '{kind}' AND ") if kind else (obj, "")
        since = f"TO_TIMESTAMP('{cursor.since:%Y-%m-%d %H:%M:%S}', '{_FORM}')"
        later = f"lastmodifieddate >= {since}"
        if cursor.then is not None:
            same = f"lastmodifieddate = {since} AND id > {cursor.offset}"
            later = f"(lastmodifieddate > {since} OR ({same}))"
        query = (
            f"SELECT id, TO_CHAR(lastmodifieddate, '{_FORM}') AS modified FROM {table} "  # noqa: S608 (no foreign text)
            f"WHERE {where}{later} ORDER BY lastmodifieddate, id"
        )
        return self._channel.ask(operations.suiteql(query, limit=limit, offset=0))

    def _event(self, obj: str, row: Body, answer: Answer) -> Event | None:
        """Return the event for a row; ``None`` for a record that is gone by now."""
        place = (obj, str(row.get("id")), str(row.get("modified")))
        with self._lock:
            told = self._told.get(place)
        if told is not None:
            return told
        event = self._read(obj, row, answer)
        if event is not None and _is_over(place[2], vendor_now(answer)):
            with self._lock:
                self._told[place] = event
                while len(self._told) > MAX_REMEMBERED:
                    self._told.popitem(last=False)
        return event

    def _read(self, obj: str, row: Body, answer: Answer) -> Event | None:
        record = self._records.read(obj, str(row.get("id")))
        if record is None:
            return None
        return sighted(obj, record, _moment(record, row, answer))


def _rows(answer: Answer) -> list[Body]:
    found = rows(answer.mapping())
    if not isinstance(answer.mapping().get("items"), list) or not all(
        operations.is_id(str(row.get("id"))) for row in found
    ):
        raise answer.malformed("a list of rows with ids was expected")
    return found


def _behind(row: Body, then: datetime, answer: Answer) -> Cursor:
    """Return where a walk goes on: behind the last row, by its time and, within that, its id.

    Counting rows instead would lose one whenever a row that was shown is changed once more and
    moves to the end; and SuiteQL counts no further than 100,000.
    """
    try:
        since = datetime.fromisoformat(str(row.get("modified"))).replace(tzinfo=UTC)
    except ValueError:
        raise answer.malformed("a row without its time of change") from None
    return Cursor(since=since, then=then, offset=int(str(row.get("id"))))


def _moment(record: Record, row: Body, answer: Answer) -> datetime:
    try:
        moment = datetime.fromisoformat(str(record.version or row.get("modified")))
    except ValueError:
        raise answer.malformed("a record without its time of change") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_over(modified: str, now: datetime) -> bool:
    """Tell whether the second of a change is over, so that the row would show another change."""
    try:
        return datetime.fromisoformat(modified).replace(tzinfo=UTC) + QUIET <= now
    except ValueError:
        return False
