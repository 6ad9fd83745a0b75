"""The shared conformance suite, against the simulated home-grown billing of the documentation."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest
from tests.connectors.rest.declared_api import example, options_of

from interlock.connectors.port import Connection, Request
from interlock.testing.bench import Bench, Priced
from interlock.testing.conformance import Conformance
from interlock.testing.hostile import HostileAnswers
from interlock.testing.transports import Canned
from interlock.testing.vendors import running

BUSY = b'{"ok":false,"problem":{"code":"BUSY","text":"try again later"}}'
_numbers = itertools.count()


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with running("homegrown", "--latency-ms", "0") as url:
        yield url


def customer() -> Request:
    key = f"001-{next(_numbers)}"
    return Request(
        operation="customer.create",
        body={"name": "Acme"},
        key_field="ref",
        key=key,
        idempotency_key=key,
    )


def invoice() -> Request:
    key = f"006-{next(_numbers)}"
    return Request(
        operation="invoice.create",
        body={"customer": "c1", "currency": "EUR", "total": Decimal("33.33")},
        key_field="ref",
        key=key,
        idempotency_key=key,
    )


def bench_of(vendor: str) -> Bench:
    def seeded(table: str, *rows: dict[str, str]) -> list[str]:
        made = httpx2.post(f"{vendor}/_sandbox/seed", json={table: list(rows)})
        refs: list[str] = made.json()[table]
        return refs

    def update() -> Request:
        ref = seeded("customers", {"name": "Old", "state": "active"})[0]
        return Request(
            operation="customer.update", body={"name": "New"}, ref=ref, idempotency_key=ref
        )

    def void() -> Request:
        ref = seeded("invoices", {"state": "posted", "total": "1.00"})[0]
        return Request(operation="invoice.void", body={}, ref=ref, idempotency_key=ref)

    def priced() -> Priced:
        return Priced(
            obj="invoice",
            ref=seeded("invoices", {"state": "posted", "total": "37.49"})[0],
            money="total",
            amount=Decimal("37.49"),
            word="state",
            value="posted",
        )

    return Bench(
        name="rest",
        connection=Connection(
            system="homegrown",
            url=vendor,
            credential={"token": "good-token-0123456789"},
            scheme="bearer",
            timeout=timedelta(seconds=60),
            declared=options_of(example()),
        ),
        requests={
            "customer.create": customer,
            "customer.update": update,
            "invoice.create": invoice,
            "invoice.void": void,
        },
        lookup=("invoice", "ref"),
        key_of=lambda sent: sent.key or "",
        searched="invoice.create",
        missing="i999999",
        priced=priced,
        wrong_credential={"token": "wrong"},
        fault_in_200=Canned(status=200, body=BUSY),
        quota=Canned(status=200, body=BUSY, headers={"Retry-After": "7"}),
        quota_wait=timedelta(seconds=7),
        refusal=b'{"ok":false,"problem":{"code":"ODD","text":"@echo@"}}',
        change_many=lambda count: set(
            seeded("customers", *[{"name": f"Acme {number}"} for number in range(count)])
        ),
        feed="customer",
    )


class TestBearer(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, vendor: str) -> Bench:
        return bench_of(vendor)


class TestClientCredentials(Conformance):
    @pytest.fixture
    def bench(self, vendor: str) -> Bench:
        found = bench_of(vendor)
        declared = example().replace(
            "    errors:",
            "    errors:\n"
            "      - {at: /problem/code, equals: EXPIRED, "
            "verdict: blocked, kind: auth, expired: true}\n"
            "      #",
        )
        connection = replace(
            found.connection,
            scheme="oauth2-client-credentials",
            credential={"client_id": "interlock", "client_secret": "good-secret"},
            declared=options_of(declared),
        )
        return replace(
            found,
            connection=connection,
            wrong_credential={"client_id": "interlock", "client_secret": "bad"},
            expired=Canned(status=401, body=b'{"ok":false,"problem":{"code":"EXPIRED"}}'),
        )
