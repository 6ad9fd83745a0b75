"""What the Odoo connector brings to the conformance suite, for the simulated and the real one."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import httpx2

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector, Record, Request
from interlock.foundation.clock import SystemClock
from interlock.foundation.ids import RandomIds
from interlock.testing.bench import Bench, Priced
from interlock.testing.transports import Canned

READS: Final = ("/search_read", "/search", "/read", "/precision_get", "/has_access")
PRODUCT: Final = "SAAS-SEAT"
REVENUE: Final = "400000"
COST: Final = "600000"
TOO_MANY: Final = (
    b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    b"<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>\r\n"
    b"</body>\r\n</html>\r\n"
)
REFUSAL: Final = (
    b'{"name": "odoo.exceptions.UserError", "message": "The value @echo@ is not valid.", '
    b'"arguments": ["The value @echo@ is not valid."], "context": {}, '
    b'"debug": "Traceback (most recent call last): @echo@"}'
)
REFUSED_LOAD: Final = (
    b'{"ids": false, "messages": [{"rows": {"from": 0, "to": 0}, "record": 0, "type": "error", '
    b'"message": "Contacts require a name"}], "nextrow": 0}'
)


def is_write(request: httpx2.Request) -> bool:
    """Tell whether `request` may change something: Odoo is only ever posted to."""
    return not request.url.path.endswith(READS)


@dataclass(frozen=True, slots=True)
class Samples:
    """Fresh, valid writes; each has a key of its own."""

    connector: Connector
    run: str
    """Makes keys that no other run of the tests made: a real database remembers."""
    numbers: Iterator[int]

    def made(self, request: Request) -> Record:
        """Write a request and return its record."""
        outcome = self.connector.write(request)
        if outcome.record is None:
            raise AssertionError(str(outcome))
        return outcome.record

    def request(self, operation: str, body: Mapping[str, Any], ref: str | None = None) -> Request:
        """Return a write with a key of its own."""
        key = f"{self.run}-{next(self.numbers)}"
        return Request(
            operation=operation,
            body=body,
            ref=ref,
            key_field="ref",
            key=key,
            idempotency_key=f"run-{key}",
        )

    def partner(self) -> Request:
        """Return a customer."""
        return self.request("partner.upsert", {"name": "Acme", "is_company": True})

    def product(self) -> Request:
        """Return a product."""
        return self.request("product.upsert", {"name": "Seat", "list_price": Decimal("9.99")})

    def order(self) -> Request:
        """Return an order of three seats, in the company's own currency."""
        line = {"product_id": PRODUCT, "name": "Seats", "product_uom_qty": Decimal(3)}
        body = {
            "partner_id": self.made(self.partner()).ref,
            "currency_id": "USD",
            "date_order": "2026-01-15T10:00:00+00:00",
            "order_line": [{**line, "price_subtotal": Decimal("31.50")}],
        }
        return self.request("order.create", body)

    def invoice(self) -> Request:
        """Return an invoice in another currency, with tax that another engine computed."""
        line = {"product_id": PRODUCT, "name": "Seats", "quantity": Decimal(3)}
        body = {
            "partner_id": self.made(self.partner()).ref,
            "currency_id": "EUR",
            "invoice_date": "2026-01-15",
            "amount_tax": Decimal("5.99"),
            "invoice_line_ids": [
                {**line, "price_subtotal": Decimal("31.50"), "account_id": REVENUE}
            ],
        }
        return self.request("invoice.create", body)

    def posted(self) -> Record:
        """Return a posted invoice."""
        draft = self.made(self.invoice())
        return self.made(self.request("invoice.post", {}, draft.ref))

    def payment(self) -> Request:
        """Return a payment of part of an invoice."""
        invoice = self.posted()
        body = {
            "partner_id": invoice.body["partner_id"],
            "currency_id": "EUR",
            "amount": Decimal("10.00"),
            "date": "2026-02-01",
            "invoice_ids": invoice.ref,
        }
        return self.request("payment.create", body)

    def entry(self) -> Request:
        """Return a journal entry of two lines."""
        ten, nothing = Decimal("10.00"), Decimal(0)
        lines = [
            {"account_id": COST, "name": "Hosting", "debit": ten, "credit": nothing},
            {"account_id": REVENUE, "name": "Hosting", "debit": nothing, "credit": ten},
        ]
        return self.request("entry.create", {"date": "2026-01-31", "line_ids": lines})

    def after(self, operation: str, *before: Request | str) -> Request:
        """Return `operation` on the record that the requests before it made."""
        first, *rest = before
        if isinstance(first, str):
            raise TypeError("a record is made first")
        ref = self.made(first).ref
        for name in rest:
            self.made(self.request(str(name), {}, ref))
        return self.request(operation, {}, ref)

    def all(self) -> Mapping[str, Callable[[], Request]]:
        """Return a maker of a fresh write for every operation."""
        return {
            "partner.upsert": self.partner,
            "product.upsert": self.product,
            "order.create": self.order,
            "order.confirm": lambda: self.after("order.confirm", self.order()),
            "order.cancel": lambda: self.after("order.cancel", self.order()),
            "invoice.create": self.invoice,
            "invoice.post": lambda: self.after("invoice.post", self.invoice()),
            "invoice.credit": lambda: self.after("invoice.credit", self.invoice(), "invoice.post"),
            "payment.create": self.payment,
            "payment.cancel": lambda: self.after("payment.cancel", self.payment()),
            "entry.create": self.entry,
            "entry.post": lambda: self.after("entry.post", self.entry()),
            "entry.reverse": lambda: self.after("entry.reverse", self.entry(), "entry.post"),
        }

    def priced(self) -> Priced:
        """Return an invoice with an amount and a state."""
        return Priced(
            obj="invoice",
            ref=self.made(self.invoice()).ref,
            money="amount_total",
            amount=Decimal("37.49"),
            word="state",
            value="draft",
        )

    def change_many(self, count: int) -> set[str]:
        """Make so many customers."""
        with ThreadPoolExecutor(4) as pool:
            made = pool.map(self.made, [self.partner() for _ in range(count)])
            return {record.ref for record in made}


def fresh(connector: Connector) -> Samples:
    """Return makers of writes whose keys nobody has used before."""
    return Samples(connector, RandomIds().new("run")[-8:], itertools.count(1))


@contextmanager
def odoo_bench(connection: Connection) -> Iterator[Bench]:
    """Give a bench for an Odoo that holds the product and the accounts named above."""
    with httpx2.HTTPTransport() as transport:
        connector = open_connector(connection, SystemClock(), name="odoo", transport=transport)
        samples = fresh(connector)
        yield Bench(
            name="odoo",
            connection=connection,
            requests=samples.all(),
            lookup=("invoice", "ref"),
            key_of=lambda request: str(request.key),
            searched="invoice.create",
            missing="99999999",
            priced=samples.priced,
            wrong_credential={"api_key": "wrong"},
            fault_in_200=Canned(status=200, body=REFUSED_LOAD),
            quota=Canned(status=429, body=TOO_MANY, headers={"Content-Type": "text/html"}),
            quota_wait=None,
            refusal=REFUSAL,
            change_many=samples.change_many,
            feed="partner",
            is_write=is_write,
        )
