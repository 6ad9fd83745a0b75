"""The shared conformance suite, against the simulated Stripe."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Request
from interlock.foundation.clock import SystemClock
from interlock.testing.bench import Bench, Priced
from interlock.testing.conformance import Conformance
from interlock.testing.transports import Canned
from interlock.testing.vendors import LOOPBACK, running

REFUSAL = b'{"error": {"type": "invalid_request_error", "message": "No: @echo@"}}'
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def billing() -> Iterator[Connection]:
    with running("stripe", "--latency-ms", "0") as url:
        yield Connection(
            system="billing",
            url=url,
            credential={"api_key": "sk_test_conformance_0123456789"},
            scheme="api-key",
            timeout=timedelta(seconds=10),
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


class TestSimulatedStripe(Conformance):
    @pytest.fixture
    def bench(self, billing: Connection) -> Iterator[Bench]:
        connector: Any = open_connector(billing, SystemClock(), name="stripe")
        connector.write(price())  # from here on its product is there

        def subscription() -> Request:
            items = {"data": [{"price": connector.write(price()).record.ref}]}
            body = {"customer": connector.write(customer()).record.ref, "items": items}
            return request("subscription.create", "metadata.opportunity_id", body)

        def cancel() -> Request:
            ref = connector.write(subscription()).record.ref
            return request("subscription.cancel", "metadata.opportunity_id", {}, ref=ref)

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
            requests={
                "customer.upsert": customer,
                "price.create": price,
                "billing.meter.create": meter,
                "subscription.create": subscription,
                "subscription.cancel": cancel,
            },
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
        )
        connector.close()

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
