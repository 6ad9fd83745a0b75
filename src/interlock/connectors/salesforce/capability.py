"""What can be done with Salesforce (REST API v62.0)."""

from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

CLIENT_CREDENTIALS: Final = "oauth2-client-credentials"
JWT_BEARER: Final = "oauth2-jwt-bearer"
_REST: Final = "https://developer.salesforce.com/docs/platform/api-rest/guide"
_ACKNOWLEDGEMENT: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)
"""The only answer to an outbound message that ends its repetitions."""

UPDATED: Final = (
    "Account",
    "Contact",
    "Opportunity",
    "OpportunityLineItem",
    "Product2",
    "PricebookEntry",
)
"""Objects of which existing records are changed by their Ids."""
UPSERTED: Final = ("Account", "Contact", "Product2")
"""Objects that are also made, under a field marked External ID and Unique."""
_OPERATIONS: Final = (
    *(
        Capability(
            operation=f"{obj}.update",
            effect=Effect.UPDATE,
            guarantee=Guarantee.REFERENCE,
            source=f"{_REST}/dome-update-fields.html",
        )
        for obj in UPDATED
    ),
    *(
        Capability(
            operation=f"{obj}.upsert",
            effect=Effect.UPSERT,
            guarantee=Guarantee.REFERENCE,
            source=f"{_REST}/dome-upsert.html",
        )
        for obj in UPSERTED
    ),
)
_EVENTS: Final = frozenset(f"{obj}.{verb}" for obj in UPDATED for verb in ("changed", "deleted"))

CAPABILITIES: Final = Capabilities(
    connector="salesforce",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({CLIENT_CREDENTIALS, JWT_BEARER}),
    limits=(
        "per org and 24 hours: 100,000 calls and 1,000 for each user (F7)",
        "25 calls at once that last 20 s (F7); a call may run for 10 minutes (F3)",
    ),
    lines=frozenset({"pubsub"}),
    feed="by SystemModstamp with overlap, deleted and merged records too; a sweep finds the rest",
    closing_auth_schemes={
        "oauth2-password": (
            "External Client Apps do not support the username-password flow, and new connected "
            "apps cannot be created since Spring '26"
        )
    },
    events=_EVENTS | {"Account.merged", "Contact.merged"},
    acknowledgement=_ACKNOWLEDGEMENT,
)
