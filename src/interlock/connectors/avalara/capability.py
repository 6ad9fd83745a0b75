"""What can be done with AvaTax (REST v2)."""

from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee

BASIC: Final = "basic"
ESTIMATE: Final = "transaction.estimate"
RECORD: Final = "transaction.record"
VOID: Final = "transaction.void"
_DOCS: Final = "https://developer.avalara.com/api-reference/avatax/rest/v2/methods/Transactions"

_OPERATIONS: Final = (
    Capability(
        operation=ESTIMATE,
        effect=Effect.READ,
        guarantee=Guarantee.SAFE,
        source=f"{_DOCS}/CreateTransaction (type SalesOrder is not recorded)",
    ),
    Capability(
        operation=RECORD,
        effect=Effect.CREATE,
        guarantee=Guarantee.REFERENCE,
        posts=True,
        source=f"{_DOCS}/CreateTransaction (an error if the code is committed already)",
    ),
    Capability(
        operation=VOID,
        effect=Effect.REVERSE,
        guarantee=Guarantee.REFERENCE,
        reverses="transaction",
        source=f"{_DOCS}/VoidTransaction",
    ),
)

CAPABILITIES: Final = Capabilities(
    connector="avalara",
    operations={capability.operation: capability for capability in _OPERATIONS},
    auth_schemes=frozenset({BASIC}),
)
