"""The window to Odoo."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final, cast

import httpx2

from interlock.connectors.checkup import Checkup
from interlock.connectors.kit.auth import FixedAuth, credential, unknown_scheme
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.checkup import examined
from interlock.connectors.kit.http import Wire
from interlock.connectors.odoo import capability as can
from interlock.connectors.odoo import operations
from interlock.connectors.odoo.cells import Cells
from interlock.connectors.odoo.census import Counter
from interlock.connectors.odoo.checkup import probes
from interlock.connectors.odoo.codes import Codes
from interlock.connectors.odoo.documents import Composer
from interlock.connectors.odoo.errors import ROWS, fault_of
from interlock.connectors.odoo.feed import Feed, earlier
from interlock.connectors.odoo.loading import Loading
from interlock.connectors.odoo.locks import Locks
from interlock.connectors.odoo.masters import Masters
from interlock.connectors.odoo.models import model_of
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.odoo.orders import Orders
from interlock.connectors.odoo.payments import Payments, is_half_payment
from interlock.connectors.odoo.postings import Desk, Postings
from interlock.connectors.odoo.records import Records
from interlock.connectors.odoo.reversals import Reversals, is_half_reversal
from interlock.connectors.port import (
    Body,
    CallFailed,
    Changes,
    Connection,
    DeliveryRefused,
    Event,
    Outcome,
    Record,
    Request,
)
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

TAX: Final = "External tax"
Writer = Callable[[Request, Scope], Outcome]


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Odoo":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme, the credential or an option does not do.
    """
    _ = ids  # nothing random goes over this wire
    if connection.scheme != can.API_KEY:
        raise unknown_scheme(connection, can.CAPABILITIES.auth_schemes)
    key = credential(connection, "api_key")
    database = connection.options.get("database")
    named = {"X-Odoo-Database": database} if database else {}
    who = FixedAuth({"Authorization": f"bearer {key}", **named}, (key,))
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    channel = Channel(wire, who, Dialect(rows=ROWS, fault_of=fault_of))
    return Odoo(channel, clock, connection.options)


class Odoo:
    """The customer side of one company's books."""

    def __init__(self, channel: Channel, clock: Clock, options: Mapping[str, str]) -> None:
        self._channel = channel
        tax = options.get("tax", TAX)
        self._codes = Codes(channel, clock)
        self._records = Records(channel, self._codes, tax)
        self._feed = Feed(self._records, Counter(channel), options)
        self._only_company = _company(options.get("company"))
        self._writers = self._desks(channel, tax)

    def _desks(self, channel: Channel, tax: str) -> Mapping[str, Writer]:
        cells = Cells(self._codes)
        loading = Loading(channel, self._records)
        desk = Desk(
            records=self._records,
            loading=loading,
            composer=Composer(self._codes, cells, tax),
            codes=self._codes,
            locks=Locks(channel),
        )
        masters, postings = Masters(self._records, loading, cells), Postings(desk)
        reversals, payments = Reversals(desk, postings), Payments(desk, channel)
        orders = Orders(desk, postings)
        return {
            can.PARTNER_UPSERT: masters.partner,
            can.PRODUCT_UPSERT: masters.product,
            can.ORDER_CREATE: orders.create,
            can.ORDER_CONFIRM: orders.confirm,
            can.ORDER_CANCEL: orders.cancel,
            can.INVOICE_CREATE: postings.create_invoice,
            can.INVOICE_POST: postings.post_invoice,
            can.INVOICE_CREDIT: reversals.credit,
            can.PAYMENT_CREATE: payments.create,
            can.PAYMENT_CANCEL: payments.cancel,
            can.ENTRY_CREATE: postings.create_entry,
            can.ENTRY_POST: postings.post_entry,
            can.ENTRY_REVERSE: reversals.reverse,
        }

    @property
    def capabilities(self) -> Capabilities:
        return can.CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:
        return examined(self._channel, probes(objects))

    def read(self, obj: str, ref: str) -> Record | None:
        return self._records.read(model_of(obj), ref, self._scope())

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """Return the object; what takes several requests counts once all of them are made.

        So a reversal that is not posted yet, and a payment that is not posted or matched yet,
        read as not there, and the next attempt, which looks for itself, goes on with it.
        """
        model = model_of(obj)
        if field == "id":
            return self.read(obj, value)
        if field not in model.found_by:
            raise UsageError(
                f"Odoo cannot find a {obj} by `{field}`",
                hint=f"Bind the identity to one of: {', '.join(sorted(model.found_by))}.",
            )
        found = self._records.keyed(model, field, value, self._scope())
        if found is None or is_half_reversal(found):
            return None
        return None if "memo" in found.body and is_half_payment(found) else found

    def write(self, request: Request) -> Outcome:
        writer = self._writers.get(request.operation)
        if writer is None:
            raise UsageError(
                f"Odoo has no operation `{request.operation}`",
                hint=f"It has: {', '.join(can.CAPABILITIES.operations)}.",
            )
        try:
            return writer(request, self._scope(request.body, request.traceparent))
        except CallFailed as failure:
            return failure.outcome

    def _scope(self, body: Body = MappingProxyType({}), traceparent: str = "") -> Scope:
        """Return the company: the body's, else the option's, else the only one there is."""
        given = body.get("company_id")
        company = _company(str(given)) if given else self._only_company
        return Scope(company=company or self._codes.company(), traceparent=traceparent)

    def changes(self, obj: str, cursor: str | None) -> Changes:
        model = model_of(obj)
        if cursor is None:
            return self._feed.begin(model, self._scope())
        return self._feed.after(model, cursor, self._scope())

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by)

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        """Believe no delivery: Odoo neither signs nor numbers them, and sends each several times.

        Declare ``webhook: {scheme: allow-list, from: [...]}``; a delivery is a reason to poll.
        """
        raise DeliveryRefused("Odoo signs no deliveries; declare an allow-list", status=404)

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()


def _company(text: str | None) -> int | None:
    if not text:
        return None
    if not operations.is_id(text):
        raise UsageError(
            f"a company of Odoo's is an id, not `{text[:40]}`",
            hint="Look at Settings / Companies, and map the legal entity to that number.",
        )
    return int(text)
