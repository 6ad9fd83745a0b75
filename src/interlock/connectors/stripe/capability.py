"""What can be done with Stripe Billing (API v1, version 2026-10-28.endive)."""

from datetime import timedelta
from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

API_KEY: Final = "api-key"
WINDOW: Final = timedelta(hours=24)
"""A key may be forgotten once it is this old (counterparties.md 2.5)."""
CUSTOMER_UPSERT: Final = "customer.upsert"
PRICE_CREATE: Final = "price.create"
METER_CREATE: Final = "billing.meter.create"
SUBSCRIPTION_CREATE: Final = "subscription.create"
SUBSCRIPTION_CANCEL: Final = "subscription.cancel"
_API: Final = "https://docs.stripe.com/api"

_OPERATIONS: Final = (
    Capability(
        operation=CUSTOMER_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.KEY,
        window=WINDOW,
        source=f"{_API}/customers/create; README.md says why a lookup by metadata is strong here",
    ),
    Capability(
        operation=PRICE_CREATE,
        effect=Effect.CREATE,
        guarantee=Guarantee.REFERENCE,
        source=f"{_API}/prices/create (lookup_key is unique)",
    ),
    Capability(
        operation=METER_CREATE,
        effect=Effect.CREATE,
        guarantee=Guarantee.KEY,
        window=WINDOW,
        source=f"{_API}/billing/meter/create",
    ),
    Capability(
        operation=SUBSCRIPTION_CREATE,
        effect=Effect.CREATE,
        guarantee=Guarantee.KEY,
        window=WINDOW,
        source=f"{_API}/subscriptions/create, {_API}/idempotent_requests",
    ),
    Capability(
        operation=SUBSCRIPTION_CANCEL,
        effect=Effect.TRANSITION,
        guarantee=Guarantee.REFERENCE,
        source=f"{_API}/subscriptions/cancel (a cancelled subscription stays cancelled)",
    ),
)

EVENTS: Final = {
    "customer": ("customer.created", "customer.updated", "customer.deleted"),
    "subscription": (
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
    ),
    "invoice": (
        "invoice.created",
        "invoice.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.marked_uncollectible",
        "invoice.voided",
    ),
    "price": ("price.created", "price.updated", "price.deleted"),
}
"""Object -> the events about it that are polled."""

CAPABILITIES: Final = Capabilities(
    connector="stripe",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({API_KEY}),
    events=frozenset(event for events in EVENTS.values() for event in events),
)
