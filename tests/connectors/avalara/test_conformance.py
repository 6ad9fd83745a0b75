from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from interlock.connectors.port import Connection, Request
from interlock.testing.bench import Bench, Priced
from interlock.testing.conformance import Conformance
from interlock.testing.hostile import HostileAnswers
from interlock.testing.transports import Canned
from interlock.testing.vendors import running

NUMBERS = count()


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with running("avalara", "--latency-ms", "0") as url:
        yield url


def request(operation: str) -> Request:
    key = f"opportunity-{next(NUMBERS)}"
    line = {"lineNumber": "1", "itemCode": "A", "quantity": 2, "amount": Decimal("33.33")}
    body = {
        "customerCode": "001",
        "date": "2026-01-31",
        "currencyCode": "USD",
        "addresses": {"singleLocation": {"country": "US", "region": "CA"}},
        "lines": [line],
    }
    return Request(operation=operation, body=body, key=key, idempotency_key=key)


class TestAvalara(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, vendor: str) -> Bench:
        connection = Connection(
            system="tax",
            url=vendor,
            credential={"account_id": "2000001234", "license_key": "0123456789ABCDEF-key"},
            scheme="basic",
            timeout=timedelta(seconds=60),
        )

        def recorded() -> str:
            outcome = found.open().write(request("transaction.record"))
            assert outcome.record is not None
            return outcome.record.ref

        def void() -> Request:
            ref = recorded()
            return Request(operation="transaction.void", ref=ref, body={}, idempotency_key=ref)

        def priced() -> Priced:
            return Priced(
                obj="transaction",
                ref=recorded(),
                money="totalTax",
                amount=Decimal("2.42"),
                word="status",
                value="Committed",
            )

        busy = b'{"error":{"code":"RateLimitExceeded","message":"slow down"}}'
        found = Bench(
            name="avalara",
            connection=connection,
            requests={
                "transaction.estimate": lambda: request("transaction.estimate"),
                "transaction.record": lambda: request("transaction.record"),
                "transaction.void": void,
            },
            lookup=("transaction", "code"),
            key_of=lambda sent: sent.key or "",
            searched="transaction.record",
            missing="no-such-code",
            priced=priced,
            wrong_credential={"account_id": "2000001234", "license_key": "wrong"},
            fault_in_200=Canned(status=200, body=busy),
            quota=Canned(status=429, body=busy, headers={"Retry-After": "7"}),
            quota_wait=timedelta(seconds=7),
            refusal=b'{"error":{"code":"ValueRequiredError","message":"@echo@"}}',
        )
        return found
