"""The window to NetSuite."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, cast

import httpx2

from interlock.connectors.checkup import Checkup
from interlock.connectors.description import Shape
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.checkup import examined
from interlock.connectors.kit.classify import Fault
from interlock.connectors.kit.cursor import cursor_of, earlier
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.http import Wire
from interlock.connectors.netsuite import operations
from interlock.connectors.netsuite.capability import (
    CAPABILITIES,
    MACHINE_TO_MACHINE,
)
from interlock.connectors.netsuite.checkup import probes
from interlock.connectors.netsuite.description import described, shape_of
from interlock.connectors.netsuite.errors import ROWS, VOUCHED, at_its_limit, fault_of
from interlock.connectors.netsuite.feed import Feed
from interlock.connectors.netsuite.login import auth
from interlock.connectors.netsuite.records import Records
from interlock.connectors.netsuite.references import NATURAL_KEYS, References
from interlock.connectors.netsuite.writing import Way, Writer
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connection,
    DeliveryRefused,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
)
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

TRUSTED: Final = timedelta(minutes=10)
"""For so long after it was accepted a signature's refusal is taken for the concurrency limit."""


class Standing:
    """Knows whether our credentials are good, so that a 401 can be told from the limit (F14).

    OAuth 2: the token was issued a moment ago (a 401 renews it once), so the login is good. TBA:
    it is good if it was accepted within the last minutes.
    """

    def __init__(self, clock: Clock, *, issued: bool) -> None:
        self._clock = clock
        self._issued = issued
        self._lock = threading.Lock()
        self._accepted: datetime | None = None

    def fault_of(self, answer: Answer) -> Fault | None:
        """Read an answer, and vouch for our credentials where they are known to be good."""
        fault = fault_of(answer)
        if fault is None or not at_its_limit(fault):
            if fault is None and answer.status < HTTPStatus.BAD_REQUEST:
                self._accept()
            return fault
        return replace(fault, message=f"{VOUCHED} {fault.message}") if self._good() else fault

    def _accept(self) -> None:
        with self._lock:
            self._accepted = self._clock.now()

    def _good(self) -> bool:
        with self._lock:
            accepted = self._accepted
        recently = accepted is not None and self._clock.now() - accepted < TRUSTED
        return self._issued or recently


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "NetSuite":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    standing = Standing(clock, issued=connection.scheme == MACHINE_TO_MACHINE)
    dialect = Dialect(rows=ROWS, fault_of=standing.fault_of, expired=at_its_limit)
    channel = Channel(wire, auth(connection, wire, clock, ids), dialect)
    return NetSuite(channel, clock, connection)


class NetSuite:
    """The records of one account."""

    def __init__(self, channel: Channel, clock: Clock, connection: Connection) -> None:
        self._channel = channel
        self._records = Records(channel)
        self._references = References(channel, clock)
        self._writer = Writer(self._records, self._references, Way(channel, connection.options))
        self._feed = Feed(channel, self._records, connection.options)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:
        return examined(self._channel, probes(objects))

    def shape(self, obj: str) -> Shape | None:
        try:
            return shape_of(self._channel.ask(described(operations.record_type(obj))))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None
            raise

    def read(self, obj: str, ref: str) -> Record | None:
        return self._records.read(operations.record_type(obj), ref)

    def find(self, obj: str, field: str, value: str) -> Record | None:
        operations.record_type(obj)
        if field == "id":
            return self._records.read(obj, value)
        if field == operations.EXTERNAL_ID:
            return self._records.find(obj, value)
        column = NATURAL_KEYS.get((obj, field))
        if column is None:
            raise UsageError(
                f"NetSuite cannot find a {obj} by `{field}`",
                hint="Bind the entity's identity to externalId.",
            )
        ref = self._references.id_of(column, value)
        return self._records.read(obj, ref) if ref else None

    def write(self, request: Request) -> Outcome:
        if request.operation not in CAPABILITIES.operations:
            raise UsageError(
                f"NetSuite has no operation `{request.operation}`",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )
        try:
            return self._writer.write(request)
        except CallFailed as failure:
            return failure.outcome

    def changes(self, obj: str, cursor: str | None) -> Changes:
        operations.record_type(obj)
        return (
            self._feed.begin(obj)
            if cursor is None
            else self._feed.after(obj, cursor_of(cursor, "NetSuite"))
        )

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by, "NetSuite")

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        raise DeliveryRefused("NetSuite delivers no events by itself; poll it", status=404)

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()
