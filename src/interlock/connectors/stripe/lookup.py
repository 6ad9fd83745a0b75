"""Finding an object by our own reference, by reads that see their own writes (F10).

A price's ``lookup_key`` and a meter's ``event_name`` are found by lists, which are strong. What
carries our reference in its metadata is not: only the search knows metadata, and it lags. So what
the search does not show is looked for in the strong list of everything younger than the lag. Where
there is no search (some countries) the whole list is read. Whatever the search says is read again
by its id, strongly, before it is believed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.dotted import pick
from interlock.connectors.kit.evidence import by_ref
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.paging import Page, every
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Verdict
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.answers import items_of, listed, page_of, record_of
from interlock.foundation.errors import UsageError

SEARCH_LAG: Final = timedelta(minutes=10)
"""The vendor promises a minute "under normal conditions"; option ``search_lag`` (seconds)."""
ENDED: Final = frozenset({"canceled", "incomplete_expired", "failed", "void"})
SEARCHABLE: Final = frozenset(
    {"customer", "subscription", "invoice", "product", "price", "charge", "payment_intent"}
)
"""What the search knows (docs.stripe.com/search); of anything else the whole list is read."""
MAX_HINTS: Final = 10_000
METADATA: Final = "metadata."
USAGE: Final = "billing.meter_event"
USED: Final = "billing.meter_event_summary"
_USED: Final = ("customer", "start_time", "end_time")
PAID_BY: Final = "payment.payment_intent"


class Lookup:
    """Finds objects; remembers where customers are, and proves it each time."""

    def __init__(self, channel: Channel, lag: timedelta) -> None:
        self._channel = channel
        self._lag = lag
        self._lock = threading.Lock()
        self._hints: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._searches = set(SEARCHABLE)

    def read(self, obj: str, ref: str) -> Record | None:
        """Return the object with this id.

        Raises:
            CallFailed: It could not be found out.
        """
        if obj == USED:
            return self._used(ref)
        if obj == USAGE:
            raise _untraceable(ref)
        if not operations.is_plain(ref):
            return None  # nobody has such an id
        try:
            answer = self._channel.ask(operations.retrieve(obj, ref))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None
            raise
        record = record_of(obj, answer, answer.mapping())
        record = by_ref(answer, record, ref) if record else None
        return self._with_payments(record) if record and obj == "invoice" else record

    def _with_payments(self, invoice: Record) -> Record:
        """Return an invoice with all of its payments: the answer itself shows the first few."""
        listed = invoice.body.get("payments")
        if isinstance(listed, dict) and listed.get("has_more") is True:
            payments = self.all("invoice_payment", (("invoice", invoice.ref),))
            whole = {"object": "list", "has_more": False, "data": [each.body for each in payments]}
            return replace(invoice, body={**invoice.body, "payments": whole})
        return invoice

    def _used(self, ref: str) -> Record | None:
        """Return what a customer used of a meter: ``METER.CUSTOMER.FROM.UNTIL``, in seconds.

        The vendor adds usage up within minutes, so the figure can only be too small.
        """
        parts = ref.split(".")
        if len(parts) != len(_USED) + 1 or not all(map(operations.is_plain, parts)):
            return None
        query = tuple(zip(_USED, parts[1:], strict=True))
        try:
            answer = self._channel.ask(operations.summaries(parts[0], query))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None
            raise
        found = items_of(answer)
        values = [item.get("aggregated_value") for item in found]
        if not all(isinstance(value, int | Decimal) for value in values):
            raise answer.malformed("a sum of usage is not a number")
        total = sum((Decimal(str(value)) for value in values), Decimal(0))
        return Record(ref=ref, body={"id": ref, "object": USED, "aggregated_value": total})

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """Return the one object whose `field` is `value`.

        Raises:
            CallFailed: It could not be found out, or there are several.
            UsageError: Nothing can be found by this field.
        """
        if field == "id":
            return self.read(obj, value)
        if obj == USAGE:
            raise _untraceable(value)
        if field.startswith(METADATA):
            return self._hinted(obj, field, value) or self._tagged(obj, field, value)
        finders: dict[tuple[str, str], Callable[[str], list[Record]]] = {
            ("price", "lookup_key"): self._prices,
            ("billing.meter", "event_name"): self._meters,
            ("invoice_payment", PAID_BY): self._payments,
        }
        finder = finders.get((obj, field))
        if finder is None:
            raise UsageError(
                f"Stripe cannot find a {obj} by `{field}`",
                hint="Bind the identity to id, metadata.NAME, price.lookup_key, "
                f"billing.meter.event_name or invoice_payment.{PAID_BY}.",
            )
        return _only(obj, field, finder(value))

    def _prices(self, value: str) -> list[Record]:
        found = self.all("price", (("lookup_keys[]", value),))
        if any(price.body.get("lookup_key") != value for price in found):
            message = "the list shows prices that were not asked for"
            raise CallFailed(
                Outcome(verdict=Verdict.RETRYABLE, kind=Kind.MALFORMED, message=message)
            )
        return found

    def _meters(self, value: str) -> list[Record]:
        found = self.all("billing.meter", ())
        named = [meter for meter in found if meter.body.get("event_name") == value]
        active = [meter for meter in named if meter.body.get("status") == "active"]
        return active or named[:1]

    def _payments(self, value: str) -> list[Record]:
        """Return what a payment intent paid; it may have paid several invoices."""
        query = (("payment[type]", "payment_intent"), ("payment[payment_intent]", value))
        found = self.all("invoice_payment", query)
        return [payment for payment in found if pick(payment.body, PAID_BY) == value]

    def hint(self, obj: str, field: str, record: Record) -> None:
        """Remember where a customer is; it is proven by a strong read whenever it is used."""
        value = pick(record.body, field)
        if obj != "customer" or not isinstance(value, str):
            return
        with self._lock:
            self._hints[(obj, field, value)] = record.ref
            while len(self._hints) > MAX_HINTS:
                self._hints.popitem(last=False)

    def _hinted(self, obj: str, field: str, value: str) -> Record | None:
        with self._lock:
            ref = self._hints.get((obj, field, value))
        record = self.read(obj, ref) if ref else None
        return record if record and pick(record.body, field) == value else None

    def _tagged(self, obj: str, field: str, value: str) -> Record | None:
        found = self._settled(obj, field, value)
        if obj in self._searches and not any(_alive(record) for record in found):
            found = [*found, *self._recent(obj, field, value)]
        return self._chosen(obj, field, found)

    def settled(self, obj: str, field: str, value: str) -> Record | None:
        """Return the object if it is older than the search lags behind.

        For who makes it under a derived key otherwise: the key covers what is younger.

        Raises:
            CallFailed: It could not be found out, or there are several.
        """
        found = self._hinted(obj, field, value)
        return found or self._chosen(obj, field, self._settled(obj, field, value))

    def _chosen(self, obj: str, field: str, found: Sequence[Record]) -> Record | None:
        record = _only(obj, field, _living(list({each.ref: each for each in found}.values())))
        if record:
            self.hint(obj, field, record)
        return record

    def _settled(self, obj: str, field: str, value: str) -> list[Record]:
        found = self._search(obj, field, value) if obj in self._searches else None
        if found is None:
            found = self.all(obj, listed(obj))
        return [record for record in found if pick(record.body, field) == value]

    def _recent(self, obj: str, field: str, value: str) -> list[Record]:
        since = int((self._channel.wire.now() - self._lag).timestamp())
        found = self.all(obj, (*listed(obj), ("created[gte]", str(since))))
        return [record for record in found if pick(record.body, field) == value]

    def _search(self, obj: str, field: str, value: str) -> list[Record] | None:
        """Return what the search finds, each read again by its id; ``None`` without a search."""
        name = field.removeprefix(METADATA)
        try:
            answer = self._channel.ask(operations.searching(obj, _search_query(name, value)))
        except CallFailed as failure:
            if failure.outcome.status != HTTPStatus.NOT_FOUND or not failure.outcome.code:
                raise
            self._searches.discard(obj)
            return None
        refs = [str(item.get("id")) for item in items_of(answer)]
        found = [self.read(obj, ref) for ref in refs]
        return [record for record in found if record]

    def all(self, obj: str, query: operations.Pairs) -> list[Record]:
        """Return every object of a list.

        Raises:
            CallFailed: They could not be listed.
        """
        answers: list[Answer] = []

        def page(after: str) -> Page:
            more = (("starting_after", after),) if after else ()
            answer = self._channel.ask(operations.listing(obj, (*query, *more)))
            answers.append(answer)
            return page_of(answer)

        found = every(page(""), page)
        records = [record_of(obj, answers[-1], item) for item in found]
        return [record for record in records if record]


def _untraceable(value: str) -> CallFailed:
    """Return why it cannot be told whether one event of usage is there."""
    said = f"Stripe shows sums of usage, never the one event `{value[:80]}`"
    return CallFailed(Outcome(verdict=Verdict.UNCERTAIN, kind=Kind.NOT_FOUND, message=said))


def _search_query(name: str, value: str) -> str:
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in (name, value)]
    return f'metadata["{quoted[0]}"]:"{quoted[1]}"'


def _alive(record: Record) -> bool:
    return record.body.get("status") not in ENDED


def _living(found: Sequence[Record]) -> list[Record]:
    """Return what is alive of `found`; if nothing is, the last that ended."""
    ended = sorted(found, key=lambda record: (str(record.body.get("created")), record.ref))
    return [record for record in found if _alive(record)] or ended[-1:]


def _only(obj: str, field: str, found: Sequence[Record]) -> Record | None:
    if len(found) > 1:
        raise CallFailed(
            Outcome(
                verdict=Verdict.REJECTED,
                kind=Kind.DUPLICATE,
                message=f"several objects {obj} have this {field}: "
                + ", ".join(record.ref for record in found[:5]),
            )
        )
    return found[0] if found else None
