"""The window to Stripe Billing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, cast

import httpx2

from interlock.connectors.checkup import Checkup
from interlock.connectors.kit.auth import bearer_key, credential, unknown_scheme
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.checkup import examined
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connection,
    Event,
    Outcome,
    Record,
    Request,
)
from interlock.connectors.stripe import operations, webhook
from interlock.connectors.stripe.capability import (
    API_KEY,
    CAPABILITIES,
    CUSTOMER_UPSERT,
    DISPUTE_UPDATE,
    INVOICE_UPDATE,
    INVOICE_WITHDRAW,
    INVOICEITEM_DELETE,
    METER_EVENT_CREATE,
    PRICE_CREATE,
    PRODUCT_UPSERT,
    REFUND_CREATE,
    SUBSCRIPTION_CANCEL,
    SUBSCRIPTION_WITHDRAW,
)
from interlock.connectors.stripe.census import page_of_all
from interlock.connectors.stripe.checkup import probes
from interlock.connectors.stripe.documents import Documents
from interlock.connectors.stripe.errors import ROWS, fault_of
from interlock.connectors.stripe.feed import Feed, earlier
from interlock.connectors.stripe.lookup import SEARCH_LAG, Lookup
from interlock.connectors.stripe.masters import Masters
from interlock.connectors.stripe.proof import Desk, Writer
from interlock.connectors.stripe.turns import TURNS
from interlock.connectors.stripe.withdrawing import Withdrawals
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

CREATED: Final = (
    "billing.meter.create",
    "subscription.create",
    "subscription_schedule.create",
    "invoice.create",
    "invoiceitem.create",
    "credit_note.create",
)
CHANGED: Final = ("subscription.update", "subscription_schedule.update")


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Stripe":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random goes over this wire: every key is derived
    if connection.scheme != API_KEY:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes)
    who = bearer_key(credential(connection, "api_key"))
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    return Stripe(Channel(wire, who, Dialect(rows=ROWS, fault_of=fault_of)), clock, connection)


class Stripe:
    """Everything that is sold, billed and paid in one account."""

    def __init__(self, channel: Channel, clock: Clock, connection: Connection) -> None:
        self._channel = channel
        self._clock = clock
        lag = connection.options.get("search_lag")
        self._lookup = Lookup(channel, timedelta(seconds=float(lag)) if lag else SEARCH_LAG)
        self._feed = Feed(channel, connection.options)
        desk = Desk(channel, self._lookup)
        masters = Masters(desk)
        documents, withdrawals = Documents(desk, masters), Withdrawals(desk)
        self._writers: Mapping[str, Writer] = {
            **dict.fromkeys(CREATED, documents.create),
            **dict.fromkeys(TURNS, documents.turn),
            **dict.fromkeys(CHANGED, documents.change),
            CUSTOMER_UPSERT: masters.customer,
            PRODUCT_UPSERT: masters.product,
            PRICE_CREATE: masters.price,
            METER_EVENT_CREATE: documents.usage,
            SUBSCRIPTION_CANCEL: documents.cancel,
            SUBSCRIPTION_WITHDRAW: withdrawals.subscription,
            INVOICEITEM_DELETE: withdrawals.item,
            INVOICE_WITHDRAW: withdrawals.invoice,
            REFUND_CREATE: documents.refund,
            INVOICE_UPDATE: documents.set,
            DISPUTE_UPDATE: documents.set,
        }

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:
        return examined(self._channel, probes(objects))

    def read(self, obj: str, ref: str) -> Record | None:
        operations.path_of(obj)
        return self._lookup.read(obj, ref)

    def find(self, obj: str, field: str, value: str) -> Record | None:
        operations.path_of(obj)
        return self._lookup.find(obj, field, value)

    def write(self, request: Request) -> Outcome:
        writer = self._writers.get(request.operation)
        if writer is None:
            raise UsageError(
                f"Stripe has no operation `{request.operation}`",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )
        try:
            return writer(request)
        except CallFailed as failure:
            return failure.outcome

    def changes(self, obj: str, cursor: str | None) -> Changes:
        return self._feed.begin(obj) if cursor is None else self._feed.after(obj, cursor)

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by)

    def census(self, obj: str, page: str | None) -> Changes:
        return page_of_all(self._channel, obj, page)

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        return webhook.events(headers, body, secrets, self._clock.now())

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()
