"""What is bought and paid: subscriptions, invoices, credit notes, refunds, disputes, usage."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.capability import METER_EVENT_CREATE
from interlock.connectors.stripe.lookup import USAGE
from interlock.connectors.stripe.masters import Masters
from interlock.connectors.stripe.proof import Desk, ref_of, there_already
from interlock.connectors.stripe.turns import CANCEL, TURNS, turned
from interlock.foundation.errors import UsageError

LONGEST_IDENTIFIER: Final = 100
FAILED: Final = frozenset({"failed", "canceled"})


class Documents:
    """Writes documents."""

    def __init__(self, desk: Desk, masters: Masters) -> None:
        self._desk = desk
        self._masters = masters

    def create(self, request: Request) -> Outcome:
        """Make an object that carries our reference, once per key within the window."""
        obj = _object(request)
        body = operations.keyed(request)
        self._has_products(request)
        call = operations.create(obj, body, request.idempotency_key, request.traceparent)
        return self._desk.done(obj, call, made=request)

    def refund(self, request: Request) -> Outcome:
        """Give money back; a refund that failed at once gave nothing back."""
        outcome = self.create(request)
        status = outcome.record.body.get("status") if outcome.record else None
        if outcome.record is None or status not in FAILED:
            return outcome
        reason = outcome.record.body.get("failure_reason")
        message = f"the refund {outcome.record.ref} is {status}: {reason or 'no reason was given'}"
        return Outcome(
            verdict=Verdict.REJECTED, kind=Kind.REJECTED, message=message, status=outcome.status
        )

    def change(self, request: Request) -> Outcome:
        """Change an object once per key: what it adds must not be added twice."""
        obj, ref = _object(request), ref_of(request)
        self._has_products(request)
        return self._desk.done(obj, operations.change(obj, ref, request), ref=ref)

    def _has_products(self, request: Request) -> None:
        """Make sure that what a one-off charge names exists before it is charged."""
        for each in (request.body, *_listed(request.body.get("add_invoice_items"))):
            data = each.get("price_data")
            if isinstance(data, Mapping):
                self._masters.has_product(data.get("product"), request)

    def set(self, request: Request) -> Outcome:
        """Set fields of an object: the same twice changes nothing."""
        obj, ref = _object(request), ref_of(request)
        return self._desk.done(obj, operations.update(obj, ref, request), ref=ref)

    def turn(self, request: Request) -> Outcome:
        """Bring an object into another state; what counts is the state that it shows."""
        turn = TURNS[request.operation]
        ref = ref_of(request)
        asked = request if turn.body is None else _with(request, turn.body)
        call = operations.turn(turn.obj, ref, turn.verb, asked)
        return turned(self._desk, turn, ref, lambda: self._desk.done(turn.obj, call, ref=ref))

    def cancel(self, request: Request) -> Outcome:
        """End a subscription now."""
        ref = ref_of(request)
        call = operations.cancel(ref, request)
        return turned(
            self._desk, CANCEL, ref, lambda: self._desk.done("subscription", call, ref=ref)
        )

    def usage(self, request: Request) -> Outcome:
        """Tell of usage, once per identifier: Stripe refuses one that it knows.

        That refusal is the proof that the event is there; it is never counted twice within the
        window, and outside of it the flow does not send it again.
        """
        key = request.key or ""
        if not key or len(key) > LONGEST_IDENTIFIER:
            raise UsageError(
                f"`{METER_EVENT_CREATE}` needs our reference, {LONGEST_IDENTIFIER} characters "
                "at most",
                hint="Bind the entity's identity to billing.meter_event.identifier.",
            )
        body = {**request.body, "identifier": key}
        call = operations.create(USAGE, body, request.idempotency_key, request.traceparent)
        try:
            answer = self._desk.channel.ask(call)
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.DUPLICATE:
                raise
            known = Record(ref=key, body={**body, "object": USAGE})
            return there_already(known, failure.outcome)
        shown = answer.mapping()
        if shown.get("object") != USAGE or shown.get("identifier") != key:
            raise answer.malformed(f"a {USAGE} with our identifier was expected")
        return Outcome(
            verdict=Verdict.DONE, record=Record(ref=key, body=shown), status=answer.status
        )


def _object(request: Request) -> str:
    return request.operation.rpartition(".")[0]


def _listed(value: object) -> list[Mapping[str, object]]:
    items = value if isinstance(value, list | tuple) else ()
    return [item for item in items if isinstance(item, Mapping)]


def _with(request: Request, body: Mapping[str, object]) -> Request:
    return replace(request, body={**request.body, **body})
