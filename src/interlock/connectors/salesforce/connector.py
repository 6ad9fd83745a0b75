"""The window to Salesforce."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final, cast

import httpx2

from interlock.connectors.checkup import Checkup
from interlock.connectors.description import Shape
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.checkup import examined
from interlock.connectors.kit.evidence import by_key, by_ref
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.kit.http import Wire
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
    Verdict,
)
from interlock.connectors.salesforce import operations, outbound
from interlock.connectors.salesforce.batch import Batch
from interlock.connectors.salesforce.batching import RECORDS
from interlock.connectors.salesforce.capability import CAPABILITIES
from interlock.connectors.salesforce.checkup import probes
from interlock.connectors.salesforce.cursor import cursor_of, earlier
from interlock.connectors.salesforce.description import shape_of
from interlock.connectors.salesforce.errors import EXPIRED, ROWS, fault_of
from interlock.connectors.salesforce.extract import Extract
from interlock.connectors.salesforce.feed import Feed
from interlock.connectors.salesforce.load import Load
from interlock.connectors.salesforce.login import auth
from interlock.connectors.salesforce.objects import Objects, is_gone, read_page
from interlock.connectors.salesforce.pubsub.changes import ChangeEvents
from interlock.connectors.stream import Notice, Stream
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

BARE: Final = 15


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Salesforce":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random goes over this wire
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    dialect = Dialect(rows=ROWS, fault_of=fault_of, expired=lambda fault: fault.code == EXPIRED)
    who = auth(connection, wire, clock)
    changes = ChangeEvents(connection, who, clock)
    return Salesforce(Channel(wire, who, dialect), clock, connection, changes)


class Salesforce:
    """Accounts and opportunities with their lines, over REST and SOQL."""

    def __init__(
        self, channel: Channel, clock: Clock, connection: Connection, changes: ChangeEvents
    ) -> None:
        self._channel = channel
        self._changes = changes
        self._organisation = connection.options.get("organization_id", "")
        self._objects = Objects(channel, clock, connection.options)
        self._feed = Feed(channel, self._objects, connection.options)
        self._batch = Batch(channel, self._feed)
        self._load = Load(channel, self._feed)
        self._extract = Extract(channel, clock)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:
        found = examined(self._channel, probes(objects, changes=self._changes.wanted))
        more = self._changes.permissions(objects) if self._changes.wanted else ()
        return replace(found, permissions=(*found.permissions, *more))

    def shape(self, obj: str) -> Shape | None:
        try:
            return shape_of(obj, lambda name: self._channel.ask(operations.describe(name)))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None
            raise

    def read(self, obj: str, ref: str) -> Record | None:
        """Return the record; one that was merged away too, because it names the winner (F20)."""
        try:
            found = self._select(obj, operations.ID, ref, operations.query_all)
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None  # what has not the form of an id is nobody's id
            raise
        return None if found is None or is_gone(found) else found

    def find(self, obj: str, field: str, value: str) -> Record | None:
        if field == operations.ID:
            return self.read(obj, value)
        return self._select(obj, field, value, operations.query)

    def _select(
        self, obj: str, field: str, value: str, ask: Callable[[str], Call]
    ) -> Record | None:
        where = f"{operations.name(field)} = {operations.literal(value)}"
        answer = self._ask(obj, lambda select: ask(f"{select} WHERE {where} LIMIT 2"))
        page = read_page(answer)
        if len(page.items) > 1:
            raise CallFailed(
                Outcome(
                    verdict=Verdict.REJECTED,
                    kind=Kind.DUPLICATE,
                    message=f"several {obj} records have this {field}",
                )
            )
        record = self._objects.record(obj, page.items[0]) if page.items else None
        return None if record is None else _asked_for(answer, record, field, value)

    def _ask(self, obj: str, call: Callable[[str], Call]) -> Answer:
        """Ask with all fields of `obj`; if one of them is gone, ask for the fields next time."""
        try:
            return self._channel.ask(call(self._objects.select(obj)))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.UNKNOWN_FIELD:
                self._objects.forget()
            raise

    def write(self, request: Request) -> Outcome:
        obj, _, verb = request.operation.partition(".")
        _must_be_known(request.operation)
        try:
            ref = request.ref or (request.key if request.key_field == operations.ID else None)
            if ref or verb == "update":
                return self._update(obj, ref or "", request)
            return self._upsert(obj, request)
        except CallFailed as failure:
            return failure.outcome

    def write_many(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        """Send many writes in few calls; what one is refused for does not touch the others."""
        for request in requests:
            _must_be_known(request.operation)
        return self._batch.write(requests)

    @property
    def takes_many(self) -> bool:
        return True

    @property
    def few(self) -> int:
        return RECORDS

    def most(self, request: Request) -> int:
        return self._load.most(request)

    def hand_over(self, requests: Sequence[Request]) -> str:
        for operation in {request.operation for request in requests}:
            _must_be_known(operation)
        return self._load.hand_over(requests)

    def begin(self, job: str) -> None:
        self._load.begin(job)

    def ended(
        self, job: str, obj: str, field: str, keys: Collection[str]
    ) -> Mapping[str, Outcome] | None:
        return self._load.ended(job, obj, field, keys)

    def records(self, obj: str, field: str, values: Collection[str]) -> Sequence[Record]:
        return list(self._feed.among(obj, field or operations.ID, values))

    def extract(
        self, obj: str, fields: Sequence[str], *, deleted: bool = False
    ) -> Iterator[Mapping[str, str]]:
        """Read fields of all records of `obj` by Bulk API 2.0, as text, and wait for it.

        Raises:
            CallFailed: They could not all be read.
        """
        return self._extract.run(obj, fields, deleted=deleted)

    def _update(self, obj: str, ref: str, request: Request) -> Outcome:
        if not ref:
            raise UsageError(
                f"`{request.operation}` needs the Id of the record",
                hint="Bind the entity's identity to Id, or read the record first.",
            )
        answer = self._channel.ask(operations.update(obj, ref, request))
        if answer.status != HTTPStatus.NO_CONTENT:
            raise answer.malformed("an update is answered with 204")
        return self._read_back(obj, ref, answer)

    def _upsert(self, obj: str, request: Request) -> Outcome:
        if not request.key_field or not request.key:
            raise UsageError(
                f"`{request.operation}` needs an external id field and its value",
                hint="Bind the entity's identity to a field marked External ID.",
            )
        call = operations.upsert(obj, request.key_field, request.key, request)
        answer = self._channel.ask(call)
        if answer.status == HTTPStatus.NO_CONTENT:
            return self._found_back(obj, request.key_field, request.key, answer)
        said = answer.mapping()
        ref = said.get("id")
        if not isinstance(ref, str) or said.get("success") is not True or said.get("errors"):
            raise answer.malformed("an upsert that names no record")
        outcome = self._read_back(obj, ref, answer, existing=said.get("created") is False)
        if outcome.record:
            by_key(answer, outcome.record, request.key_field, request.key)
        return outcome

    def _found_back(self, obj: str, field: str, key: str, answer: Answer) -> Outcome:
        """Return the record that was changed by an upsert which older versions answer with 204."""
        try:
            record = self.find(obj, field, key)
        except CallFailed as failure:
            return answer.unproven(failure.outcome.message)
        if record is None:
            return answer.unproven("it is not there")
        return Outcome(verdict=Verdict.DONE, record=record, existing=True, status=answer.status)

    def _read_back(self, obj: str, ref: str, answer: Answer, *, existing: bool = False) -> Outcome:
        """Return the record as it is now: the vendor answers a write with 204 or an id alone."""
        try:
            record = self.read(obj, ref)
        except CallFailed as failure:
            return answer.unproven(failure.outcome.message)
        if record is None:
            return answer.unproven("it is not there")
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=existing, status=answer.status
        )

    def changes(self, obj: str, cursor: str | None) -> Changes:
        if cursor is None:
            return self._feed.begin(obj)
        return self._feed.after(obj, cursor_of(cursor))

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by)

    def stream(self, obj: str, position: str | None) -> Stream:
        return self._changes.stream(obj, position)

    def told(self, notices: Sequence[Notice]) -> Sequence[Event]:
        return self._feed.told(notices)

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        found = outbound.told(headers, body, secrets, self._organisation)
        try:
            return iter(
                [event for obj, refs in found.items() for event in self._feed.of(obj, refs)]
            )
        except CallFailed as failure:
            raise _not_read(failure) from failure

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()


def _must_be_known(operation: str) -> None:
    if operation not in CAPABILITIES.operations:
        raise UsageError(
            f"Salesforce has no operation `{operation}`",
            hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
        )


def _not_read(failure: CallFailed) -> DeliveryRefused:
    """Return why a message is not acknowledged: it is sent again, unless that is pointless."""
    pointless = failure.outcome.verdict is Verdict.REJECTED
    return DeliveryRefused(
        f"its records could not be read: {failure}", status=422 if pointless else 503
    )


def _asked_for(answer: Answer, record: Record, field: str, value: str) -> Record:
    """Return `record` if it is the one; an Id of 18 characters has a checksum behind its 15."""
    if field != operations.ID:
        return by_key(answer, record, field, value)
    return record if record.ref[:BARE] == value[:BARE] else by_ref(answer, record, value)
