"""The window to AvaTax."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, cast

import httpx2

from interlock.connectors.avalara import operations
from interlock.connectors.avalara.capability import BASIC, CAPABILITIES, ESTIMATE, RECORD
from interlock.connectors.avalara.checkup import probes
from interlock.connectors.avalara.errors import ALREADY_VOID, ROWS, fault_of
from interlock.connectors.checkup import Checkup
from interlock.connectors.kit.auth import basic, credential, unknown_scheme
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.checkup import examined
from interlock.connectors.kit.evidence import by_ref
from interlock.connectors.kit.exchange import Answer
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
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

CANCELLED: Final = "Cancelled"
COMMITTED: Final = "Committed"


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Avalara":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random goes over this wire
    if connection.scheme != BASIC:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes)
    who = basic(credential(connection, "account_id"), credential(connection, "license_key"))
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    channel = Channel(wire, who, Dialect(rows=ROWS, fault_of=fault_of))
    return Avalara(channel, connection.options.get("company_code", "DEFAULT"))


class Avalara:
    """Tax transactions of one company. A transaction's reference is its code."""

    def __init__(self, channel: Channel, company: str) -> None:
        self._channel = channel
        self._company = company

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:  # noqa: ARG002 (it knows transactions only)
        return examined(self._channel, probes())

    def read(self, obj: str, ref: str) -> Record | None:
        _known(obj)
        try:
            answer = self._channel.ask(operations.retrieve(self._company, ref))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None
            raise
        return _record(answer, ref)

    def find(self, obj: str, field: str, value: str) -> Record | None:
        if field != "code":
            raise UsageError(
                f"AvaTax cannot find a transaction by `{field}`",
                hint="Bind the entity's identity to transaction.code.",
            )
        return self.read(obj, value)

    def write(self, request: Request) -> Outcome:
        if request.operation not in CAPABILITIES.operations:
            raise UsageError(
                f"AvaTax has no operation `{request.operation}`",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )
        try:
            if request.operation == ESTIMATE:
                answer = self._channel.ask(operations.estimate(self._company, request))
                return _done(answer, request.key)
            if request.operation == RECORD:
                return self._recorded(request)
            return self._void(request)
        except CallFailed as failure:
            return failure.outcome

    def _recorded(self, request: Request) -> Outcome:
        if not request.key:
            raise UsageError(
                "a recorded transaction needs our reference", hint="It becomes its code."
            )
        try:
            answer = self._channel.ask(operations.record(self._company, request))
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.DUPLICATE:
                raise
            return self._there_already(request.key, failure.outcome)
        done = _done(answer, request.key)
        status = done.record.body.get("status") if done.record else None
        return done if status == COMMITTED else answer.unproven(f"its status is {status}")

    def _there_already(self, code: str, refused: Outcome) -> Outcome:
        """Return the committed transaction of this code, for the gate to compare (F16)."""
        record = self.read("transaction", code)
        if record is None or record.body.get("status") == CANCELLED:
            return refused
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=True, code=refused.code, status=200
        )

    def _void(self, request: Request) -> Outcome:
        code = request.ref or request.key
        if not code:
            raise UsageError("a void needs the transaction's code", hint="Give it as `ref`.")
        try:
            answer = self._channel.ask(operations.void(self._company, code, request))
        except CallFailed as failure:
            if failure.outcome.code != ALREADY_VOID:
                raise
            return self._void_already(code, failure.outcome)
        done = _done(answer, code)
        status = done.record.body.get("status") if done.record else None
        return done if status == CANCELLED else answer.unproven(f"its status is {status}")

    def _void_already(self, code: str, refused: Outcome) -> Outcome:
        record = self.read("transaction", code)
        if record is None or record.body.get("status") != CANCELLED:
            return refused
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=True, code=refused.code, status=200
        )

    def changes(self, obj: str, cursor: str | None) -> Changes:  # noqa: ARG002 (port)
        raise UsageError(
            "AvaTax tells no changes",
            hint="Trigger on the system that asks for the tax, not on the tax engine.",
        )

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        raise DeliveryRefused("AvaTax delivers no events", status=404)

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()


def _known(obj: str) -> None:
    if obj != "transaction":
        raise UsageError(f"AvaTax has no object `{obj}`", hint="It has: transaction.")


def _done(answer: Answer, code: str | None) -> Outcome:
    return Outcome(verdict=Verdict.DONE, record=_record(answer, code), status=answer.status)


def _record(answer: Answer, asked: str | None) -> Record:
    """Return the transaction in `answer`: the evidence is its code and its tax."""
    body = operations.shown(answer.mapping())
    code = body.get("code")
    if not isinstance(code, str) or not code or body.get("totalTax") is None:
        raise answer.malformed("a transaction without a code or without its tax")
    changed = body.get("modifiedDate")
    record = Record(ref=code, body=body, version=str(changed) if changed else None)
    return by_ref(answer, record, asked) if asked else record
