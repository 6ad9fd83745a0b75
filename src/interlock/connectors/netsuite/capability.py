"""What can be done with NetSuite (SuiteTalk REST web services)."""

from typing import Final

from interlock.connectors.netsuite.transforms import TRANSFORMS
from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

MACHINE_TO_MACHINE: Final = "oauth2-client-credentials"
TOKEN_BASED: Final = "oauth1-tba"  # noqa: S105 (the name of a scheme)
JOURNAL_APPROVE: Final = "journalEntry.approve"
JOURNAL_REJECT: Final = "journalEntry.reject"
JOURNAL_REVERSE: Final = "journalEntry.reverse"
ORDER_CLOSE: Final = "purchaseOrder.close"
_HELP: Final = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help"
_EXTERNAL_ID: Final = f"{_HELP}/section_156334828635.html (external ids are unique)"
_TRANSFORM: Final = f"{_HELP}/section_157901123882.html (transformation, with our external id)"
_JOURNAL: Final = "REST API Browser 2026.1: journalEntry (approved, approvalStatus)"

UPSERTED: Final = (
    "customer",
    "vendor",
    "serviceSaleItem",
    "salesOrder",
    "invoice",
    "purchaseRequisition",
    "purchaseOrder",
    "vendorBill",
    "journalEntry",
    "customerRefund",
)
"""Record types that are put under our reference, ``PUT /{type}/eid:{key}``."""
UNPOLLED: Final = frozenset({"serviceSaleItem"})
"""SuiteQL keeps items of every kind in one table, which the feed does not know."""
_POSTING: Final = frozenset({"invoice", "vendorBill", "customerRefund"})
_MADE_POSTING: Final = frozenset(
    {
        "invoice",
        "creditMemo",
        "customerPayment",
        "itemReceipt",
        "vendorBill",
        "vendorPayment",
        "vendorCredit",
    }
)


def _upserts() -> tuple[Capability, ...]:
    return tuple(
        Capability(
            operation=f"{obj}.upsert",
            effect=Effect.UPSERT,
            guarantee=Guarantee.REFERENCE,
            posts=obj in _POSTING,
            source=_EXTERNAL_ID,
        )
        for obj in UPSERTED
    )


def _transforms() -> tuple[Capability, ...]:
    return tuple(
        Capability(
            operation=operation,
            effect=Effect.REVERSE if each.reverses else Effect.CREATE,
            guarantee=Guarantee.REFERENCE,
            posts=each.target in _MADE_POSTING,
            reverses=each.source if each.reverses else None,
            source=_TRANSFORM,
        )
        for operation, each in TRANSFORMS.items()
    )


_TRANSITIONS: Final = (
    Capability(
        operation=JOURNAL_APPROVE,
        effect=Effect.TRANSITION,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        source=_JOURNAL,
    ),
    Capability(
        operation=JOURNAL_REJECT,
        effect=Effect.TRANSITION,
        guarantee=Guarantee.REFERENCE,
        source=_JOURNAL,
    ),
    Capability(
        operation=JOURNAL_REVERSE,
        effect=Effect.REVERSE,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        reverses="journalEntry",
        source=_EXTERNAL_ID,
    ),
    Capability(
        operation=ORDER_CLOSE,
        effect=Effect.TRANSITION,
        guarantee=Guarantee.REFERENCE,
        source="REST API Browser 2026.1: purchaseOrder-itemElement (isClosed)",
    ),
)
_OPERATIONS: Final = (*_upserts(), *_transforms(), *_TRANSITIONS)

CAPABILITIES: Final = Capabilities(
    connector="netsuite",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({MACHINE_TO_MACHINE, TOKEN_BASED}),
    limits=(
        "calls at once, per account and shared by all integrations: 5, or 15 and more (F7)",
        "a request may run for 15 minutes (F3)",
        "SuiteQL: 1,000 rows a page, 100,000 in all",
    ),
    feed="by SuiteQL on lastmodifieddate with overlap; deleted records are not seen",
    closing_auth_schemes={
        TOKEN_BASED: (
            "as of 2027.1 no new integrations can use token-based authentication; "
            "existing ones go on"
        )
    },
    events=frozenset(
        f"{obj}.changed"
        for obj in (*UPSERTED, "creditMemo", "customerPayment", "itemReceipt", "vendorPayment")
        if obj not in UNPOLLED
    ),
)
