"""The shapes of Stripe's requests and answers.

Bodies here have the form that a read shows: what is a list object there (``items.data``) is a
plain list in a request, and a price's product, price or customer is an id in a request even where
the answer holds the object.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from interlock.connectors.kit.dotted import placed
from interlock.connectors.kit.exchange import Call, Intent, segment, trace_header, with_form
from interlock.connectors.kit.flatten import flattened
from interlock.connectors.port import Body, Request
from interlock.foundation.errors import UsageError

VERSION: Final = "2026-10-28.endive"
PAGE: Final = 100
PATHS: Final[Mapping[str, str]] = {
    "customer": "/v1/customers",
    "product": "/v1/products",
    "price": "/v1/prices",
    "billing.meter": "/v1/billing/meters",
    "billing.meter_event": "/v1/billing/meter_events",
    "billing.meter_event_summary": "/v1/billing/meters",
    "subscription": "/v1/subscriptions",
    "subscription_schedule": "/v1/subscription_schedules",
    "invoice": "/v1/invoices",
    "invoiceitem": "/v1/invoiceitems",
    "invoice_payment": "/v1/invoice_payments",
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "credit_note": "/v1/credit_notes",
    "dispute": "/v1/disputes",
}
"""Object -> where it lives; the object's own field ``object`` has the same name."""
_HEADERS: Final = {"Stripe-Version": VERSION}
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
LONGEST_KEY: Final = 255

Pairs = Sequence[tuple[str, str]]
EXPANDED: Final[Mapping[str, Pairs]] = {"invoice": (("expand[]", "payments"),)}
"""Object -> what is shown of it only to those who ask."""


def path_of(obj: str) -> str:
    """Return where objects of this kind live.

    Raises:
        UsageError: The connector does not know the kind.
    """
    if obj not in PATHS:
        raise UsageError(
            f"the Stripe connector has no object `{obj[:80]}`",
            hint=f"It has: {', '.join(sorted(PATHS))}.",
        )
    return PATHS[obj]


def is_plain(ref: str) -> bool:
    """Tell whether `ref` can be an id: nothing that would name another path."""
    return _PLAIN_ID.fullmatch(ref) is not None


def retrieve(obj: str, ref: str) -> Call:
    """Return the call that reads one object by its id, an invoice with its payments."""
    return _read(f"{path_of(obj)}/{segment(ref)}", EXPANDED.get(obj, ()))


def listing(obj: str, query: Pairs) -> Call:
    """Return the call for a page of a list: strongly consistent, newest first."""
    return _read(path_of(obj), (*query, ("limit", str(PAGE))))


def searching(obj: str, query: str) -> Call:
    """Return the call for a search: complete, but up to a minute or more behind (F10)."""
    return _read(f"{path_of(obj)}/search", (("query", query), ("limit", str(PAGE))))


def events(query: Pairs) -> Call:
    """Return the call for a page of events, newest first."""
    return _read("/v1/events", query)


def _read(path: str, query: Pairs = ()) -> Call:
    return Call(intent=Intent.READ, method="GET", path=path, query=query, headers=_HEADERS)


def create(obj: str, body: Body, idempotency_key: str, traceparent: str) -> Call:
    """Return the call that creates an object, once per `idempotency_key` within the window."""
    key = {"Idempotency-Key": idempotency_key[:LONGEST_KEY]}
    return _post(path_of(obj), without_nothing(body), key, traceparent)


def update(obj: str, ref: str, request: Request) -> Call:
    """Return the call that sets fields of an object; ``None`` unsets one.

    It carries no idempotency key on purpose: setting the same fields twice changes nothing, while
    a replayed answer would hide that somebody else changed them in between.
    """
    path = f"{path_of(obj)}/{segment(ref)}"
    return _post(path, asked(request.body), {}, request.traceparent)


def change(obj: str, ref: str, request: Request) -> Call:
    """Return the call that changes an object once per idempotency key within the window.

    For changes that are not harmless twice: an item without an id is added again.
    """
    key = {"Idempotency-Key": request.idempotency_key[:LONGEST_KEY]}
    path = f"{path_of(obj)}/{segment(ref)}"
    return _post(path, asked(request.body), key, request.traceparent)


def turn(obj: str, ref: str, verb: str, request: Request) -> Call:
    """Return the call that brings an object into another state; its state says whether it is.

    Without an idempotency key: a refusal (a declined card) would be replayed under it for a day.
    """
    path = f"{path_of(obj)}/{segment(ref)}{verb}"
    return _post(path, without_nothing(request.body), {}, request.traceparent)


def summaries(meter: str, query: Pairs) -> Call:
    """Return the call for what a customer's usage comes to in a time."""
    return _read(f"{PATHS['billing.meter']}/{segment(meter)}/event_summaries", query)


def cancel(ref: str, request: Request) -> Call:
    """Return the call that ends a subscription now."""
    return delete("subscription", ref, request)


def delete(obj: str, ref: str, request: Request) -> Call:
    """Return the call that deletes an object; of a subscription, that ends it now."""
    return Call(
        intent=Intent.WRITE,
        method="DELETE",
        path=f"{path_of(obj)}/{segment(ref)}",
        query=flattened(request.body),
        headers={**_HEADERS, **trace_header(request.traceparent)},
    )


def _post(path: str, body: Body, extra: Mapping[str, str], traceparent: str) -> Call:
    headers, content = with_form(flattened(body))
    return Call(
        intent=Intent.WRITE,
        method="POST",
        path=path,
        headers={**_HEADERS, **headers, **extra, **trace_header(traceparent)},
        content=content,
    )


def keyed(request: Request) -> dict[str, object]:
    """Return the request's body with our reference in its field.

    Raises:
        UsageError: There is no reference: nothing could ever find the object again.
    """
    if not request.key_field or not request.key:
        raise UsageError(
            f"`{request.operation}` needs our reference and the field that carries it",
            hint="Bind the entity's identity to e.g. customer.metadata.crm_id.",
        )
    return placed(request.body, request.key_field, request.key)


def derived_key(obj: str, field: str, value: str) -> str:
    """Return the idempotency key of *the* object with this reference, whoever asks for it."""
    digest = hashlib.sha256(f"{obj}\n{field}\n{value}".encode()).hexdigest()
    return f"interlock-{obj}-{digest}"


def asked(body: Body) -> dict[str, object]:
    """Return `body` as a request wants it: list objects become lists."""
    return {name: _unwrapped(value) for name, value in body.items()}


def _unwrapped(value: object) -> object:
    if isinstance(value, Mapping):
        inner = value.get("data")
        if isinstance(inner, list | tuple):
            return [_unwrapped(item) for item in inner]
        return {name: _unwrapped(item) for name, item in value.items()}
    return value


def without_nothing(body: Body) -> dict[str, object]:
    """Return `body` as a creation wants it: what is ``None`` is not said at all."""
    return {name: _pruned(value) for name, value in asked(body).items() if value is not None}


def _pruned(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _pruned(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    return value
