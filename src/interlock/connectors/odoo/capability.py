"""What can be done with Odoo 19 (JSON-2 API)."""

from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

API_KEY: Final = "api-key"
PARTNER_UPSERT: Final = "partner.upsert"
PRODUCT_UPSERT: Final = "product.upsert"
ORDER_CREATE: Final = "order.create"
ORDER_CONFIRM: Final = "order.confirm"
ORDER_CANCEL: Final = "order.cancel"
INVOICE_CREATE: Final = "invoice.create"
INVOICE_POST: Final = "invoice.post"
INVOICE_CREDIT: Final = "invoice.credit"
PAYMENT_CREATE: Final = "payment.create"
PAYMENT_CANCEL: Final = "payment.cancel"
ENTRY_CREATE: Final = "entry.create"
ENTRY_POST: Final = "entry.post"
ENTRY_REVERSE: Final = "entry.reverse"
_UNIQUE: Final = (
    "tried on Odoo 19.0: `load` under an external id, which is unique in ir.model.data"
)
_STATE: Final = "tried on Odoo 19.0: refused, or without effect, once the state is reached"


def _loaded(
    operation: str, effect: Effect, *, posts: bool = False, reverses: str | None = None
) -> Capability:
    return Capability(
        operation=operation,
        effect=effect,
        guarantee=Guarantee.REFERENCE,
        posts=posts,
        reverses=reverses,
        source=_UNIQUE,
    )


def _pressed(
    operation: str, effect: Effect, *, posts: bool = False, reverses: str | None = None
) -> Capability:
    return Capability(
        operation=operation,
        effect=effect,
        guarantee=Guarantee.REFERENCE,
        posts=posts,
        reverses=reverses,
        source=_STATE,
    )


_OPERATIONS: Final = (
    _loaded(PARTNER_UPSERT, Effect.UPSERT),
    _loaded(PRODUCT_UPSERT, Effect.UPSERT),
    _loaded(ORDER_CREATE, Effect.CREATE),
    _pressed(ORDER_CONFIRM, Effect.TRANSITION),
    _pressed(ORDER_CANCEL, Effect.TRANSITION),
    _loaded(INVOICE_CREATE, Effect.CREATE),
    _pressed(INVOICE_POST, Effect.TRANSITION, posts=True),
    _loaded(INVOICE_CREDIT, Effect.REVERSE, posts=True, reverses="invoice"),
    _loaded(PAYMENT_CREATE, Effect.CREATE, posts=True),
    _pressed(PAYMENT_CANCEL, Effect.REVERSE, posts=True, reverses="payment"),
    _loaded(ENTRY_CREATE, Effect.CREATE),
    _pressed(ENTRY_POST, Effect.TRANSITION, posts=True),
    _loaded(ENTRY_REVERSE, Effect.REVERSE, posts=True, reverses="entry"),
)

CAPABILITIES: Final = Capabilities(
    connector="odoo",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({API_KEY}),
    limits=("an API key lasts 90 days at most, unless an administrator has it",),
    feed="by write_date with overlap; deleted records are not seen",
    events=frozenset(
        f"{obj}.{what}"
        for obj in ("partner", "product", "order", "invoice", "payment", "entry")
        for what in ("changed", "deleted")
    ),
)
