"""Look over again what polls by `SystemModstamp` may have missed: getUpdated and getDeleted.

A transaction stamps its records when it saves them and shows them when it commits. One that is
open for longer than the overlap commits behind the poll's cursor, and a poll never sees it. What
was removed from the recycle bin no query sees at all. The replication calls know both: they say
how far their answer is complete (``latestDateCovered``), and the next must begin there, not at
the end that was asked (developer.salesforce.com, "Get Updated", "Get Deleted"; F11, F20).

A sweep is made of two calls, in two polls: what was made or changed, then what was deleted. It
asks for a span that polls have covered, of at least the vendor's minute, in whole seconds. A span
with very many records is halved.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import CallFailed, Changes, Event
from interlock.connectors.salesforce import operations
from interlock.connectors.salesforce.cursor import Cursor, soql_time

EVERY: Final = timedelta(minutes=5)
"""Between two sweeps; option ``sweep`` (seconds, 0: none)."""
LEAST: Final = timedelta(minutes=1)
"""The vendor's least span."""
LONGEST: Final = timedelta(days=14)
"""The vendor knows for 15 days what was deleted (and for 30 what was changed, which the poll has
read by then); a day for clocks and for the way there."""
MOST: Final = 1_000
"""Records of one page of a sweep: more, and its span is halved."""
CHUNK: Final = 200
"""Records that are read in one query: their ids fit into the URL with all fields."""
_TOO_OLD: Final = "INVALID_REPLICATION_DATE"
_TOO_MANY: Final = "EXCEEDED_ID_LIMIT"

Reader = Callable[[str, Sequence[str]], list[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one half of a sweep said."""

    ids: Mapping[str, datetime | None]
    """Record id -> when it was deleted, if it was."""
    covered: datetime


class Sweep:
    """Asks what was changed and what was deleted in a span that polls have covered."""

    def __init__(self, channel: Channel, read: Reader, options: Mapping[str, str]) -> None:
        self._channel = channel
        self._read = read
        seconds = options.get("sweep")
        self._every = timedelta(seconds=float(seconds)) if seconds is not None else EVERY

    def is_due(self, cursor: Cursor) -> bool:
        """Tell whether it is time to look again; the first poll of a walk never is."""
        if not self._every or cursor.locator or cursor.covered is None:
            return False
        if cursor.half is not None:
            return True
        span = cursor.since - (cursor.asked or cursor.covered)
        return span >= self._every and cursor.since - cursor.covered >= LEAST

    def half(self, obj: str, cursor: Cursor) -> Changes:
        """Return what one half of the sweep that is due at `cursor` found.

        Raises:
            CallFailed: The vendor did not answer.
        """
        covered = cursor.covered or cursor.since
        if cursor.since - covered > LONGEST:
            return self._given_up(cursor, covered, cursor.since - LONGEST)
        return (
            self._deleted(obj, cursor, covered)
            if cursor.half
            else self._updated(obj, cursor, covered)
        )

    def _updated(self, obj: str, cursor: Cursor, covered: datetime) -> Changes:
        until, found = self._asked("updated", obj, covered, cursor.since)
        events = self._events(obj, list(found.ids))
        after = replace(cursor, asked=until, half=min(found.covered, until))
        return Changes(events=events, cursor=after.text(), more=until < cursor.since)

    def _deleted(self, obj: str, cursor: Cursor, covered: datetime) -> Changes:
        try:
            until, found = self._asked("deleted", obj, covered, cursor.asked or cursor.since)
        except CallFailed as failure:
            if failure.outcome.code != _TOO_OLD:
                raise
            return self._given_up(cursor, covered, cursor.half or covered)
        events = self._events(obj, list(found.ids))
        seen = {event.ref[:15] for event in events}
        gone = [ref for ref in found.ids if ref[:15] not in seen]
        events += [purged(obj, ref, found.ids[ref] or found.covered) for ref in gone]
        both = min(found.covered, cursor.half or found.covered, until)
        after = replace(cursor, covered=max(both, covered), half=None)
        return Changes(events=events, cursor=after.text(), more=until < cursor.since)

    def _asked(
        self, what: str, obj: str, start: datetime, end: datetime
    ) -> tuple[datetime, _Found]:
        """Ask for a span, or for its first part if there is too much in all of it."""
        while True:
            shorter = start + (end - start) / 2
            try:
                answer = self._channel.ask(operations.replicated(what, obj, start, end))
            except CallFailed as failure:
                if failure.outcome.code != _TOO_MANY or shorter - start < LEAST:
                    raise
            else:
                found = _found(what, answer)
                if len(found.ids) <= MOST or shorter - start < LEAST:
                    return end, found
            end = shorter

    def _events(self, obj: str, refs: Sequence[str]) -> list[Event]:
        return [
            event
            for start in range(0, len(refs), CHUNK)
            for event in self._read(obj, refs[start : start + CHUNK])
        ]

    def _given_up(self, cursor: Cursor, covered: datetime, later: datetime) -> Changes:
        """Go on from `later`, and say that nobody knows what was deleted before."""
        after = replace(cursor, covered=max(later, covered), asked=later, half=None)
        gap = (
            f"Salesforce no longer says what was deleted since {soql_time(covered)}; "
            f"it is known again from {soql_time(later)} on"
        )
        return Changes(events=(), cursor=after.text(), gap=gap)


def purged(obj: str, ref: str, at: datetime) -> Event:
    """Return the event of a record that is not even in the recycle bin any more."""
    return Event(
        id=f"{ref}:{soql_time(at)}:deleted",
        type=f"{obj}.deleted",
        object=obj,
        ref=ref,
        body={"Id": ref, "IsDeleted": True},
        at=at,
    )


def _found(what: str, answer: Answer) -> _Found:
    said = answer.mapping()
    rows = said.get("ids" if what == "updated" else "deletedRecords")
    if not isinstance(rows, list):
        raise answer.malformed(f"what was {what} is no list")
    ids = dict(_named(row, answer) for row in rows)
    return _Found(ids=ids, covered=_time(said.get("latestDateCovered"), answer))


def _named(row: object, answer: Answer) -> tuple[str, datetime | None]:
    if isinstance(row, str) and row:
        return row, None
    if isinstance(row, dict) and isinstance(row.get("id"), str):
        return row["id"], _time(row.get("deletedDate"), answer)
    raise answer.malformed("a record without an id")


def _time(found: object, answer: Answer) -> datetime:
    try:
        return datetime.fromisoformat(str(found)).astimezone(UTC)
    except ValueError:
        raise answer.malformed("it does not say how far it is complete") from None
