"""What can be done with Salesforce, for quote-to-cash (REST API v62.0)."""

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

_OPERATIONS: Final = (
    Capability(
        operation="Opportunity.update",
        effect=Effect.UPDATE,
        guarantee=Guarantee.REFERENCE,
        source=f"{_REST}/dome-update-fields.html",
    ),
    Capability(
        operation="Account.update",
        effect=Effect.UPDATE,
        guarantee=Guarantee.REFERENCE,
        source=f"{_REST}/dome-update-fields.html",
    ),
    Capability(
        operation="Account.upsert",
        effect=Effect.UPSERT,
        guarantee=Guarantee.REFERENCE,
        source=f"{_REST}/dome-upsert.html",
    ),
)

CAPABILITIES: Final = Capabilities(
    connector="salesforce",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({CLIENT_CREDENTIALS, JWT_BEARER}),
    closing_auth_schemes={
        "oauth2-password": (
            "External Client Apps do not support the username-password flow, and new connected "
            "apps cannot be created since Spring '26"
        )
    },
    events=frozenset(
        {
            "Account.changed",
            "Account.deleted",
            "Account.merged",
            "Opportunity.changed",
            "Opportunity.deleted",
        }
    ),
    acknowledgement=_ACKNOWLEDGEMENT,
)
