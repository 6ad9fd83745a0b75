"""What can be done through a folder that an ERP watches."""

from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

FOLDER: Final = "shared-folder"
CUSTOMER_UPSERT: Final = "customer.upsert"
INVOICE_CREATE: Final = "invoice.create"
CREDIT_MEMO_CREATE: Final = "creditMemo.create"
_ONCE: Final = (
    "docs/connectors/file-drop.md: the journal drops a reference once; it is dropped again only "
    "when the ERP proved that it is absent, or refuses a repeated reference"
)

_OPERATIONS: Final = (
    Capability(
        operation=CUSTOMER_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.REFERENCE,
        source=_ONCE,
    ),
    Capability(
        operation=INVOICE_CREATE,
        effect=Effect.CREATE,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        source=_ONCE,
    ),
    Capability(
        operation=CREDIT_MEMO_CREATE,
        effect=Effect.REVERSE,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        reverses="invoice",
        source=_ONCE,
    ),
)

CAPABILITIES: Final = Capabilities(
    connector="filedrop",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({FOLDER}),
    limits=("as fast as the ERP reads its folder; an answer is waited for as long as declared",),
    feed="by the files that the ERP puts into the folder",
    events=frozenset(
        {
            "customer.changed",
            "invoice.changed",
            "creditMemo.changed",
            "payment.booked",
            "statement.received",
            "file.quarantined",
        }
    ),
)
