"""The window to Stripe Billing."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, cast

import httpx2

from interlock.connectors.kit.auth import bearer_key, credential, unknown_scheme
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.dotted import placed
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connection,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.connectors.stripe import operations, webhook
from interlock.connectors.stripe.capability import (
    API_KEY,
    CAPABILITIES,
    CUSTOMER_UPSERT,
    METER_CREATE,
    PRICE_CREATE,
    SUBSCRIPTION_CANCEL,
    SUBSCRIPTION_CREATE,
)
from interlock.connectors.stripe.errors import ROWS, fault_of
from interlock.connectors.stripe.feed import Feed
from interlock.connectors.stripe.lookup import SEARCH_LAG, Lookup, record_of
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

CANCELED: Final = "canceled"
REPLAYED: Final = "idempotent-replayed"


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Stripe":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random goes over this wire: every key is derived
    if connection.scheme != API_KEY:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes)
    who = bearer_key(credential(connection, "api_key"))
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    return Stripe(Channel(wire, who, Dialect(rows=ROWS, fault_of=fault_of)), clock, connection)


class Stripe:
    """Customers, prices, meters, subscriptions and invoices of one account."""

    def __init__(self, channel: Channel, clock: Clock, connection: Connection) -> None:
        self._channel = channel
        self._clock = clock
        lag = connection.options.get("search_lag")
        self._lookup = Lookup(channel, timedelta(seconds=float(lag)) if lag else SEARCH_LAG)
        self._feed = Feed(channel, connection.options)
        self._lock = threading.Lock()
        self._products: set[str] = set()
        self._writers = {
            CUSTOMER_UPSERT: self._customer,
            PRICE_CREATE: self._price,
            METER_CREATE: self._meter,
            SUBSCRIPTION_CREATE: self._subscription,
            SUBSCRIPTION_CANCEL: self._cancel,
        }

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def read(self, obj: str, ref: str) -> Record | None:
        operations.path_of(obj)
        return self._lookup.read(obj, ref)

    def find(self, obj: str, field: str, value: str) -> Record | None:
        operations.path_of(obj)
        return self._lookup.find(obj, field, value)

    def write(self, request: Request) -> Outcome:
        writer = self._writers.get(request.operation)
        if writer is None:
            raise UsageError(
                f"Stripe has no operation `{request.operation}`",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )
        try:
            return writer(request)
        except CallFailed as failure:
            return failure.outcome

    def _customer(self, request: Request) -> Outcome:
        """Set the fields of the customer with our reference; make it first if there is none.

        What is made is the same for everybody who asks (our reference, nothing else, under a key
        derived from it), so that two runs, two workers or a replay make one customer.
        """
        body = operations.keyed(request)
        field, key = str(request.key_field), str(request.key)
        found = None
        if request.ref is None:
            found = self._lookup.settled("customer", field, key)
        ref = request.ref or (found.ref if found else self._new_customer(field, key, request))
        call = operations.update("customer", ref, replace(request, body=body))
        outcome = self._done("customer", call)
        if outcome.record:
            self._lookup.hint("customer", field, outcome.record)
        return outcome

    def _new_customer(self, field: str, key: str, request: Request) -> str:
        bare = placed({}, field, key)
        once = operations.derived_key("customer", field, key)
        answer = self._channel.ask(operations.create("customer", bare, once, request.traceparent))
        record = record_of("customer", answer, answer.mapping())
        if record is None:
            raise answer.malformed("a new customer that is deleted")
        return record.ref

    def _price(self, request: Request) -> Outcome:
        body = operations.keyed(request)
        self._ensure_product(body.get("product"), request)
        call = operations.create("price", body, request.idempotency_key, request.traceparent)
        try:
            return self._done("price", call)
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.DUPLICATE:
                raise
            return self._there_already("price", request, failure.outcome)

    def _there_already(self, obj: str, request: Request, refused: Outcome) -> Outcome:
        """Return the object that has our reference, for the gate to compare (F16)."""
        record = self._lookup.find(obj, str(request.key_field), str(request.key))
        if record is None:
            return refused
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=True, code=refused.code, status=200
        )

    def _ensure_product(self, product: object, request: Request) -> None:
        """Make sure that the price's product exists: its id is our product code, chosen by us."""
        if not isinstance(product, str) or not operations.is_plain(product):
            raise UsageError(
                f"`{request.operation}` needs a product code of letters, digits, - and _",
                hint="It becomes the id of the product; transform it if yours has others.",
            )
        with self._lock:
            if product in self._products:
                return
        if self._lookup.read("product", product) is None:
            try:
                self._new_product(product, request)
            except CallFailed as failure:
                raise _nothing_sent(failure) from None
        with self._lock:
            self._products.add(product)

    def _new_product(self, product: str, request: Request) -> None:
        body = {"id": product, "name": product}
        once = operations.derived_key("product", "id", product)
        try:
            call = operations.create("product", body, once, request.traceparent)
            self._done("product", call)
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.DUPLICATE:
                raise

    def _meter(self, request: Request) -> Outcome:
        body = operations.keyed(request)
        return self._done(
            "billing.meter",
            operations.create("billing.meter", body, request.idempotency_key, request.traceparent),
        )

    def _subscription(self, request: Request) -> Outcome:
        body = operations.keyed(request)
        return self._done(
            "subscription",
            operations.create("subscription", body, request.idempotency_key, request.traceparent),
        )

    def _cancel(self, request: Request) -> Outcome:
        if not request.ref:
            raise UsageError(
                "a cancellation needs the subscription's id", hint="Give it as `ref`."
            )
        try:
            outcome = self._done("subscription", operations.cancel(request.ref, request))
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.NOT_FOUND:
                raise
            return self._cancelled_already(request.ref, failure.outcome)
        status = outcome.record.body.get("status") if outcome.record else None
        if status == CANCELED:
            return outcome
        return _unproven(outcome, f"the subscription's status is {status}")

    def _cancelled_already(self, ref: str, refused: Outcome) -> Outcome:
        record = self._lookup.read("subscription", ref)
        if record is None or record.body.get("status") != CANCELED:
            return refused
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=True, code=refused.code, status=200
        )

    def _done(self, obj: str, call: Call) -> Outcome:
        answer = self._channel.ask(call)
        record = record_of(obj, answer, answer.mapping())
        if record and _replayed(answer):
            return self._as_it_is_now(obj, record.ref, answer)
        if record is None:
            raise answer.malformed("it says that the object is deleted")
        return Outcome(verdict=Verdict.DONE, record=record, status=answer.status)

    def _as_it_is_now(self, obj: str, ref: str, answer: Answer) -> Outcome:
        """Return the object read again: a replayed answer shows it as it was then."""
        try:
            record = self._lookup.read(obj, ref)
        except CallFailed as failure:
            return answer.unproven(failure.outcome.message)
        if record is None:
            return answer.unproven("it is not there any more")
        return Outcome(verdict=Verdict.DONE, record=record, existing=True, status=answer.status)

    def changes(self, obj: str, cursor: str | None) -> Changes:
        return self._feed.begin(obj) if cursor is None else self._feed.after(obj, cursor)

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        return webhook.events(headers, body, secrets, self._clock.now())

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()


def _nothing_sent(failure: CallFailed) -> CallFailed:
    """Return what a doubt about the product means for the price: it was surely not sent."""
    if failure.outcome.verdict is not Verdict.UNCERTAIN:
        return failure
    return CallFailed(replace(failure.outcome, verdict=Verdict.RETRYABLE))


def _replayed(answer: Answer) -> bool:
    return answer.headers.get(REPLAYED, "") == "true"


def _unproven(outcome: Outcome, why: str) -> Outcome:
    return Outcome(
        verdict=Verdict.UNCERTAIN,
        kind=Kind.CONFLICT,
        message=f"accepted, but {why}",
        status=outcome.status,
    )
