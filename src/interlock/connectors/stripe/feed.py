"""What changed in Stripe: its list of events, read by windows of its own time (F11, F12).

The list is newest first, so a window is read to its end and turned round. Events are kept for 30
days; a cursor older than that has lost some, and that is said, not stepped over.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.document import UnreadableError
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.paging import Page, every
from interlock.connectors.port import Body, CallFailed, Changes, Event, Kind, Outcome, Verdict
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.answers import page_of
from interlock.connectors.stripe.capability import EVENTS
from interlock.connectors.stripe.webhook import event_of
from interlock.foundation.errors import UsageError

OVERLAP: Final = timedelta(seconds=10)
"""Longer than events take to become visible; option ``overlap`` (seconds)."""
WINDOW: Final = timedelta(hours=1)
"""How much time is read at once when there is much to catch up with."""
KEPT: Final = timedelta(days=30)


class Feed:
    """Reads one window of events at a time."""

    def __init__(self, channel: Channel, options: Mapping[str, str]) -> None:
        self._channel = channel
        seconds = options.get("overlap")
        self._overlap = timedelta(seconds=float(seconds)) if seconds else OVERLAP

    def begin(self, obj: str) -> Changes:
        """Return no events and a cursor that means from now on, by the vendor's clock."""
        answer = self._channel.ask(operations.events((*_types(obj), ("limit", "1"))))
        page_of(answer)
        return Changes(events=(), cursor=_text(self._vendor_now(answer)))

    def after(self, obj: str, cursor: str) -> Changes:
        """Return the window of events at `cursor`, oldest first.

        Raises:
            CallFailed: The vendor did not answer, or has forgotten events since.
        """
        since = _since(cursor)
        until = since + WINDOW
        query = (
            *_types(obj),
            ("created[gte]", _text(since)),
            ("created[lt]", _text(until)),
            ("limit", str(operations.PAGE)),
        )
        answers: list[Answer] = []
        found = list(
            every(self._page(query, "", answers), lambda at: self._page(query, at, answers))
        )
        now = self._vendor_now(answers[0])
        if now - since > KEPT:
            raise _forgotten(since)
        events = [_event(item, answers[-1]) for item in found]
        events = [event for event in events if event.type in EVENTS[obj]]
        events.reverse()
        behind = until < now
        then = until if behind else max(now, since + self._overlap)
        return Changes(events=events, cursor=_text(max(then - self._overlap, since)), more=behind)

    def _page(self, query: operations.Pairs, after: str, answers: list[Answer]) -> Page:
        more = (("starting_after", after),) if after else ()
        answer = self._channel.ask(operations.events((*query, *more)))
        answers.append(answer)
        return page_of(answer)

    def _vendor_now(self, answer: Answer) -> datetime:
        try:
            return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            raise answer.malformed("it has no Date, and cursors need the vendor's clock") from None


def earlier(cursor: str, by: timedelta) -> str | None:
    """Return the cursor that stands `by` before; events of so long ago may be forgotten."""
    return _text(_since(cursor) - by) if by < KEPT else None


def _event(item: Body, answer: Answer) -> Event:
    try:
        return event_of(item)
    except UnreadableError as error:
        raise answer.malformed(str(error)) from None


def _types(obj: str) -> operations.Pairs:
    if obj not in EVENTS:
        raise UsageError(
            f"Stripe's events about `{obj}` are not polled",
            hint=f"Those about {', '.join(sorted(EVENTS))} are.",
        )
    return tuple(("types[]", event) for event in EVENTS[obj])


def _text(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _since(cursor: str) -> datetime:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= len("99999999999")):
        raise UsageError(
            "this is not a cursor of the Stripe connector",
            hint="Give back the cursor of the last page unchanged, or none to begin now.",
        )
    return datetime.fromtimestamp(int(cursor), UTC)


def _forgotten(since: datetime) -> CallFailed:
    return CallFailed(
        Outcome(
            verdict=Verdict.REJECTED,
            kind=Kind.NOT_FOUND,
            code="events-forgotten",
            message=f"Stripe keeps events for {KEPT.days} days and the cursor stands at "
            f"{since:%Y-%m-%d}: reconcile, then begin without a cursor",
        )
    )
