"""The shared conformance suite, against the simulated Stripe."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Request
from interlock.estate.capability import Guarantee
from interlock.foundation.clock import SystemClock
from interlock.testing.bench import Bench, Priced, loopback
from interlock.testing.certifying import in_sequence
from interlock.testing.conformance import Conformance
from interlock.testing.hostile import HostileAnswers
from interlock.testing.transports import Canned
from interlock.testing.vendors import LOOPBACK, running

REFUSAL = b'{"error": {"type": "invalid_request_error", "message": "No: @echo@"}}'
WAYS = frozenset(
    {
        "customer.upsert",
        "product.upsert",
        "product.archive",
        "price.create",
        "billing.meter_event.create",
        "subscription.create",
        "subscription.update",
        "subscription.cancel",
        "subscription.withdraw",
        "invoice.pay",
        "refund.create",
        "dispute.update",
    }
)
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def billing() -> Iterator[Connection]:
    with running("stripe", "--latency-ms", "0") as url:
        yield Connection(
            system="billing",
            url=url,
            credential={"api_key": "sk_test_conformance_0123456789"},
            scheme="api-key",
            timeout=timedelta(seconds=60),
            outbound=LOOPBACK,
        )


def request(operation: str, field: str, body: dict[str, Any], **extra: Any) -> Request:
    number = next(_numbers)
    given = {"key": f"K-{number}", "key_field": field, "idempotency_key": f"run-{number}"}
    return Request(operation=operation, body=body, **{**given, **extra})


def customer() -> Request:
    return request("customer.upsert", "metadata.crm_id", {"name": "Acme"})


def price() -> Request:
    body = {
        "product": "SEAT",
        "currency": "usd",
        "unit_amount_decimal": "1250.5",
        "recurring": {"interval": "month"},
    }
    return request("price.create", "lookup_key", body)


def meter() -> Request:
    return request("billing.meter.create", "event_name", {"display_name": "Usage"})


class Shop:
    """Makes what an operation needs to be there before it."""

    def __init__(self, connector: Any, url: str) -> None:
        self.connector = connector
        self._url = url
        connector.write(price())  # from here on its product is there

    def ref(self, request: Request) -> str:
        return str(self.connector.write(request).record.ref)

    def subscription(self) -> Request:
        items = {"data": [{"price": self.ref(price())}]}
        body = {"customer": self.ref(customer()), "items": items}
        return request("subscription.create", "metadata.opportunity_id", body)

    def invoice(self) -> str:
        made = self.connector.write(self.subscription())
        return str(made.record.body["latest_invoice"])

    def paid(self) -> tuple[str, str]:
        """Return a paid invoice and the payment intent that paid it."""
        ref = self.invoice()
        self.connector.write(on("invoice.pay", ref))
        rows = httpx2.get(f"{self._url}/_sandbox/ledger?table=invoice_payment").json()[
            "invoice_payment"
        ]
        (payment,) = [row for row in rows if row["invoice"] == ref]
        return ref, str(payment["payment"]["payment_intent"])

    def draft(self) -> Request:
        body = {"customer": self.ref(customer()), "currency": "usd"}
        return request("invoice.create", "metadata.opportunity_id", body)

    def item(self) -> Request:
        body = {"customer": self.ref(customer()), "currency": "usd", "amount": 500}
        return request("invoiceitem.create", "metadata.line", body)

    def withdrawn(self) -> Request:
        draft = self.ref(self.draft())
        item = self.item()
        self.connector.write(replace(item, body={**item.body, "invoice": draft}))
        return on("invoice.withdraw", draft)

    def note(self) -> Request:
        body = {"invoice": self.invoice(), "amount": 100}
        return request("credit_note.create", "metadata.memo", body)

    def refund(self) -> Request:
        return request(
            "refund.create", "metadata.memo", {"payment_intent": self.paid()[1], "amount": 100}
        )

    def dispute(self) -> str:
        asked = {"payment_intent": self.paid()[1]}
        return str(httpx2.post(f"{self._url}/_sandbox/do/dispute", json=asked).json()["id"])

    def schedule(self) -> Request:
        phases = [{"items": [{"price": self.ref(price())}], "end_date": 2_000_000_000}]
        body = {"customer": self.ref(customer()), "start_date": "now", "phases": phases}
        return request("subscription_schedule.create", "metadata.opportunity_id", body)

    def usage(self) -> Request:
        asked = meter()
        self.connector.write(asked)
        payload = {"stripe_customer_id": self.ref(customer()), "value": "7"}
        body = {"event_name": asked.key, "payload": payload}
        return request("billing.meter_event.create", "identifier", body)

    def changed(self) -> Request:
        items = {"data": [{"price": self.ref(price())}]}
        ref = self.ref(self.subscription())
        return request("subscription.update", "metadata.x", {"items": items}, ref=ref)

    def replanned(self) -> Request:
        body = {"end_behavior": "cancel"}
        return on("subscription_schedule.update", self.ref(self.schedule()), body)

    def evidence(self) -> Request:
        return on("dispute.update", self.dispute(), {"evidence": {"uncategorized_text": "x"}})

    def requests(self) -> dict[str, Any]:
        return {
            "customer.upsert": customer,
            "product.upsert": product,
            "product.archive": lambda: on("product.archive", self.ref(product())),
            "price.create": price,
            "price.archive": lambda: on("price.archive", self.ref(price())),
            "billing.meter.create": meter,
            "billing.meter_event.create": self.usage,
            "subscription.create": self.subscription,
            "subscription.update": self.changed,
            "subscription.cancel": lambda: on(
                "subscription.cancel", self.ref(self.subscription())
            ),
            "subscription.withdraw": lambda: on(
                "subscription.withdraw", self.ref(self.subscription())
            ),
            "subscription_schedule.create": self.schedule,
            "subscription_schedule.update": self.replanned,
            "subscription_schedule.release": lambda: on(
                "subscription_schedule.release", self.ref(self.schedule())
            ),
            "subscription_schedule.cancel": lambda: on(
                "subscription_schedule.cancel", self.ref(self.schedule())
            ),
            "invoice.create": self.draft,
            "invoiceitem.create": self.item,
            "invoiceitem.delete": lambda: on("invoiceitem.delete", self.ref(self.item())),
            "invoice.update": lambda: on(
                "invoice.update", self.invoice(), {"metadata": {"posted_as": "INV1"}}
            ),
            "invoice.finalize": lambda: on("invoice.finalize", self.ref(self.draft())),
            "invoice.pay": lambda: on("invoice.pay", self.invoice()),
            "invoice.void": lambda: on("invoice.void", self.invoice()),
            "invoice.withdraw": self.withdrawn,
            "invoice.mark_uncollectible": lambda: on("invoice.mark_uncollectible", self.invoice()),
            "credit_note.create": self.note,
            "credit_note.void": lambda: on("credit_note.void", self.ref(self.note())),
            "refund.create": self.refund,
            "dispute.update": self.evidence,
            "dispute.close": lambda: on("dispute.close", self.dispute()),
        }


def on(operation: str, ref: str, body: dict[str, Any] | None = None) -> Request:
    return request(operation, "metadata.x", body or {}, ref=ref)


def product() -> Request:
    asked = request("product.upsert", "id", {"name": "Seat"})
    return replace(asked, key=f"P-{next(_numbers)}")


class TestSimulatedStripe(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, billing: Connection) -> Iterator[Bench]:
        wire = loopback()
        connector: Any = open_connector(billing, SystemClock(), name="stripe", transport=wire)
        shop = Shop(connector, billing.url)

        def priced() -> Priced:
            return Priced(
                obj="price",
                ref=connector.write(price()).record.ref,
                money="unit_amount_decimal",
                amount=Decimal("1250.5"),
                word="type",
                value="recurring",
            )

        def change_many(count: int) -> set[str]:
            with ThreadPoolExecutor(16) as pool:
                made = pool.map(connector.write, [customer() for _ in range(count)])
                return {outcome.record.ref for outcome in made}

        yield Bench(
            name="stripe",
            connection=billing,
            requests=shop.requests(),
            lookup=("price", "lookup_key"),
            key_of=lambda asked: str(asked.key),
            searched="price.create",
            missing="price_nobody",
            priced=priced,
            wrong_credential={"api_key": "sk_test_wrong_0123456789"},
            fault_in_200=Canned(status=200, body=REFUSAL),
            quota=Canned(
                status=429,
                body=b'{"error": {"type": "invalid_request_error", "code": "rate_limit"}}',
                headers={"Retry-After": "2"},
            ),
            quota_wait=timedelta(seconds=2),
            refusal=REFUSAL,
            change_many=change_many,
            feed="customer",
            ways=WAYS,
        )
        connector.close()
        wire.close()

    def test_a_customer_is_found_by_its_metadata_at_once(self, bench: Bench) -> None:
        connector, other = bench.open(), bench.open()
        asked = customer()
        made = connector.write(asked)
        found = other.find("customer", "metadata.crm_id", str(asked.key))
        assert found is not None
        assert made.record is not None
        assert found.ref == made.record.ref

    def test_two_runs_make_one_customer(self, bench: Bench) -> None:
        asked = customer()
        refs = set()
        for run in ("run-a", "run-b"):
            given = {"key": asked.key, "idempotency_key": run}
            again = request("customer.upsert", "metadata.crm_id", {"name": run}, **given)
            outcome = bench.open().write(again)
            assert outcome.record is not None
            refs.add(outcome.record.ref)
        assert len(refs) == 1

    def test_a_key_is_no_unique_reference(self, bench: Bench) -> None:
        lying = replace(bench, claims={"subscription.create": Guarantee.REFERENCE})
        assert in_sequence(bench, "subscription.create") == []
        assert "more of the same" in " ".join(in_sequence(lying, "subscription.create"))
