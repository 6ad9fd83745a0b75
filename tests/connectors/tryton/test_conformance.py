"""The shared conformance suite, against the simulated Tryton.

`tests/counterparty` runs the same suite against the real one.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Request
from interlock.estate.capability import Guarantee
from interlock.foundation.clock import SystemClock
from interlock.testing.bench import Bench, Priced, loopback
from interlock.testing.certifying import WAYS, too_modest
from interlock.testing.conformance import Conformance
from interlock.testing.hostile import HostileAnswers
from interlock.testing.transports import Canned
from interlock.testing.vendors import LOOPBACK, running

TOO_MANY = b"""<!doctype html>
<html lang=en>
<title>429 Too Many Requests</title>
<h1>Too Many Requests</h1>
<p>This user has exceeded an allotted request count. Try again later.</p>
"""
REFUSAL = b'{"status": 400, "message": "The value \\"@echo@\\" is not valid.", "description": ""}'
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def legacy() -> Iterator[Connection]:
    with running("tryton", "--latency-ms", "0") as url:
        yield Connection(
            system="legacy",
            url=f"{url}/erp",
            credential={"api_key": "0123456789abcdef" * 8},
            scheme="api-key",
            timeout=timedelta(seconds=60),
            outbound=LOOPBACK,
        )


def party() -> Request:
    number = next(_numbers)
    return Request(
        operation="party.upsert",
        body={"name": "Acme"},
        key_field="code",
        key=f"001-{number}",
        idempotency_key=f"run-{number}",
    )


def invoice(of: str) -> Request:
    number = next(_numbers)
    line = {
        "product": "SAAS-SEAT",
        "description": "Seats",
        "quantity": Decimal(3),
        "amount": Decimal("31.50"),
        "account": "4000",
    }
    return Request(
        operation="invoice.create",
        body={
            "party": of,
            "company": "1",
            "currency": "EUR",
            "invoice_date": "2026-01-15",
            "description": "Opportunity",
            "tax_amount": Decimal("5.99"),
            "lines": [line],
        },
        key_field="reference",
        key=f"006-{number}",
        idempotency_key=f"run-{number}",
    )


class TestSimulatedTryton(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, legacy: Connection) -> Iterator[Bench]:
        wire = loopback()
        connector: Any = open_connector(legacy, SystemClock(), name="tryton", transport=wire)
        of = connector.write(party()).record.ref

        def following(operation: str, *before: str) -> Request:
            asked = invoice(of)
            ref = connector.write(asked).record.ref
            for name in before:
                connector.write(Request(operation=name, body={}, ref=ref, idempotency_key="x"))
            key = f"{asked.key}-undo"
            return Request(operation=operation, body={}, ref=ref, key=key, idempotency_key="x")

        def priced() -> Priced:
            return Priced(
                obj="invoice",
                ref=connector.write(invoice(of)).record.ref,
                money="total_amount",
                amount=Decimal("37.49"),
                word="state",
                value="draft",
            )

        def change_many(count: int) -> set[str]:
            with ThreadPoolExecutor(16) as pool:
                made = pool.map(connector.write, [party() for _ in range(count)])
                return {outcome.record.ref for outcome in made}

        yield Bench(
            name="tryton",
            connection=legacy,
            requests={
                "party.upsert": party,
                "invoice.create": lambda: invoice(of),
                "invoice.post": lambda: following("invoice.post"),
                "invoice.credit": lambda: following("invoice.credit", "invoice.post"),
            },
            lookup=("invoice", "reference"),
            key_of=lambda asked: str(asked.key),
            searched="invoice.create",
            missing="99999999",
            priced=priced,
            wrong_credential={"api_key": "wrong"},
            fault_in_200=Canned(status=200, body=REFUSAL),
            quota=Canned(status=429, body=TOO_MANY, headers={"Content-Type": "text/html"}),
            quota_wait=None,
            refusal=REFUSAL,
            change_many=change_many,
            feed="party",
        )
        connector.close()
        wire.close()

    @pytest.mark.parametrize("claimed", [Guarantee.KEY, Guarantee.REFERENCE])
    def test_a_class_that_is_declared_wrongly_is_found_out(
        self, bench: Bench, claimed: Guarantee
    ) -> None:
        lying = replace(bench, claims={"invoice.create": claimed})
        for way in WAYS.values():
            assert "more" in " ".join(way(lying, "invoice.create"))
            assert way(bench, "invoice.create") == []

    def test_a_class_that_promises_less_than_the_target_does_is_found_out(
        self, bench: Bench
    ) -> None:
        assert "better than class C" in too_modest(bench, "party.upsert")[0]
        assert too_modest(bench, "invoice.create") == []
