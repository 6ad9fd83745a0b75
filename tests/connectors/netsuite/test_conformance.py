"""The shared conformance suite, against the simulated NetSuite."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.connectors.netsuite.samples import Samples, customer

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Kind, Verdict
from interlock.foundation.clock import SystemClock
from interlock.testing import transports
from interlock.testing.bench import Bench, Priced, loopback
from interlock.testing.conformance import Conformance, told_since
from interlock.testing.hostile import HostileAnswers
from interlock.testing.transports import Canned
from interlock.testing.vendors import LOOPBACK, running

REFUSAL = b'{"title": "x", "o:errorDetails": [{"detail": "@echo@", "o:errorCode": "USER_ERROR"}]}'
LIMIT = b'{"o:errorDetails": [{"detail": "limit", "o:errorCode": "SSS_REQUEST_LIMIT_EXCEEDED"}]}'
ENDED = b'{"o:errorDetails": [{"detail": "Invalid login.", "o:errorCode": "INVALID_LOGIN"}]}'
WAYS = frozenset(
    {
        "invoice.upsert",
        "vendorPayment.create",
        "journalEntry.upsert",
        "journalEntry.approve",
        "journalEntry.reverse",
        "purchaseOrder.close",
    }
)
FAULT = b'{"o:errorDetails": [{"detail": "oops", "o:errorCode": "UNEXPECTED_ERROR"}]}'


@pytest.fixture(scope="module")
def books(private_key: str) -> Iterator[Connection]:
    with running("netsuite", "--latency-ms", "0") as url:
        yield Connection(
            system="erp",
            url=url,
            credential={
                "client_id": "client-of-the-suite",
                "certificate_id": "certificate-1",
                "private_key": private_key,
            },
            scheme="oauth2-client-credentials",
            timeout=timedelta(seconds=60),
            outbound=LOOPBACK,
        )


class TestSimulatedNetSuite(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, books: Connection) -> Iterator[Bench]:
        wire = loopback()
        connector: Any = open_connector(books, SystemClock(), name="netsuite", transport=wire)
        samples = Samples(connector)

        def priced() -> Priced:
            return Priced(
                obj="invoice",
                ref=samples.made(samples.invoice()),
                money="total",
                amount=Decimal("33.75"),
                word="status.id",
                value="Open",
            )

        def change_many(count: int) -> set[str]:
            rows = [{"companyName": "Many", "subsidiary": {"id": "1"}} for _ in range(count)]
            with httpx2.Client(trust_env=False, timeout=30) as client:
                answer = client.post(f"{books.url}/_sandbox/seed", json={"customer": rows})
            return set(answer.json()["customer"])

        yield Bench(
            name="netsuite",
            connection=books,
            requests=samples.requests(),
            lookup=("invoice", "externalId"),
            key_of=lambda asked: str(asked.key),
            searched="invoice.upsert",
            missing="99999999",
            priced=priced,
            wrong_credential={**books.credential, "client_id": "wrong-client"},
            fault_in_200=Canned(status=200, body=FAULT),
            quota=Canned(status=400, body=LIMIT),
            quota_wait=None,
            refusal=REFUSAL,
            expired=Canned(status=401, body=ENDED),
            change_many=change_many,
            feed="customer",
            ways=WAYS,
        )
        connector.close()
        wire.close()

    def test_wrong_credentials_block_the_connection(self, bench: Bench) -> None:
        """The token endpoint says so; a 401 of a record alone may be the concurrency limit."""
        wrong = Canned(status=400, body=b'{"error": "invalid_client"}')
        connector, _ = bench.trapped(transports.answering(wrong), when=transports.is_login)
        outcome = connector.write(bench.requests["customer.upsert"]())
        assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.AUTH)

    def test_an_invoice_put_twice_has_its_lines_once(self, bench: Bench) -> None:
        connector = bench.open()
        asked = bench.requests["invoice.upsert"]()
        connector.write(asked)
        outcome = connector.write(asked)
        assert outcome.record is not None
        body: Any = outcome.record.body
        assert body["total"] == Decimal("33.75")
        (line,) = body["item"]["items"]
        assert line["item"]["refName"] == "SEAT"
        assert line["revenueAccount"]["refName"] == "4000"
        assert body["currency"]["refName"] == "USD"

    def test_a_closed_period_is_told_as_such(self, bench: Bench) -> None:
        asked = bench.requests["invoice.upsert"]()
        with httpx2.Client(trust_env=False) as client:
            url = f"{bench.connection.url}/_sandbox/periods"
            client.post(url, json={"close": [["1", "2026-01"]]})
            outcome = bench.open().write(asked)
            client.post(url, json={"open": [["1", "2026-01"]]})
        assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.PERIOD_CLOSED)

    def test_a_clerks_change_is_seen_with_what_was_changed(self, bench: Bench) -> None:
        connector = bench.open()
        made = connector.write(customer())
        assert made.record is not None
        begun = connector.changes("customer", None)
        held = {"creditHoldOverride": {"id": "ON"}}
        with httpx2.Client(trust_env=False) as client:
            changed = {"object": "customer", "id": made.record.ref, "set": held}
            client.post(f"{bench.connection.url}/_sandbox/change", json=changed)
        events, _ = told_since(connector, "customer", begun.cursor)
        (event,) = [each for each in events if each.ref == made.record.ref]
        assert event.body["creditHoldOverride"] == {"id": "ON"}
