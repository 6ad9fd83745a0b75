import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.odoo.models import ENTRY, INVOICE, PARTNER, PAYMENT, Form, Model
from interlock.connectors.port import Connection, Connector
from interlock.foundation.clock import VirtualClock, from_iso

NOW = "2026-01-01T10:00:05Z"
DATE = "Thu, 01 Jan 2026 10:00:05 GMT"
KEY = "0123456789abcdef0123456789abcdef01234567"
LOCKS = ("fiscalyear", "hard", "sale", "tax")


@dataclass
class Server:
    """Recorded answers of one database: by model and method, in order, the last for ever."""

    clock: VirtualClock
    answers: dict[str, list[httpx2.Response]] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=lambda: {"company": "1", "database": "erp"})

    def on(self, what: str, *answers: httpx2.Response) -> None:
        self.answers[f"/json/2/{what}"] = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        found = self.answers.get(request.url.path)
        if not found:
            return raised("werkzeug.exceptions.NotFound", "the model does not exist", 404)
        return found.pop(0) if len(found) > 1 else found[0]

    def sent(self, what: str) -> list[dict[str, Any]]:
        path = f"/json/2/{what}"
        return [json.loads(each.content) for each in self.requests if each.url.path == path]

    def open(self) -> Connector:
        connection = Connection(
            system="books",
            url="https://erp.example",
            credential={"api_key": KEY},
            scheme="api-key",
            timeout=timedelta(seconds=5),
            options=self.options,
        )
        return open_connector(
            connection, self.clock, name="odoo", transport=httpx2.MockTransport(self)
        )


def raised(name: str, message: str, status: int) -> httpx2.Response:
    """Return an exception as JSON-2 says it: with a traceback that names the server's files."""
    body = {
        "name": name,
        "message": message,
        "arguments": [message],
        "context": {},
        "debug": 'Traceback (most recent call last):\n  File "/usr/lib/python3/odoo/http.py"',
    }
    return httpx2.Response(status, json=body)


def refused(message: str, **more: object) -> httpx2.Response:
    """Return how `load` refuses: with 200."""
    said = {"rows": {"from": 0, "to": 0}, "record": 0, "type": "error", "message": message}
    return httpx2.Response(200, json={"ids": False, "messages": [said], "nextrow": 0, **more})


def loaded(*ids: int) -> httpx2.Response:
    """Return how `load` agrees."""
    return httpx2.Response(200, json={"ids": list(ids), "messages": [], "nextrow": 0})


def rows(*found: object) -> httpx2.Response:
    """Return the answer to a search."""
    return httpx2.Response(200, json=list(found), headers={"Date": DATE})


def row(model: Model, **values: object) -> dict[str, object]:
    """Return a row of a model as Odoo shows it; what is not given is empty."""
    empty = {Form.FLAG: False, Form.NUMBER: 0.0, Form.REFS: []}
    whole = {name: empty.get(each.form, False) for name, each in model.fields.items()}
    return {"id": 7, **whole, "write_date": "2026-01-01 10:00:01", **values}


def company(**until: str) -> httpx2.Response:
    """Return the company's lock dates; what is open is locked in year 1."""
    dates = {f"user_{name}_lock_date": until.get(name, "1-01-01") for name in LOCKS}
    return rows({"id": 1, **dates})


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server(clock=VirtualClock(from_iso(NOW)))
    yield found
    for request in found.requests:
        assert request.headers["authorization"] == f"bearer {KEY}"
        assert request.headers["x-odoo-database"] == "erp"
        assert "baggage" not in request.headers
        assert json.loads(request.content)["context"]["lang"] == "en_US"


@pytest.fixture
def vendor() -> Mapping[str, Callable[..., Any]]:
    """The vendor's forms of answers."""
    return {
        "raised": raised,
        "refused": refused,
        "loaded": loaded,
        "rows": rows,
        "company": company,
        "partner": lambda **values: row(PARTNER, **values),
        "invoice": lambda **values: row(INVOICE, **values),
        "entry": lambda **values: row(ENTRY, **values),
        "payment": lambda **values: row(PAYMENT, **values),
    }
