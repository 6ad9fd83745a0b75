"""The window to Tryton."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final, cast

import httpx2

from interlock.connectors.checkup import Checkup
from interlock.connectors.kit.auth import bearer_key, credential, unknown_scheme
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.checkup import examined
from interlock.connectors.kit.cursor import cursor_of, earlier
from interlock.connectors.kit.http import Wire
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
from interlock.connectors.tryton import operations
from interlock.connectors.tryton.capability import (
    API_KEY,
    CAPABILITIES,
    INVOICE_CREATE,
    INVOICE_CREDIT,
    INVOICE_POST,
    PARTY_UPSERT,
)
from interlock.connectors.tryton.checkup import probes
from interlock.connectors.tryton.codes import Codes
from interlock.connectors.tryton.errors import ROWS, fault_of
from interlock.connectors.tryton.feed import Feed
from interlock.connectors.tryton.invoices import Composer, id_of
from interlock.connectors.tryton.operations import INVOICE, PARTY
from interlock.connectors.tryton.parties import Parties
from interlock.connectors.tryton.postings import Postings, is_half_reversal
from interlock.connectors.tryton.records import Records, only
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

TAX: Final = "External tax"
KEYS: Final[Mapping[str, frozenset[str]]] = {
    PARTY: frozenset({"code"}),
    INVOICE: frozenset({"reference", "number"}),
}
"""Model -> the fields by which one of its records is found."""


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Tryton":
    """Open a connection; nothing is sent yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random goes over this wire
    if connection.scheme != API_KEY:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes)
    who = bearer_key(credential(connection, "api_key"))
    wire = Wire(connection, clock, transport=cast("httpx2.BaseTransport | None", transport))
    channel = Channel(wire, who, Dialect(rows=ROWS, fault_of=fault_of))
    return Tryton(channel, clock, connection.options)


class Tryton:
    """Parties and customer invoices of one database."""

    def __init__(self, channel: Channel, clock: Clock, options: Mapping[str, str]) -> None:
        self._channel = channel
        self._records = Records(channel)
        self._codes = Codes(channel, clock)
        self._parties = Parties(self._records)
        composer = Composer(self._codes, options.get("tax", TAX))
        self._postings = Postings(self._records, self._parties, composer)
        self._feed = Feed(channel, options)
        self._only_company = options.get("company")
        self._writers = {
            PARTY_UPSERT: self._parties.upsert,
            INVOICE_CREATE: self._postings.create,
            INVOICE_POST: self._postings.post,
            INVOICE_CREDIT: self._postings.credit,
        }

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:
        return examined(self._channel, probes(objects))

    def read(self, obj: str, ref: str) -> Record | None:
        return self._records.read(operations.model_of(obj), ref, self._company())

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """Return the object; a reversal counts only once it is posted.

        So a reversal that was made and not posted yet reads as not there, and the next attempt,
        which looks for itself, posts it.
        """
        model = operations.model_of(obj)
        if field == "id":
            return self.read(obj, value)
        if field not in KEYS[model]:
            raise UsageError(
                f"Tryton cannot find a {obj} by `{field}`",
                hint=f"Bind the identity to one of: {', '.join(sorted(KEYS[model]))}.",
            )
        found = self._records.keyed(model, field, value, self._company())
        return only(obj, field, [record for record in found if not is_half_reversal(record)])

    def write(self, request: Request) -> Outcome:
        writer = self._writers.get(request.operation)
        if writer is None:
            raise UsageError(
                f"Tryton has no operation `{request.operation}`",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )
        try:
            return writer(request, self._company(request.body))
        except CallFailed as failure:
            return failure.outcome

    def _company(self, body: Body = MappingProxyType({})) -> int:
        """Return the company: the body's, else the option's, else the only one there is."""
        if body.get("company") is not None:
            return id_of(body, "company")
        if self._only_company:
            return id_of({"company": self._only_company}, "company")
        return self._codes.company()

    def changes(self, obj: str, cursor: str | None) -> Changes:
        operations.model_of(obj)
        if cursor is None:
            return self._feed.begin(obj, self._company())
        return self._feed.after(obj, cursor_of(cursor, "Tryton"), self._company())

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by, "Tryton")

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        raise DeliveryRefused("Tryton delivers no events; poll it", status=404)

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()
