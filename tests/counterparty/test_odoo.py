"""The real Odoo 19: the conformance suite, and what the connector's page says of it."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import Connection, Connector, Kind, Record, Request, Verdict
from interlock.foundation.errors import UnavailableError
from interlock.testing.bench import Bench
from interlock.testing.conformance import Conformance
from interlock.testing.odoo_bench import Samples, fresh, odoo_bench
from interlock.testing.odoo_server import DATABASE, RealOdoo, real_odoo

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def odoo() -> Iterator[RealOdoo]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(real_odoo())
        except UnavailableError as error:
            pytest.skip(f"NO REAL ODOO WAS TESTED: {error}")
        yield server


@pytest.fixture
def connection(odoo: RealOdoo) -> Connection:
    return Connection(
        system="books",
        url=odoo.url,
        credential={"api_key": odoo.key},
        scheme="api-key",
        timeout=timedelta(seconds=60),
        options={"database": DATABASE, "census": "1"},
    )


@pytest.fixture
def bench(connection: Connection) -> Iterator[Bench]:
    with odoo_bench(connection) as found:
        yield found


@pytest.fixture
def samples(bench: Bench) -> Samples:
    return fresh(bench.open())


@pytest.fixture
def person(odoo: RealOdoo) -> Iterator[httpx2.Client]:
    """Somebody who works in Odoo by hand, and may do everything."""
    headers = {"Authorization": f"bearer {odoo.admin}", "X-Odoo-Database": DATABASE}
    base = f"{odoo.url}/json/2"
    with httpx2.Client(base_url=base, headers=headers, trust_env=False, timeout=60) as client:
        yield client


COUNTED = ("res.partner", "product.product", "sale.order", "account.move", "account.payment")


class TestRealOdoo(Conformance):
    @pytest.fixture
    def bench(self, connection: Connection, person: httpx2.Client) -> Iterator[Bench]:
        def count() -> dict[str, int]:
            """Ask the product itself, past the connector."""
            asked = {"domain": [], "context": {"active_test": False}}
            return {it: person.post(f"/{it}/search_count", json=asked).json() for it in COUNTED}

        with odoo_bench(connection) as found:
            yield replace(found, count=count)


def rows(person: httpx2.Client, model: str, domain: list[Any], fields: list[str]) -> list[Any]:
    asked = {"domain": domain, "fields": fields, "context": {"active_test": False}}
    found: list[Any] = person.post(f"/{model}/search_read", json=asked).json()
    return found


def test_six_at_once_make_one_invoice(
    bench: Bench, samples: Samples, person: httpx2.Client
) -> None:
    request = samples.invoice()
    connectors = [bench.open() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda each: each.write(request), connectors))
    assert {each.verdict for each in outcomes} <= {Verdict.DONE, Verdict.RETRYABLE}
    made = rows(person, "account.move", [["ref", "=", request.key]], ["amount_total"])
    assert [row["amount_total"] for row in made] == [37.49]
    lines = [["move_id", "=", made[0]["id"]], ["display_type", "=", "product"]]
    assert len(rows(person, "account.move.line", lines, ["name"])) == 2


def test_the_tax_of_another_engine_is_booked_where_the_tax_says(
    bench: Bench, samples: Samples, person: httpx2.Client
) -> None:
    posted = samples.posted()
    lines = [["move_id", "=", int(posted.ref)], ["display_type", "=", "tax"]]
    (tax,) = rows(person, "account.move.line", lines, ["account_id", "amount_currency"])
    assert tax["amount_currency"] == -5.99
    assert "Tax of another engine" in tax["account_id"][1]


def test_a_closed_period_stays_closed_though_odoo_would_move_the_date(
    bench: Bench, samples: Samples, person: httpx2.Client, odoo: RealOdoo
) -> None:
    made, naive = (samples.made(samples.invoice()) for _ in range(2))
    lock(person, odoo, "2026-01-31")
    try:
        request = Request(operation="invoice.post", body={}, ref=made.ref, idempotency_key="x")
        outcome = bench.open().write(request)
        person.post("/account.move/action_post", json={"ids": [int(naive.ref)]}).raise_for_status()
    finally:
        lock(person, odoo, None)
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.PERIOD_CLOSED)
    (ours, theirs) = (
        rows(person, "account.move", [["id", "=", int(each.ref)]], ["state", "date"])[0]
        for each in (made, naive)
    )
    assert ours["state"] == "draft"
    # This is why: Odoo itself posts it, on another day, and says nothing.
    assert theirs["state"] == "posted"
    assert theirs["date"] > "2026-01-31"


def lock(person: httpx2.Client, odoo: RealOdoo, until: str | None) -> None:
    vals = {"sale_lock_date": until or False}
    said = {"ids": [odoo.company], "vals": vals}
    person.post("/res.company/write", json=said).raise_for_status()


def test_a_credit_note_settles_its_invoice(bench: Bench, samples: Samples) -> None:
    invoice = samples.posted()
    undo = samples.request("invoice.credit", {}, invoice.ref)
    note = samples.made(undo)
    assert str(note.body["amount_total_in_currency_signed"]) == "-37.49"
    again = read(bench.open(), invoice)
    assert (again.body["payment_state"], again.body["amount_residual"]) == ("reversed", 0)


def test_a_payment_is_taken_off_its_invoice_and_put_back(bench: Bench, samples: Samples) -> None:
    request = samples.payment()
    payment = samples.made(request)
    invoice = bench.open().read("invoice", str(request.body["invoice_ids"]))
    assert invoice is not None
    assert str(invoice.body["amount_residual"]) == "27.49"
    samples.made(samples.request("payment.cancel", {}, payment.ref))
    assert str(read(bench.open(), invoice).body["amount_residual"]) == "37.49"


def read(connector: Connector, record: Record) -> Record:
    found = connector.read("invoice", record.ref)
    assert found is not None
    return found


def test_archiving_and_deleting_are_noticed(
    bench: Bench, samples: Samples, person: httpx2.Client
) -> None:
    connector = bench.open()
    kept, dropped = (samples.made(samples.partner()) for _ in range(2))
    begun = connector.changes("partner", None).cursor
    time.sleep(2)
    ids = {"ids": [int(kept.ref)]}
    person.post("/res.partner/action_archive", json=ids).raise_for_status()
    person.post("/res.partner/unlink", json={"ids": [int(dropped.ref)]}).raise_for_status()
    seen = {event.ref: event for event in connector.changes("partner", begun).events}
    assert (seen[kept.ref].type, seen[kept.ref].body["active"]) == ("partner.changed", False)
    assert (seen[dropped.ref].type, seen[dropped.ref].body) == ("partner.deleted", {})
    assert connector.read("partner", dropped.ref) is None
    assert connector.find("partner", "ref", str(dropped.body["ref"])) is None


def test_one_change_is_told_by_unsigned_copies(
    bench: Bench, samples: Samples, person: httpx2.Client
) -> None:
    heard: list[tuple[bytes, list[str]]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((body, [name.lower() for name in self.headers]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:  # quiet
            return

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            _automate(person, f"http://127.0.0.1:{server.server_port}/webhooks/books")
            made = samples.made(samples.partner())
        finally:
            server.shutdown()
            thread.join(5)
    assert heard
    for body, headers in heard:
        said = json.loads(body)
        assert (said["_model"], said["_id"]) == ("res.partner", int(made.ref))
        assert not [name for name in headers if "signature" in name]


def _automate(person: httpx2.Client, url: str) -> None:
    model = rows(person, "ir.model", [["model", "=", "res.partner"]], ["id"])[0]["id"]
    action = {
        "name": "tell",
        "model_id": model,
        "state": "webhook",
        "webhook_url": url,
        "usage": "base_automation",
    }
    rule = {
        "name": "tell",
        "model_id": model,
        "trigger": "on_create_or_write",
        "action_server_ids": [[0, 0, action]],
    }
    said = {"vals_list": [rule]}
    person.post("/base.automation/create", json=said).raise_for_status()


def test_odoo_says_what_the_key_may_do_without_a_try(bench: Bench) -> None:
    connector: Any = bench.open()
    found = connector.checkup(["partner", "invoice", "order", "payment"])
    assert {each.held.value for each in found.permissions} == {"yes"}
    assert len(found.permissions) == 12
