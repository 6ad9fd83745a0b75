"""What can be done with NetSuite (SuiteTalk REST web services)."""

from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

MACHINE_TO_MACHINE: Final = "oauth2-client-credentials"
TOKEN_BASED: Final = "oauth1-tba"  # noqa: S105 (the name of a scheme)
CUSTOMER_UPSERT: Final = "customer.upsert"
INVOICE_UPSERT: Final = "invoice.upsert"
CREDIT_MEMO_CREATE: Final = "creditMemo.create"
_HELP: Final = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help"

_OPERATIONS: Final = (
    Capability(
        operation=CUSTOMER_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.REFERENCE,
        source=f"{_HELP}/section_156334828635.html (external ids are unique)",
    ),
    Capability(
        operation=INVOICE_UPSERT,
        effect=Effect.UPSERT,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        source=f"{_HELP}/section_156334828635.html (external ids are unique)",
    ),
    Capability(
        operation=CREDIT_MEMO_CREATE,
        effect=Effect.REVERSE,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        reverses="invoice",
        source=f"{_HELP}/section_157901123882.html (transformation, with our external id)",
    ),
)

CAPABILITIES: Final = Capabilities(
    connector="netsuite",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({MACHINE_TO_MACHINE, TOKEN_BASED}),
    closing_auth_schemes={
        TOKEN_BASED: (
            "as of 2027.1 no new integrations can use token-based authentication; "
            "existing ones go on"
        )
    },
    events=frozenset({"customer.changed", "invoice.changed", "creditMemo.changed"}),
)
