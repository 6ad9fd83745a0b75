"""What changed in a declared API: a poll by its own clock, with overlap (F11).

The cursor is the ``Date`` of the answer that began a walk, less the overlap. One page a call.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.cursor import vendor_now
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.paging import MAX_PAGES
from interlock.connectors.kit.pointer import pointed
from interlock.connectors.kit.position import Position
from interlock.connectors.kit.sighting import sighted
from interlock.connectors.port import Changes, Event, Record
from interlock.connectors.rest import calls
from interlock.connectors.rest.objects import is_deleted, record_of, rows_at
from interlock.connectors.rest.paging import asked, following
from interlock.estate.kinds.rest import Headers, Listing, RestObject

OVERLAP: Final = timedelta(seconds=10)
_FORMS: Final = {"epoch": 1, "epoch-ms": 1000}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The changes of one kind of object."""

    name: str
    what: RestObject
    how: Listing
    overlap: timedelta
    headers: Headers

    def begin(self, channel: Channel) -> Changes:
        """Return no events and a cursor that means from now on, by the system's clock."""
        now = Position(since=channel.wire.now())
        answer = channel.ask(
            calls.listing(self.how, self._since(now), asked(self.how.paging, now), self.headers)
        )
        rows_at(answer, self.how.items)
        return Changes(events=(), cursor=Position(since=vendor_now(answer)).text())

    def after(self, channel: Channel, position: Position) -> Changes:
        """Return the page at `position`.

        Raises:
            CallFailed: It did not come, or makes no sense.
        """
        paging = self.how.paging
        query = asked(paging, position)
        call = calls.listing(self.how, self._since(position), query, self.headers)
        answer = channel.ask(call)
        rows = rows_at(answer, self.how.items)
        events = [self._event(record_of(self.what, answer, row), answer) for row in rows]
        events.sort(key=lambda event: event.at)
        then = position.then or max(vendor_now(answer) - self.overlap, position.since)
        token = following(paging, answer, len(rows), call, channel.wire.origin)
        if token is None:
            return Changes(events=events, cursor=Position(since=then).text())
        if (token and token == position.token) or position.pages + 1 >= MAX_PAGES:
            raise answer.malformed("its pages do not end")
        on = Position(since=position.since, then=then, pages=position.pages + 1, token=token)
        return Changes(events=events, cursor=on.text(), more=True)

    def _since(self, position: Position) -> str:
        if self.how.moments == "iso":
            return position.since.strftime("%Y-%m-%dT%H:%M:%SZ")  # down to the second: never late
        return str((position.since - EPOCH) // timedelta(seconds=1) * _FORMS[self.how.moments])

    def _event(self, record: Record, answer: Answer) -> Event:
        at = self._moment(pointed(record.body, str(self.what.modified)))
        if at is None:
            raise answer.malformed(
                f"an object without its time of change at `{self.what.modified}`"
            )
        verb = "deleted" if is_deleted(self.what, record) else "changed"
        return sighted(self.name, record, at, verb=verb)

    def _moment(self, value: object) -> datetime | None:
        """Return a moment as the API writes it; one without a zone is UTC."""
        try:
            if self.how.moments == "iso":
                found = datetime.fromisoformat(str(value))
                return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
            if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
                return None
            seconds = Decimal(value) / _FORMS[self.how.moments]
            return EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
        except (ValueError, ArithmeticError):
            return None
