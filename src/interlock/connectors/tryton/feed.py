"""What changed in Tryton: a poll ordered by `last_modified_at`, with overlap (F11).

The cursor is the server's own time (its ``Date`` header when a walk began, less the overlap).
Deleted records are not seen; reconciliation finds them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.cursor import Cursor, vendor_now
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.sighting import sighted
from interlock.connectors.port import Changes, Event, Record
from interlock.connectors.tryton import operations, wire
from interlock.connectors.tryton.records import record_of, rows_of

OVERLAP: Final = timedelta(seconds=10)
"""Longer than a transaction takes to commit; option ``overlap`` (seconds)."""
PAGE: Final = 200


class Feed:
    """Reads one page of changes at a time."""

    def __init__(self, channel: Channel, options: Mapping[str, str]) -> None:
        self._channel = channel
        seconds = options.get("overlap")
        self._overlap = timedelta(seconds=float(seconds)) if seconds else OVERLAP

    def begin(self, obj: str, company: int) -> Changes:
        """Return no events and a cursor that means from now on, by the server's clock."""
        model = operations.model_of(obj)
        answer = self._channel.ask(operations.search(model, [], ("id",), company=company, limit=1))
        rows_of(answer)
        return Changes(events=(), cursor=Cursor(since=vendor_now(answer)).text())

    def after(self, obj: str, cursor: Cursor, company: int) -> Changes:
        """Return the page of changes at `cursor`, oldest first.

        Raises:
            CallFailed: The server did not answer.
        """
        model = operations.model_of(obj)
        since = [["last_modified_at", ">=", wire.moment(cursor.since)]]
        call = operations.changed(model, since, offset=cursor.offset, limit=PAGE, company=company)
        answer = self._channel.ask(call)
        records = [record_of(model, answer, row) for row in rows_of(answer)]
        events = [_event(obj, record, answer) for record in records]
        then = cursor.then or max(vendor_now(answer) - self._overlap, cursor.since)
        if len(records) < PAGE:
            return Changes(events=events, cursor=Cursor(since=then).text())
        going_on = Cursor(since=cursor.since, then=then, offset=cursor.offset + PAGE)
        return Changes(events=events, cursor=going_on.text(), more=True)


def _event(obj: str, record: Record, answer: Answer) -> Event:
    if record.version is None:
        raise answer.malformed("a record without its time of change")
    return sighted(obj, record, datetime.fromisoformat(record.version))
