import itertools
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector, Request
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UnavailableError
from interlock.testing import tryton_server
from interlock.testing.environments import CHECKOUT
from interlock.testing.tryton_server import RealTryton

CACHE = CHECKOUT / ".interlock" / "cache"
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.counterparty)
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(
    scope="session",
    params=[
        "SQLite",
        pytest.param("PostgreSQL", marks=[pytest.mark.nightly, pytest.mark.postgres]),
    ],
)
def tryton(request: pytest.FixtureRequest) -> Iterator[RealTryton]:
    try:
        if request.param == "SQLite":
            server = tryton_server.start(CACHE)
        else:
            postgres = request.getfixturevalue("postgres")
            server = tryton_server.start_on_postgres(postgres, CACHE)
    except UnavailableError as error:
        pytest.skip(f"NO REAL ERP WAS TESTED: {error}")
    yield server
    server.stop()


def connection_to(server: RealTryton, url: str = "") -> Connection:
    return Connection(
        system="legacy",
        url=url or server.url,
        credential={"api_key": server.key},
        scheme="api-key",
        timeout=timedelta(seconds=120),
    )


def invoice_of(party: str, **extra: Any) -> Request:
    """Return a fresh invoice for a party: two lines and a tax that another engine computed."""
    body = {
        "party": party,
        "company": "1",
        "currency": "EUR",
        "invoice_date": "2026-01-15",
        "description": "Opportunity",
        "tax_amount": Decimal("8.64"),
        "lines": [
            {
                "product": "SAAS-SEAT",
                "description": "Seats",
                "quantity": Decimal(3),
                "amount": Decimal("31.50"),
                "account": "4000",
            },
            {
                "product": "ONBOARDING",
                "description": "Onboarding",
                "quantity": Decimal(1),
                "amount": Decimal("14.00"),
                "account": "4010",
            },
        ],
        **extra,
    }
    number = next(_numbers)
    return Request(
        operation="invoice.create",
        body=body,
        key_field="reference",
        key=f"006-{number}",
        idempotency_key=f"run-{number}",
    )


def party_request(name: str = "Acme") -> Request:
    number = next(_numbers)
    return Request(
        operation="party.upsert",
        body={"name": name},
        key_field="code",
        key=f"001-{number}",
        idempotency_key=f"run-{number}",
    )


@pytest.fixture
def legacy(tryton: RealTryton) -> Iterator[Connector]:
    with httpx2.HTTPTransport() as transport:
        yield open_connector(
            connection_to(tryton), SystemClock(), name="tryton", transport=transport
        )


@pytest.fixture
def party(legacy: Connector) -> str:
    outcome = legacy.write(party_request())
    assert outcome.record is not None, outcome
    return outcome.record.ref


@pytest.fixture
def make() -> Any:
    """The makers of requests and connections."""
    return {"invoice": invoice_of, "party": party_request, "connection": connection_to}


@pytest.fixture
def ledger(tryton: RealTryton) -> Iterator[httpx2.Client]:
    """The real product's own REST API, spoken to without the connector."""
    headers = {"Authorization": f"Bearer {tryton.key}", "Accept": "application/json"}
    with httpx2.Client(base_url=tryton.url, headers=headers, trust_env=False, timeout=120) as it:
        yield it
