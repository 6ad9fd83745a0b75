"""One subscription: what it brings is asked for piece by piece, and acknowledged by nobody.

The org keeps change events for 72 hours; where we are in them only we know. So a position is
handed out with the notices before it, and whoever stores it stores what they came to with it
("Pub/Sub API: Event Message Durability"; F12).
"""

import base64
import binascii
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Final

import grpc

from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict
from interlock.connectors.salesforce.operations import channel_of
from interlock.connectors.salesforce.pubsub import messages
from interlock.connectors.salesforce.pubsub.messages import Fetched, Told, UnreadableMessageError
from interlock.connectors.salesforce.pubsub.notices import (
    Form,
    UnreadableEventError,
    form_of,
    notice_of,
)
from interlock.connectors.salesforce.pubsub.wire import Line, PubSubWire
from interlock.connectors.stream import EARLIEST, Notice, Notices, PositionLostError
from interlock.foundation.clock import Clock

ASKED: Final = 100
"""Events that are asked for at most at once: the vendor's bound of one request."""
FORMS: Final = 100
"""Schemas that are remembered; an org makes another whenever somebody changes a field."""


class Forms:
    """The schemas of one org: the form that belongs to an id never changes."""

    def __init__(self, wire: PubSubWire) -> None:
        self._wire = wire
        self._known: dict[str, Form] = {}
        self._lock = threading.Lock()

    def of(self, line: Line, schema: str) -> Form:
        """Return the form of a schema, asking for it the first time.

        Raises:
            UnreadableEventError: It cannot be understood.
        """
        with self._lock:
            known = self._known.get(schema)
        if known is not None:
            return known
        asked = messages.schema_request(schema)
        text = messages.schema_json(self._wire.ask(line, "GetSchema", asked))
        found = form_of(text)
        with self._lock:
            while len(self._known) >= FORMS:
                del self._known[next(iter(self._known))]
            self._known[schema] = found
        return found


class Subscription:
    """One line that tells the changes of one object; read by one thread, closed by any."""

    def __init__(
        self,
        wire: PubSubWire,
        forms: Forms,
        clock: Clock,
        *,
        place: tuple[str, str | None],
        client: str,
    ) -> None:
        self._wire = wire
        self._forms = forms
        self._clock = clock
        self._object, self._position = place
        self._client = client
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._call: grpc.Call | None = None

    def __iter__(self) -> Iterator[Notices]:
        with self._wire.line() as line:
            yield from self._told(line)

    def close(self) -> None:
        """Hang up."""
        self._closed.set()
        with self._lock:
            if self._call is not None:
                self._call.cancel()

    def _told(self, line: Line) -> Iterator[Notices]:
        asking: SimpleQueue[bytes | None] = SimpleQueue()
        used = self._wire.metadata()
        subscribe: grpc.StreamStreamMultiCallable[bytes | None, bytes]
        subscribe = line.channel.stream_stream(messages.SERVICE + "Subscribe")
        call = subscribe(iter(asking.get, None), metadata=used)
        with self._lock:
            self._call = call
        try:
            if self._closed.is_set():
                return
            asking.put(self._first())
            for answer in call:
                found = _fetched(answer)
                yield self._notices(line, found)
                # Only now that the others are stored: what we cannot take in waits over there.
                if found.pending <= ASKED // 2:
                    asking.put(self._more(ASKED - found.pending))
        except grpc.RpcError as error:
            if self._closed.is_set():
                return
            self._wire.renewed(error, used)  # so that the next line has another token
            raise
        finally:
            asking.put(None)
            call.cancel()

    def _first(self) -> bytes:
        topic = channel_of(self._object)
        if self._position is None:
            return messages.fetch_request(topic, messages.LATEST, b"", ASKED)
        if self._position == EARLIEST:
            return messages.fetch_request(topic, messages.FROM_EARLIEST, b"", ASKED)
        try:
            replay = base64.b64decode(self._position, validate=True)
        except binascii.Error:
            raise PositionLostError("it is not one of this system's") from None
        return messages.fetch_request(topic, messages.CUSTOM, replay, ASKED)

    def _more(self, number: int) -> bytes:
        return messages.fetch_request(channel_of(self._object), messages.LATEST, b"", number)

    def _notices(self, line: Line, found: Fetched) -> Notices:
        notices = tuple(self._notice(line, told) for told in found.events)
        last = found.events[-1].replay if found.events else found.latest
        return Notices(notices=notices, position=base64.b64encode(last).decode())

    def _notice(self, line: Line, told: Told) -> Notice:
        """Return what an event says; of one that cannot be read, that it cannot."""
        try:
            form = self._forms.of(line, told.schema)
            return notice_of(form, told.payload, self._client)
        except UnreadableEventError as error:
            where = base64.b64encode(told.replay).decode()[:40]
            return Notice(
                object=self._object,
                refs=(),
                deleted=False,
                at=self._clock.now(),
                gap=f"a change event of {self._object} cannot be read ({where}): {error}",
            )


def _fetched(content: bytes) -> Fetched:
    try:
        return messages.fetched(content)
    except UnreadableMessageError as error:
        outcome = Outcome(verdict=Verdict.RETRYABLE, kind=Kind.MALFORMED, message=str(error))
        raise CallFailed(outcome) from None
