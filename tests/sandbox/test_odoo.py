"""The simulated Odoo does what the real one was seen to do (`tests/counterparty/test_odoo.py`)."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest

Serve = Callable[..., str]
KEY = {"Authorization": "bearer 0123456789abcdef"}
LINE = ("id", "name", "quantity", "price_unit", "account_id/.id", "tax_ids/.id")
SOLD = ("Seats", "3", "10.50", "1", "")
TAX = ("External tax", "599", "0", "1", "1")


@pytest.fixture
def url(serve: Serve) -> str:
    return serve("odoo")


@pytest.fixture
def client(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, headers=KEY, trust_env=False, timeout=10) as found:
        yield found


def ask(client: httpx2.Client, what: str, **said: Any) -> httpx2.Response:
    return client.post(f"/json/2/{what}", json=said)


def load(client: httpx2.Client, model: str, *rows: dict[str, str]) -> Any:
    data = [[row.get(name, "") for name in rows[0]] for row in rows]
    return ask(client, f"{model}/load", fields=list(rows[0]), data=data).json()


def partner(client: httpx2.Client) -> str:
    return str(load(client, "res.partner", {"id": "x.p", "name": "Acme"})["ids"][0])


def invoice(client: httpx2.Client, key: str, *, named: bool = True) -> Any:
    head = {"id": f"x.{key}", "move_type": "out_invoice", "partner_id/.id": partner(client)}
    head |= {"invoice_date": "2026-01-15", "currency_id/.id": "2", "ref": key}
    rows = []
    for number, cells in enumerate((SOLD, TAX)):
        line = dict(zip(LINE, (f"x.{key}-{number}" if named else "", *cells), strict=True))
        inside = {f"invoice_line_ids/{name}": cell for name, cell in line.items()}
        rows.append({**(head if not number else dict.fromkeys(head, "")), **inside})
    return load(client, "account.move", *rows)


def move(client: httpx2.Client, ref: int) -> Any:
    fields = ["state", "date", "amount_total", "amount_tax", "amount_residual", "payment_state"]
    said = {"domain": [["id", "=", ref]], "fields": fields}
    return ask(client, "account.move/search_read", **said).json()[0]


def test_a_second_load_changes_nothing_where_lines_have_names_and_adds_them_where_not(
    client: httpx2.Client,
) -> None:
    first, second = invoice(client, "A"), invoice(client, "A")
    assert first["ids"] == second["ids"]
    assert move(client, first["ids"][0])["amount_total"] == 37.49
    (ref,) = invoice(client, "B", named=False)["ids"]
    invoice(client, "B", named=False)
    assert move(client, ref)["amount_total"] == 74.98


def test_a_load_that_is_refused_answers_200_and_leaves_nothing(client: httpx2.Client) -> None:
    head = {"id": "x.E", "move_type": "entry", "date": "2026-01-31"}
    rows = [
        {**head, "line_ids/id": "x.E-1", "line_ids/account_id/.id": "1", "line_ids/debit": "10"},
        {"line_ids/id": "x.E-2", "line_ids/account_id/.id": "6", "line_ids/credit": "9"},
    ]
    columns = dict.fromkeys(name for row in rows for name in row)
    found = load(client, "account.move", *({**dict.fromkeys(columns, ""), **row} for row in rows))
    assert found["ids"] is False
    assert found["messages"][0]["message"] == "The entry is not balanced."
    ledger = client.get("/_sandbox/ledger").json()
    assert not ledger.get("account.move")
    assert not ledger.get("account.move.line")
    assert not ledger.get("ir.model.data")


def test_a_record_that_is_not_there_reads_as_nothing_and_cannot_be_written(
    client: httpx2.Client,
) -> None:
    read = ask(client, "res.partner/search_read", domain=[["id", "=", 999]], fields=["name"])
    assert (read.status_code, read.json()) == (200, [])
    post = ask(client, "account.move/action_post", ids=[999])
    assert (post.status_code, post.json()["name"]) == (404, "odoo.exceptions.MissingError")
    field = ask(client, "res.partner/search_read", domain=[], fields=["nope"])
    assert (field.status_code, field.json()["name"]) == (500, "builtins.ValueError")


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "bearer wrong"}, 401), ({**KEY, "X-Odoo-Database": "other"}, 404)],
)
def test_a_stranger_and_a_wrong_database_are_turned_away(
    url: str, headers: dict[str, str], status: int
) -> None:
    found = httpx2.post(f"{url}/json/2/res.partner/search_read", headers=headers, json={})
    assert found.status_code == status


def test_posting_moves_a_date_out_of_a_closed_period_and_says_nothing(
    client: httpx2.Client,
) -> None:
    client.post("/_sandbox/options", json={"locks": {"user_sale_lock_date": "2026-01-31"}})
    (ref,) = invoice(client, "A")["ids"]
    answer = ask(client, "account.move/action_post", ids=[ref])
    assert (answer.status_code, answer.json()) == (200, False)
    found = move(client, ref)
    assert found["state"] == "posted"
    assert found["date"] > "2026-01-31"
    again = ask(client, "account.move/action_post", ids=[ref])
    assert (again.status_code, again.json()["name"]) == (422, "odoo.exceptions.UserError")


def test_a_lock_is_a_200_of_load_and_a_500_or_a_409_of_the_others(client: httpx2.Client) -> None:
    (ref,) = invoice(client, "A")["ids"]
    client.post("/_sandbox/faults", json={"rates": {"odoo_lock": 1.0}})
    refused = load(client, "res.partner", {"id": "x.q", "name": "Q"})
    assert refused["ids"] is False
    assert "could not serialize" in refused["messages"][0]["message"]
    locked = ask(client, "account.move/action_post", ids=[ref])
    assert (locked.status_code, locked.json()["name"]) == (
        500,
        "psycopg2.errors.SerializationFailure",
    )
    client.post("/_sandbox/faults", json={"rates": {"odoo_lock_error": 1.0}})
    locked = ask(client, "account.move/action_post", ids=[ref])
    assert (locked.status_code, locked.json()["name"]) == (409, "odoo.exceptions.LockError")
    client.post("/_sandbox/faults", json={"rates": {}})
    assert move(client, ref)["state"] == "draft"


def test_the_proxy_before_it_throttles_with_a_page(client: httpx2.Client) -> None:
    client.post("/_sandbox/faults", json={"rates": {"odoo_429": 1.0}})
    found = ask(client, "res.partner/search_read", domain=[], fields=["name"])
    assert (found.status_code, found.headers["retry-after"]) == (429, "1")
    assert "text/html" in found.headers["content-type"]


def test_an_answer_that_is_lost_was_applied(client: httpx2.Client) -> None:
    client.post("/_sandbox/faults", json={"rates": {"response_lost": 1.0}, "most_per_key": 1})
    with pytest.raises(httpx2.TransportError):
        load(client, "res.partner", {"id": "x.lost", "name": "L"})
    client.post("/_sandbox/faults", json={"rates": {}})
    (made,) = client.get("/_sandbox/ledger").json()["res.partner"]
    assert load(client, "res.partner", {"id": "x.lost", "name": "L"})["ids"] == [made["id"]]


def test_a_credit_note_is_positive_and_settles_its_invoice(client: httpx2.Client) -> None:
    (ref,) = invoice(client, "A")["ids"]
    ask(client, "account.move/action_post", ids=[ref])
    head = {"id": "x.C", "move_type": "out_refund", "reversed_entry_id/.id": str(ref)}
    head |= {"currency_id/.id": "2", "partner_id/.id": partner(client)}
    line = dict(zip(LINE, ("x.C-0", *SOLD), strict=True))
    inside = {f"invoice_line_ids/{name}": cell for name, cell in line.items()}
    (note,) = load(client, "account.move", {**head, **inside})["ids"]
    ask(client, "account.move/action_post", ids=[note])
    assert move(client, note)["amount_total"] == 31.5
    assert move(client, ref)["amount_residual"] == 5.99
    assert move(client, ref)["payment_state"] == "partial"


def test_one_change_is_told_seven_times_unsigned_and_never_again(client: httpx2.Client) -> None:
    heard: list[bytes] = []

    class Deaf(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(500)  # nobody cares: it was sent
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    class Crowd(ThreadingHTTPServer):
        request_queue_size = 32

    with Crowd(("127.0.0.1", 0), Deaf) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/webhooks/books"
        client.post("/_sandbox/webhooks", json={"url": url})
        (ref,) = load(client, "res.partner", {"id": "x.told", "name": "T"})["ids"]
        until = time.monotonic() + 60
        while len(heard) < 7 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.0)
        server.shutdown()
        thread.join(5)
    assert len(heard) == 7
    assert len(set(heard)) == 1
    assert json.loads(heard[0]) | {"_action": ""} == {
        "_action": "",
        "_id": ref,
        "_model": "res.partner",
    }
