"""What changed in Odoo: a poll by `write_date` and id, with overlap, on Odoo's clock (F11).

`write_date` is the time at which a transaction began, shown without its fraction. So the overlap
must be longer than a transaction, and a page that is full may end amid a second: the rest of that
second is read by id, which no later change can shift. Two changes within one second differ by
what they say, so an event's id has a digest of it. An archived record is a change like any other
(`active` is false then); what was deleted is found by counting, see `census`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.cursor import vendor_now
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.position import Position, position_of
from interlock.connectors.kit.sighting import sighted
from interlock.connectors.odoo.census import EVERY, Census, Counter, census_of, ranges_of
from interlock.connectors.odoo.models import Model
from interlock.connectors.odoo.operations import Domain, Scope
from interlock.connectors.odoo.records import MODIFIED, Records
from interlock.connectors.odoo.wire import moment
from interlock.connectors.port import Changes, Event, Record
from interlock.foundation.errors import UsageError

OVERLAP: Final = timedelta(seconds=30)
"""Longer than a transaction takes; option ``overlap`` (seconds)."""
PAGE: Final = 200
TICK: Final = timedelta(seconds=1)
_BREAK: Final = "#"


class Feed:
    """Reads one page of changes at a time."""

    def __init__(self, records: Records, counter: Counter, options: Mapping[str, str]) -> None:
        self._records = records
        self._counter = counter
        counted = options.get("census")
        self._every = timedelta(seconds=float(counted)) if counted else EVERY
        seconds = options.get("overlap")
        self._overlap = timedelta(seconds=float(seconds)) if seconds else OVERLAP

    def begin(self, model: Model, scope: Scope) -> Changes:
        """Return no events and a cursor that means from now on, by Odoo's clock."""
        answer = self._page(model, [["id", "=", 0]], "id", scope)[1]
        at = Position(since=vendor_now(answer))
        census = self._counter.taken(model, at.since, scope) if self._every else None
        return Changes(events=(), cursor=_cursor(at, census))

    def after(self, model: Model, cursor: str, scope: Scope) -> Changes:
        """Return the page of changes at a cursor, oldest first; deletions at the end of a walk.

        Raises:
            CallFailed: Odoo did not answer.
            UsageError: The cursor is none of ours.
        """
        walked, _, counted = cursor.partition(_BREAK)
        at = position_of(walked, "Odoo")
        try:
            census = census_of(counted)
        except (ValueError, OverflowError):
            raise UsageError(
                "this is not a cursor of the Odoo connector",
                hint="Give back the cursor of the last page unchanged, or none to begin now.",
            ) from None
        page, answer = self._walk(model, at, scope)
        now = vendor_now(answer)
        due = self._every and (census is None or now - census.at >= self._every)
        if page.more or not due:
            return replace(page, cursor=_cursor(position_of(page.cursor, "Odoo"), census))
        return self._counted(model, page, census, now, scope)

    def _counted(
        self, model: Model, page: Changes, census: Census | None, now: datetime, scope: Scope
    ) -> Changes:
        found = self._counter.taken(model, now, scope)
        missing = census.missing(found.ranges) if census else []
        gone = self._counter.deleted(model, missing, scope)
        # What nobody can tell of is asked for again at the next census.
        untold = set(missing) - set(gone)
        kept = replace(found, ranges=ranges_of([*_each(found.ranges), *untold]))
        events = [*page.events, *(_deleted(model, ref, now) for ref in gone)]
        return replace(page, events=events, cursor=_cursor(position_of(page.cursor, "Odoo"), kept))

    def _walk(self, model: Model, at: Position, scope: Scope) -> tuple[Changes, Answer]:
        since = at.since.replace(microsecond=0)
        inside = bool(at.token)
        if inside:
            domain: Domain = [
                [MODIFIED, ">=", moment(since)],
                [MODIFIED, "<", moment(since + TICK)],
                ["id", ">", int(at.token)],
            ]
            order = "id"
        else:
            domain, order = [[MODIFIED, ">=", moment(since)]], f"{MODIFIED},id"
        records, answer = self._page(model, domain, order, scope)
        events = [_event(model, record, answer) for record in records]
        then = at.then or max(vendor_now(answer) - self._overlap, at.since)
        if len(events) == PAGE:
            token = records[-1].ref if inside else "0"
            going_on = Position(since=events[-1].at, then=then, pages=at.pages + 1, token=token)
        elif inside:
            going_on = Position(since=since + TICK, then=then, pages=at.pages + 1)
        else:
            return Changes(events=events, cursor=Position(since=then).text()), answer
        return Changes(events=events, cursor=going_on.text(), more=True), answer

    def _page(
        self, model: Model, domain: Domain, order: str, scope: Scope
    ) -> tuple[list[Record], Answer]:
        return self._records.page(model, domain, scope, order=order, limit=PAGE)


def earlier(cursor: str, by: timedelta) -> str:
    """Return the cursor of a first poll that stands `by` before; its census stays."""
    walked, _, counted = cursor.partition(_BREAK)
    since = position_of(walked, "Odoo").since - by
    return _cursor(Position(since=since), census_of(counted))


def _cursor(at: Position, census: Census | None) -> str:
    return at.text() if census is None else f"{at.text()}{_BREAK}{census.text()}"


def _each(ranges: Sequence[tuple[int, int]]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def _deleted(model: Model, ref: int, now: datetime) -> Event:
    return Event(
        id=f"{ref}:deleted",
        type=f"{model.obj}.deleted",
        object=model.obj,
        ref=str(ref),
        body={},
        at=now,
    )


def _event(model: Model, record: Record, answer: Answer) -> Event:
    if record.version is None:
        raise answer.malformed("a record without its time of change")
    return sighted(model.obj, record, datetime.fromisoformat(record.version))
