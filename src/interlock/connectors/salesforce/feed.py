"""What changed in Salesforce: a poll ordered by `SystemModstamp`, with overlap (F11).

The cursor is the vendor's own time (its ``Date`` header when the first page was asked, less the
overlap), so that records saved by a transaction that commits late are still seen, and quiet
records are not read for ever. Deleted and merged records are seen through queryAll (F20). What
all that misses, `sweep` finds later. A poll of a quiet object is one request.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.paging import every
from interlock.connectors.kit.sighting import sighted
from interlock.connectors.port import Body, CallFailed, Changes, Event, Record
from interlock.connectors.salesforce import operations
from interlock.connectors.salesforce.cursor import Cursor, soql_time
from interlock.connectors.salesforce.objects import Objects, read_page
from interlock.connectors.salesforce.sweep import CHUNK, Sweep, purged
from interlock.connectors.stream import Notice

OVERLAP: Final = timedelta(seconds=10)
"""Longer than the vendor's commit lag and clock skew together; option ``overlap`` (seconds)."""
BATCH: Final = 200
"""Rows of a page: the vendor's least, so that a page with all fields and lines stays small."""
LONGEST_LIST: Final = 6_000
"""Characters of the values that one query names: a URL is read up to 16,384 bytes, and every
quotation mark and space in it takes three."""
GONE: Final = "INVALID_QUERY_LOCATOR"


class Feed:
    """Reads one page of changes at a time."""

    def __init__(self, channel: Channel, objects: Objects, options: Mapping[str, str]) -> None:
        self._channel = channel
        self._objects = objects
        seconds = options.get("overlap")
        self._overlap = timedelta(seconds=float(seconds)) if seconds else OVERLAP
        self._sweep = Sweep(channel, self.of, options)

    def begin(self, obj: str) -> Changes:
        """Return no events and a cursor that means from now on, by the vendor's clock."""
        soql = operations.select(obj, ("Id", "SystemModstamp"))
        answer = self._channel.ask(
            operations.query_all(f"{soql} ORDER BY SystemModstamp DESC LIMIT 1")
        )
        page = read_page(answer)
        latest = moment_of(page.items[0], answer) if page.items else None
        now = _vendor_now(answer) or latest or self._channel.wire.now()
        begun = max(now, latest or now)
        return Changes(events=(), cursor=Cursor(since=begun, covered=begun).text())

    def after(self, obj: str, cursor: Cursor) -> Changes:
        """Return the page of changes at `cursor`.

        Raises:
            CallFailed: The vendor did not answer. A walk whose pages the vendor has forgotten
                is begun again: overlap costs nothing, a gap would.
        """
        cursor = replace(cursor, covered=cursor.covered or cursor.since)
        if self._sweep.is_due(cursor):
            return self._sweep.half(obj, cursor)
        if cursor.locator:
            try:
                answer = self._channel.ask(operations.next_page(cursor.locator))
            except CallFailed as failure:
                if failure.outcome.code != GONE:
                    raise
                return self.after(obj, replace(cursor, then=None, locator=""))
        else:
            answer = self._channel.ask(operations.feed(self._soql(obj, cursor.since), BATCH))
        return self._changes(obj, cursor, answer)

    def of(self, obj: str, refs: Sequence[str]) -> list[Event]:
        """Return what became of the records `refs`, in one query; what is not there has no event.

        Raises:
            CallFailed: They could not be read.
        """
        answer, rows = self._read(obj, refs)
        return [self._event(obj, row, answer) for row in rows]

    def told(self, notices: Sequence[Notice]) -> list[Event]:
        """Return what became of the records that change events name, read back.

        What no query sees any more is gone, if that is what its change event said.

        Raises:
            CallFailed: They could not be read.
        """
        events: list[Event] = []
        for obj in dict.fromkeys(notice.object for notice in notices):
            named = {ref: each for each in notices if each.object == obj for ref in each.refs}
            refs = list(named)
            found = [
                event
                for start in range(0, len(refs), CHUNK)
                for event in self.of(obj, refs[start : start + CHUNK])
            ]
            seen = {event.ref[:15] for event in found}
            gone = [ref for ref in refs if ref[:15] not in seen and named[ref].deleted]
            events += [*found, *(purged(obj, ref, named[ref].at) for ref in gone)]
        return events

    def records(self, obj: str, refs: Sequence[str]) -> list[Record]:
        """Return the records `refs` as they are now, in one query; deleted ones are left out.

        Raises:
            CallFailed: They could not be read.
        """
        found = [self._objects.record(obj, row) for row in self._read(obj, refs)[1]]
        return [record for record in found if record.body.get("IsDeleted") is not True]

    def among(self, obj: str, field: str, values: Iterable[str]) -> Iterator[Record]:
        """Yield the records whose `field` is one of `values`, in as few queries as that takes.

        Raises:
            CallFailed: They could not be read.
        """
        for named in portions(map(operations.literal, values)):
            where = f"WHERE {operations.name(field)} IN ({', '.join(named)})"
            soql = f"{self._objects.select(obj)} {where}"
            first = read_page(self._channel.ask(operations.query(soql)))
            for row in every(first, self._objects.next_page):
                yield self._objects.record(obj, row)

    def _read(self, obj: str, refs: Sequence[str]) -> tuple[Answer, Iterator[Body]]:
        named = ", ".join(map(operations.literal, refs))
        soql = f"{self._objects.select(obj)} WHERE Id IN ({named})"
        answer = self._channel.ask(operations.query_all(soql))
        return answer, every(read_page(answer), self._objects.next_page)

    def _soql(self, obj: str, since: datetime) -> str:
        return (
            f"{self._objects.select(obj)} WHERE SystemModstamp >= {soql_time(since)} "
            "ORDER BY SystemModstamp, Id"
        )

    def _changes(self, obj: str, cursor: Cursor, answer: Answer) -> Changes:
        page = read_page(answer)
        events = tuple(self._event(obj, row, answer) for row in page.items)
        latest = max((event.at for event in events), default=cursor.since)
        then = cursor.then or max((_vendor_now(answer) or latest) - self._overlap, cursor.since)
        if page.next is None:
            done = replace(cursor, since=then, then=None, locator="")
            return Changes(events=events, cursor=done.text())
        going_on = replace(cursor, then=then, locator=page.next)
        return Changes(events=events, cursor=going_on.text(), more=True)

    def _event(self, obj: str, row: Body, answer: Answer) -> Event:
        record = self._objects.record(obj, row)
        return sighted(obj, record, moment_of(row, answer), verb=_verb(record.body))


def portions(literals: Iterable[str]) -> Iterator[list[str]]:
    """Yield literals in groups that one query can name: it travels in a URL."""
    group: list[str] = []
    for each in literals:
        if len(group) >= BATCH or sum(map(len, group)) + len(each) > LONGEST_LIST:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _verb(body: Body) -> str:
    if body.get("MasterRecordId"):
        return "merged"
    return "deleted" if body.get("IsDeleted") is True else "changed"


def moment_of(row: Body, answer: Answer) -> datetime:
    """Return when `row` was last changed, by the vendor's clock.

    Raises:
        CallFailed: The row does not say.
    """
    try:
        moment = datetime.fromisoformat(str(row.get("SystemModstamp")))
    except ValueError:
        raise answer.malformed("a record without a SystemModstamp") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _vendor_now(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None
