"""Our Stripe connector and our listener against a billing system that somebody else wrote.

localstripe speaks Stripe's API of 2017 as others remember it: it has no search, ignores
idempotency keys and lacks prices. The official client makes what we read and reads what we make.
"""

import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, Final

import httpx2
import pytest
import stripe

from interlock.bootstrap.house import House, compiled, open_house, open_store
from interlock.bootstrap.listener import listen
from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Request, Verdict
from interlock.estate.capability import Guarantee
from interlock.foundation.clock import SystemClock
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port
from interlock.foundation.queries import query
from interlock.testing.bench import Bench, Priced
from interlock.testing.certifying import late
from interlock.testing.environments import CHECKOUT, python_environment
from interlock.testing.served import served
from interlock.testing.transports import Canned

HERE: Final = Path(__file__).parent
KEY: Final = "sk_test_counterparty_0123456789"
OLD, NEW = "whsec_the_old_one_0123456789", "whsec_the_new_one_0123456789"
INBOX: Final = query("inbox", "SELECT type, ref, via FROM inbox ORDER BY arrived_at, id")
PATIENCE: Final = 60.0
ESTATE: Final = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: billing, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: URL
  outbound: {networks: [127.0.0.0/8]}
  auth: {scheme: api-key, credential: "secret:billing"}
  inbound: {webhook: {scheme: stripe, secret: "secret:hook"}, poll: 1h, overlap: 1m}
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    environment = CHECKOUT / ".venv-localstripe"
    try:
        python_environment(environment, HERE / "requirements-localstripe.txt", "localstripe")
        port = free_port()
        found = f"http://127.0.0.1:{port}"
        command = [str(environment / "bin/python"), str(HERE / "run_localstripe.py"), str(port)]
        with served(command, f"{found}/v1/customers", environment=os.environ):
            yield found
    except UnavailableError as error:
        pytest.skip(f"NO BILLING OF SOMEBODY ELSE'S WAS TESTED: {error}: {error.hint}")


@pytest.fixture
def sdk(url: str) -> stripe.StripeClient:
    """The vendor's own client."""
    bases = {"api": url, "files": url, "connect": url, "meter_events": url}
    return stripe.StripeClient(KEY, base_addresses=bases)  # type: ignore[arg-type]  # the SDK's own TypedDict


def connection_to(url: str) -> Connection:
    return Connection(
        system="billing",
        url=url,
        credential={"api_key": KEY},
        scheme="api-key",
        timeout=timedelta(seconds=60),
        outbound=Outbound(allowed=allowed_of("127.0.0.0/8")),
    )


@pytest.fixture
def billing(url: str) -> Iterator[Any]:
    connector: Any = open_connector(connection_to(url), SystemClock(), name="stripe")
    yield connector
    connector.close()


def upsert(key: str, name: str) -> Request:
    return Request(
        operation="customer.upsert",
        body={"name": name},
        key_field="metadata.crm_id",
        key=key,
        idempotency_key=f"run-{key}-{name}",
    )


def test_a_customer_that_we_made_is_read_by_the_official_client(
    billing: Any, sdk: stripe.StripeClient
) -> None:
    made = billing.write(upsert("001-made", "Acme"))
    assert made.verdict is Verdict.DONE
    changed = billing.write(upsert("001-made", "Acme SE"))
    assert changed.record.ref == made.record.ref
    seen = sdk.v1.customers.retrieve(made.record.ref)
    assert seen.name == "Acme SE"
    assert seen.metadata
    assert seen.metadata["crm_id"] == "001-made"


def test_a_customer_that_the_official_client_made_is_found_and_not_made_again(
    billing: Any, sdk: stripe.StripeClient
) -> None:
    there = sdk.v1.customers.create({"name": "By hand", "metadata": {"crm_id": "001-there"}})
    found = billing.find("customer", "metadata.crm_id", "001-there")
    assert found.ref == there.id
    assert billing.write(upsert("001-there", "By us")).record.ref == there.id
    assert billing.find("customer", "metadata.crm_id", "001-nobody") is None
    assert billing.read("customer", "cus_nobody") is None


def test_twins_that_a_vendor_without_keys_let_happen_are_told_and_none_is_chosen(
    billing: Any, sdk: stripe.StripeClient
) -> None:
    for _ in range(2):
        options: stripe.RequestOptions = {"idempotency_key": "the-same"}
        sdk.v1.customers.create({"name": "T", "metadata": {"crm_id": "001-twin"}}, options)
    with pytest.raises(CallFailed) as caught:
        billing.find("customer", "metadata.crm_id", "001-twin")
    assert caught.value.outcome.kind is Kind.DUPLICATE
    written = billing.write(upsert("001-twin", "T"))
    assert (written.verdict, written.kind) == (Verdict.REJECTED, Kind.DUPLICATE)


def test_what_it_does_not_have_is_neither_done_nor_refused(billing: Any) -> None:
    request = Request(
        operation="price.create",
        body={"product": "SEAT", "currency": "eur", "unit_amount": 1250},
        key_field="lookup_key",
        key="seat-eur",
        idempotency_key="price-1",
    )
    assert billing.write(request).verdict is Verdict.UNCERTAIN


def test_a_poll_in_words_that_it_does_not_know_fails_and_is_not_taken_for_silence(
    billing: Any,
) -> None:
    with pytest.raises(CallFailed):
        billing.changes("customer", None)


@pytest.fixture
def door(url: str, tmp_path: Path) -> Iterator[tuple[House, str]]:
    """An installation that listens, in the middle of a rotation of its secret."""
    (tmp_path / "secrets").mkdir()
    for name, values in (("billing", {"api_key": KEY}), ("hook", {"old": OLD, "new": NEW})):
        file = tmp_path / "secrets" / f"{name}.json"
        file.touch(0o600)
        file.write_text(json.dumps(values))
    with open_store(tmp_path) as store:
        estate = compiled({"e.estate.yaml": ESTATE.replace("URL", url)})
        store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
    port = free_port()
    with open_house(tmp_path) as house:
        hang_up = listen(house, port)
        yield house, f"http://127.0.0.1:{port}/webhooks/billing"
        hang_up()
        for connector in house.connectors.values():
            connector.close()  # type: ignore[attr-defined]  # this one has connections


def registered(url: str, at: str, secret: str, name: str = "ours") -> None:
    """Have every event of the counterparty sent to us, signed with `secret`."""
    answer = httpx2.post(
        f"{url}/_config/webhooks/{name}", json={"url": at, "secret": secret}, trust_env=False
    )
    assert answer.is_success, answer.text


@contextmanager
def witness() -> Iterator[tuple[str, "Queue[bytes]"]]:
    """Listen beside us; yields where, and what is heard."""
    heard: Queue[bytes] = Queue()

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hears) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", heard
        server.shutdown()
        thread.join()


def taken(house: House, ref: str) -> list[dict[str, object]]:
    """Wait until an event about `ref` is in the inbox; return what is there about it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with house.store.database.transaction() as connection:
            rows = [dict(row) for row in connection.rows(INBOX, {}) if row["ref"] == ref]
        if rows:
            return rows
        time.sleep(0.05)
    return []


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_its_signed_webhooks_come_in_under_the_old_and_the_new_secret(
    door: tuple[House, str], url: str, sdk: stripe.StripeClient, secret: str
) -> None:
    house, at = door
    registered(url, at, secret)
    made = sdk.v1.customers.create({"name": "Told"})
    assert taken(house, made.id) == [
        {"type": "customer.created", "ref": made.id, "via": "delivery"}
    ]


def test_a_webhook_signed_with_another_secret_is_refused_and_not_kept(
    door: tuple[House, str], url: str, sdk: stripe.StripeClient
) -> None:
    house, at = door
    registered(url, at, "whsec_of_somebody_else")
    with witness() as (beside, heard):
        registered(url, beside, NEW, "witness")
        forged = sdk.v1.customers.create({"name": "Forged"})
        # It signs a second later, with what is registered then: to us first, as we came first.
        while forged.id.encode() not in heard.get(timeout=60):
            pass
    registered(url, at, NEW)
    honest = sdk.v1.customers.create({"name": "Honest"})
    assert taken(house, honest.id)
    with house.store.database.transaction() as connection:
        refs = [row["ref"] for row in connection.rows(INBOX, {})]
    assert forged.id not in refs


def bench_of(url: str, sdk: stripe.StripeClient) -> Bench:
    """Return a bench that counts the customers by the vendor's own client."""
    numbers = itertools.count(1)
    nothing = Canned(status=400, body=b"{}")

    def never() -> Priced:
        raise NotImplementedError

    def count() -> dict[str, int]:
        return {"customer": sum(1 for _ in sdk.v1.customers.list().auto_paging_iter())}

    return Bench(
        name="stripe",
        connection=connection_to(url),
        requests={"customer.upsert": lambda: upsert(f"certified-{next(numbers)}", "Acme")},
        lookup=("customer", "metadata.crm_id"),
        key_of=lambda asked: str(asked.key),
        searched="customer.upsert",
        missing="cus_nobody",
        priced=never,
        wrong_credential={"api_key": "sk_test_wrong"},
        fault_in_200=nothing,
        quota=nothing,
        quota_wait=None,
        refusal=b"",
        count=count,
    )


def test_a_target_that_ignores_our_keys_is_not_certified_for_class_a(
    url: str, sdk: stripe.StripeClient
) -> None:
    bench = bench_of(url, sdk)
    assert bench.capability("customer.upsert").guarantee is Guarantee.KEY
    try:
        assert "more of the same" in " ".join(late(bench, "customer.upsert"))
    finally:
        bench.close()
