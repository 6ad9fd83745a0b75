"""What the rest refers to: customers, products, prices."""

import threading
from dataclasses import replace
from typing import Final

from interlock.connectors.kit.dotted import placed
from interlock.connectors.kit.evidence import by_key
from interlock.connectors.port import CallFailed, Kind, Outcome, Request, Verdict
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.answers import record_of
from interlock.connectors.stripe.proof import Desk, nothing_sent, there_already
from interlock.foundation.errors import UsageError

CODES: Final = "It becomes the id of the product; transform it if yours has others."


class Masters:
    """Writes master data; several runs that want the same object make one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._products: set[str] = set()

    def customer(self, request: Request) -> Outcome:
        """Set the fields of the customer with our reference; make it first if there is none.

        What is made is the same for everybody who asks (our reference, nothing else, under a key
        derived from it), so that two runs, two workers or a replay make one customer.
        """
        body = operations.keyed(request)
        field, key = str(request.key_field), str(request.key)
        found = None
        if request.ref is None:
            found = self._desk.lookup.settled("customer", field, key)
        ref = request.ref or (found.ref if found else self._new_customer(field, key, request))
        call = operations.update("customer", ref, replace(request, body=body))
        outcome = self._desk.done("customer", call, ref=ref)
        if outcome.record:
            self._desk.lookup.hint("customer", field, outcome.record)
        return outcome

    def _new_customer(self, field: str, key: str, request: Request) -> str:
        bare = placed({}, field, key)
        once = operations.derived_key("customer", field, key)
        call = operations.create("customer", bare, once, request.traceparent)
        answer = self._desk.channel.ask(call)
        record = record_of("customer", answer, answer.mapping())
        if record is None:
            raise answer.malformed("a new customer that is deleted")
        return by_key(answer, record, field, key).ref

    def product(self, request: Request) -> Outcome:
        """Set the fields of the product whose id is our code; make it if there is none."""
        code = _code(request.key if request.key_field == "id" else None, request.operation)
        body = {name: value for name, value in request.body.items() if name != "id"}
        if self._desk.lookup.read("product", code) is None:
            made = self._made_product(code, {"name": code, **body}, request)
            if made is not None:
                return made
        call = operations.update("product", code, replace(request, body=body))
        return self._desk.done("product", call, ref=code)

    def price(self, request: Request) -> Outcome:
        """Make a price under a lookup key of ours, which is unique."""
        body = operations.keyed(request)
        self.has_product(body.get("product"), request)
        call = operations.create("price", body, request.idempotency_key, request.traceparent)
        try:
            return self._desk.done("price", call, made=request)
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.DUPLICATE:
                raise
            field, key = str(request.key_field), str(request.key)
            record = self._desk.lookup.find("price", field, key)
            return there_already(record, failure.outcome) if record else failure.outcome

    def has_product(self, product: object, request: Request) -> None:
        """Make sure that a product exists: its id is our product code, chosen by us.

        Raises:
            CallFailed: It does not, and could not be made; nothing else was sent.
        """
        code = _code(product, request.operation)
        with self._lock:
            if code in self._products:
                return
        try:
            if self._desk.lookup.read("product", code) is None:
                self._made_product(code, {"name": code}, request)
        except CallFailed as failure:
            raise nothing_sent(failure) from None
        with self._lock:
            self._products.add(code)

    def _made_product(
        self, code: str, body: dict[str, object], request: Request
    ) -> Outcome | None:
        """Make a product; ``None`` when somebody else was faster."""
        once = operations.derived_key("product", "id", code)
        call = operations.create("product", {**body, "id": code}, once, request.traceparent)
        try:
            return self._desk.done("product", call, ref=code)
        except CallFailed as failure:
            # Another body under the same derived key: it was made by somebody with other words.
            if failure.outcome.kind not in {Kind.DUPLICATE, Kind.CONFLICT} or not _is_sure(
                failure.outcome
            ):
                raise
            return None


def _is_sure(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.REJECTED


def _code(product: object, operation: str) -> str:
    if not isinstance(product, str) or not operations.is_plain(product):
        raise UsageError(
            f"`{operation}` needs a product code of letters, digits, - and _", hint=CODES
        )
    return product
