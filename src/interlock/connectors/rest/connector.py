"""The window to a declared API."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, NoReturn, cast

import httpx2

from interlock.connectors.checkup import Checkup
from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.evidence import by_key
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.http import Wire
from interlock.connectors.kit.pointer import pointed
from interlock.connectors.kit.position import earlier, position_of
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
from interlock.connectors.rest import calls, capability
from interlock.connectors.rest.calls import UnsendableError
from interlock.connectors.rest.checkup import permissions
from interlock.connectors.rest.errors import GONE, dialect_of, text_of
from interlock.connectors.rest.feed import OVERLAP, Feed
from interlock.connectors.rest.login import auth_of
from interlock.connectors.rest.objects import is_deleted, record_at, record_of
from interlock.estate.capability import Capabilities, Effect
from interlock.estate.kinds.rest import Finding, Operation, RestObject, RestOptions
from interlock.expression.errors import did_you_mean
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

_ON_ONE: Final = frozenset({Effect.UPDATE, Effect.TRANSITION, Effect.DELETE})
"""What is done to the object whose id was given."""


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Rest":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: Nothing is declared, or the URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random goes over this wire
    options = connection.declared
    if not isinstance(options, RestOptions):
        raise UsageError(
            f"system `{connection.system}` declares no API",
            hint="Say under `options:` of the System what there is; see docs/connectors/rest.md.",
        )
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    channel = Channel(wire, auth_of(connection, options.access, wire, clock), dialect_of(options))
    seconds = connection.options.get("overlap")
    return Rest(channel, options, timedelta(seconds=float(seconds)) if seconds else OVERLAP)


class Rest:
    """The objects of a declared API."""

    def __init__(self, channel: Channel, options: RestOptions, overlap: timedelta) -> None:
        self._channel = channel
        self._options = options
        self._overlap = overlap
        self._capabilities = replace(
            capability.CAPABILITIES, operations=options.operations(), events=options.told()
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def checkup(self, objects: Collection[str]) -> Checkup:
        return Checkup(permissions=list(permissions(self, self._options, objects)))

    def read(self, obj: str, ref: str) -> Record | None:
        what = self._object(obj)
        try:
            answer = self._channel.ask(calls.reading(what.read, ref, self._options.headers))
        except UnsendableError as error:
            _unsendable(error)
        except CallFailed as failure:
            if _is_absence(failure):
                return None
            raise _of_a_read(failure) from None
        record = record_at(what, answer, what.read.at)
        if record.ref != ref:
            raise answer.malformed("it is another object")
        return None if is_deleted(what, record) else record

    def find(self, obj: str, field: str, value: str) -> Record | None:
        what = self._object(obj)
        how = what.find.get(field)
        if how is None:
            raise UsageError(
                f"the API cannot find `{obj}` by `{field}`{did_you_mean(field, what.find)}",
                hint=f"Declare `find:` for it; declared: {', '.join(what.find) or 'nothing'}.",
            )
        try:
            answer = self._channel.ask(calls.finding(how, value, self._options.headers))
        except UnsendableError as error:
            _unsendable(error)
        except CallFailed as failure:
            if _is_absence(failure):
                return None
            raise _of_a_read(failure) from None
        matches = _matches(what, how, answer, value)
        if len(matches) > 1:
            refs = ", ".join(record.ref for record in matches[:5])
            message = f"several have this reference: {refs}"
            raise CallFailed(
                Outcome(verdict=Verdict.REJECTED, kind=Kind.DUPLICATE, message=message)
            )
        return matches[0] if matches else None

    def write(self, request: Request) -> Outcome:
        obj, how = self._operation(request.operation)
        what = self._options.objects[obj]
        try:
            call = calls.writing(how, request, self._options.headers)
            answer = self._channel.ask(call)
            return self._shown(obj, what, how, request, answer)
        except UnsendableError as error:
            message = f"{error}; nothing was sent"
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.UNKNOWN_VALUE, message=message)
        except CallFailed as failure:
            return self._refused(obj, how, request, failure.outcome)

    def _shown(
        self, obj: str, what: RestObject, how: Operation, request: Request, answer: Answer
    ) -> Outcome:
        """Return a success, by the object that proves it."""
        if how.answer == "object":
            record = record_at(what, answer, how.at)
            if how.effect in _ON_ONE and record.ref != request.ref:
                raise answer.malformed("it is another object")
            by_key(answer, record, request.key_field, request.key)
            return Outcome(verdict=Verdict.DONE, record=record, status=answer.status)
        if how.answer == "nothing" and answer.content.strip():
            raise answer.malformed("an answer without a body was expected")
        nothing = how.answer == "nothing"
        ref = str(request.ref) if nothing else record_at(what, answer, how.at).ref
        outcome = self._read_back(obj, how, ref, answer)
        if outcome.record:
            by_key(answer, outcome.record, request.key_field, request.key)
        return outcome

    def _read_back(self, obj: str, how: Operation, ref: str, answer: Answer) -> Outcome:
        try:
            seen = self.read(obj, ref)
        except CallFailed as failure:
            return answer.unproven(failure.outcome.message)
        if seen is None and how.effect is Effect.DELETE:
            seen = Record(ref=ref, body={})  # that it is not there is the evidence
        if seen is None:
            return answer.unproven("it is not there")
        return Outcome(verdict=Verdict.DONE, record=seen, status=answer.status)

    def _refused(self, obj: str, how: Operation, request: Request, told: Outcome) -> Outcome:
        """Return a refusal; one that says "there already" is looked up (F16)."""
        there = told.verdict is Verdict.DONE
        taken = told.kind is Kind.DUPLICATE and told.verdict is Verdict.REJECTED
        if not there and not (taken and how.effect in {Effect.CREATE, Effect.UPSERT}):
            return told
        try:
            record = self._there(obj, request)
        except CallFailed:
            record = None
        if record is not None:
            return replace(
                told, verdict=Verdict.DONE, kind=Kind.NONE, record=record, existing=True
            )
        return replace(told, verdict=Verdict.UNCERTAIN) if there else told

    def _there(self, obj: str, request: Request) -> Record | None:
        found = self._options.objects[obj].find
        if request.ref:
            return self.read(obj, request.ref)
        if request.key and request.key_field in found:
            return self.find(obj, str(request.key_field), request.key)
        return None

    def changes(self, obj: str, cursor: str | None) -> Changes:
        what = self._object(obj)
        if what.changes is None:
            raise UsageError(
                f"the API lists no changes of `{obj}`",
                hint="Declare `changes:` for it, or trigger on another system.",
            )
        overlap = what.changes.overlap or self._overlap
        feed = Feed(
            name=obj, what=what, how=what.changes, overlap=overlap, headers=self._options.headers
        )
        if cursor is None:
            return feed.begin(self._channel)
        return feed.after(self._channel, position_of(cursor, "rest"))

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by, "rest")

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        raise DeliveryRefused("a declared API delivers by a declared webhook only", status=404)

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()

    def _object(self, obj: str) -> RestObject:
        known = self._options.objects
        if obj not in known:
            raise UsageError(
                f"the API has no `{obj}`{did_you_mean(obj, known)}",
                hint=f"Declared: {', '.join(known)}.",
            )
        return known[obj]

    def _operation(self, operation: str) -> tuple[str, Operation]:
        if operation not in self._capabilities.operations:
            raise UsageError(
                f"the API has no operation `{operation}`"
                f"{did_you_mean(operation, self._capabilities.operations)}",
                hint=f"Declared: {', '.join(self._capabilities.operations) or 'none'}.",
            )
        obj, _, verb = operation.partition(".")
        return obj, self._options.objects[obj].operations[verb]


def _matches(what: RestObject, how: Finding, answer: Answer, value: str) -> list[Record]:
    found = pointed(answer.document, how.items)
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list):
        raise answer.malformed(f"a list or an object was expected at `{how.items}`")
    records = [record_of(what, answer, row) for row in found]
    return [
        record
        for record in records
        if not is_deleted(what, record)
        and (how.where is None or text_of(pointed(record.body, how.where)) == value)
    ]


def _is_absence(failure: CallFailed) -> bool:
    """Tell whether the API said, in its own form, that there is no such object."""
    told = failure.outcome
    plain = told.status in GONE and (told.verdict, told.kind) == (Verdict.REJECTED, Kind.REJECTED)
    return told.kind is Kind.NOT_FOUND or plain


def _of_a_read(failure: CallFailed) -> CallFailed:
    """Return the failure of a read; what a line calls done was meant for writes."""
    told = failure.outcome
    done = told.verdict is Verdict.DONE
    return CallFailed(replace(told, verdict=Verdict.RETRYABLE)) if done else failure


def _unsendable(error: UnsendableError) -> NoReturn:
    message = f"{error}; nothing was sent"
    raise CallFailed(
        Outcome(verdict=Verdict.REJECTED, kind=Kind.UNKNOWN_VALUE, message=message)
    ) from None
