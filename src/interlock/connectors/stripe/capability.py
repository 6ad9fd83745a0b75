"""What can be done with Stripe Billing (API v1, version 2026-10-28.endive)."""

from datetime import timedelta
from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

API_KEY: Final = "api-key"
WINDOW: Final = timedelta(hours=24)
"""A key may be forgotten once it is this old (counterparties.md 2.5)."""
CUSTOMER_UPSERT: Final = "customer.upsert"
PRODUCT_UPSERT: Final = "product.upsert"
PRICE_CREATE: Final = "price.create"
METER_EVENT_CREATE: Final = "billing.meter_event.create"
SUBSCRIPTION_CREATE: Final = "subscription.create"
SUBSCRIPTION_UPDATE: Final = "subscription.update"
SUBSCRIPTION_CANCEL: Final = "subscription.cancel"
INVOICE_UPDATE: Final = "invoice.update"
SUBSCRIPTION_WITHDRAW: Final = "subscription.withdraw"
"""Ours: cancel it, and void its invoices of which nothing was paid."""
INVOICEITEM_DELETE: Final = "invoiceitem.delete"
INVOICE_WITHDRAW: Final = "invoice.withdraw"
"""Ours: delete a draft with its items, void one that is open."""
REFUND_CREATE: Final = "refund.create"
DISPUTE_UPDATE: Final = "dispute.update"
_API: Final = "https://docs.stripe.com/api"


def _keyed(
    operation: str, page: str, effect: Effect = Effect.CREATE, **more: "bool | str"
) -> Capability:
    """Return an operation that honours an idempotency key for a day (class A)."""
    return Capability(
        operation=operation,
        effect=effect,
        guarantee=Guarantee.KEY,
        window=WINDOW,
        source=f"{_API}/{page}, {_API}/idempotent_requests",
        **more,  # type: ignore[arg-type]  # the flags of a capability, as it names them
    )


def _turning(
    operation: str, page: str, effect: Effect = Effect.TRANSITION, **more: "bool | str"
) -> Capability:
    """Return a change of state that is proven by the state itself (class B)."""
    return Capability(
        operation=operation,
        effect=effect,
        guarantee=Guarantee.REFERENCE,
        source=f"{_API}/{page} (what it comes to is read from the object's own state)",
        **more,  # type: ignore[arg-type]  # as above
    )


_OPERATIONS: Final = (
    Capability(
        operation=CUSTOMER_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.KEY,
        window=WINDOW,
        source=f"{_API}/customers/create; README.md says why a lookup by metadata is strong here",
    ),
    Capability(
        operation=PRODUCT_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.REFERENCE,
        source=f"{_API}/products/create (its id is ours to choose, and unique)",
    ),
    Capability(
        operation=PRICE_CREATE,
        effect=Effect.CREATE,
        guarantee=Guarantee.REFERENCE,
        source=f"{_API}/prices/create (lookup_key is unique)",
    ),
    _turning("product.archive", "products/update"),
    _turning("price.archive", "prices/update"),
    _keyed("billing.meter.create", "billing/meter/create"),
    # It cannot be looked up one by one: within the window its identifier tells, later nobody can.
    _keyed(METER_EVENT_CREATE, "billing/meter-event/create", strong_lookup=False),
    _keyed(SUBSCRIPTION_CREATE, "subscriptions/create"),
    _keyed(SUBSCRIPTION_UPDATE, "subscriptions/update", Effect.UPDATE),
    _turning(SUBSCRIPTION_CANCEL, "subscriptions/cancel"),
    _turning(SUBSCRIPTION_WITHDRAW, "subscriptions/cancel"),
    _keyed("subscription_schedule.create", "subscription_schedules/create"),
    _keyed("subscription_schedule.update", "subscription_schedules/update", Effect.UPDATE),
    _turning("subscription_schedule.release", "subscription_schedules/release"),
    _turning("subscription_schedule.cancel", "subscription_schedules/cancel"),
    _keyed("invoice.create", "invoices/create"),
    _keyed("invoiceitem.create", "invoiceitems/create"),
    _turning(INVOICEITEM_DELETE, "invoiceitems/delete", Effect.REVERSE, reverses="invoiceitem"),
    _turning(INVOICE_UPDATE, "invoices/update", Effect.UPDATE),
    _turning("invoice.finalize", "invoices/finalize", posts=True),
    _turning("invoice.pay", "invoices/pay", posts=True),
    _turning("invoice.void", "invoices/void", Effect.REVERSE, reverses="invoice"),
    _turning(INVOICE_WITHDRAW, "invoices/delete", Effect.REVERSE, reverses="invoice"),
    _turning("invoice.mark_uncollectible", "invoices/mark_uncollectible"),
    _keyed(
        "credit_note.create",
        "credit_notes/create",
        Effect.REVERSE,
        posts=True,
        reverses="invoice",
    ),
    _turning("credit_note.void", "credit_notes/void", Effect.REVERSE, reverses="credit_note"),
    _keyed(
        REFUND_CREATE, "refunds/create", Effect.REVERSE, posts=True, reverses="invoice_payment"
    ),
    _turning(DISPUTE_UPDATE, "disputes/update", Effect.UPDATE),
    _turning("dispute.close", "disputes/close"),
)

EVENTS: Final = {
    "customer": ("customer.created", "customer.updated", "customer.deleted"),
    "product": ("product.created", "product.updated", "product.deleted"),
    "price": ("price.created", "price.updated", "price.deleted"),
    "subscription": (
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
    ),
    "subscription_schedule": (
        "subscription_schedule.created",
        "subscription_schedule.updated",
        "subscription_schedule.released",
        "subscription_schedule.canceled",
        "subscription_schedule.completed",
        "subscription_schedule.aborted",
    ),
    "invoice": (
        "invoice.created",
        "invoice.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.overdue",
        "invoice.overpaid",
        "invoice.payment_failed",
        "invoice.marked_uncollectible",
        "invoice.voided",
    ),
    "invoice_payment": ("invoice_payment.paid",),
    "credit_note": ("credit_note.created", "credit_note.updated", "credit_note.voided"),
    "refund": ("refund.created", "refund.updated", "refund.failed"),
    "dispute": (
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    ),
    "billing.meter": ("billing.meter.created", "billing.meter.updated"),
}
"""Object -> the events about it that are polled."""

CAPABILITIES: Final = Capabilities(
    connector="stripe",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({API_KEY}),
    events=frozenset(event for events in EVENTS.values() for event in events),
    limits=(
        "100 calls a second live, 25 for each endpoint, 25 in a sandbox (F7)",
        "lists hold 100 objects a page; events are kept for 30 days",
    ),
    feed="by the events list, in windows of the vendor's time with overlap; an older cursor fails",
)
