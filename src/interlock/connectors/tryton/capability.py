"""What can be done with Tryton 8.2 (REST user application)."""

from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

API_KEY: Final = "api-key"
PARTY_UPSERT: Final = "party.upsert"
INVOICE_CREATE: Final = "invoice.create"
INVOICE_POST: Final = "invoice.post"
INVOICE_CREDIT: Final = "invoice.credit"
_RUN: Final = "tried on trytond 8.2.1"

_OPERATIONS: Final = (
    Capability(
        operation=PARTY_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.REFERENCE,
        source=f"{_RUN}: the code of a party is unique",
    ),
    Capability(
        operation=INVOICE_CREATE,
        effect=Effect.CREATE,
        guarantee=Guarantee.NOTHING,
        source=f"{_RUN}: two invoices with one reference are accepted",
    ),
    Capability(
        operation=INVOICE_POST,
        effect=Effect.TRANSITION,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        source=f"{_RUN}: a second post is refused",
    ),
    Capability(
        operation=INVOICE_CREDIT,
        effect=Effect.REVERSE,
        guarantee=Guarantee.NOTHING,
        posts=True,
        reverses="invoice",
        source=f"{_RUN}: an invoice of negative quantities, then posted",
    ),
)

CAPABILITIES: Final = Capabilities(
    connector="tryton",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({API_KEY}),
    limits=("one posting at a time: gap-free numbers take a lock and do not wait",),
    feed="by last_modified_at with overlap; deleted records are not seen",
    events=frozenset({"party.changed", "invoice.changed"}),
)
