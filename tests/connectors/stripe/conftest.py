from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector
from interlock.foundation.clock import VirtualClock, from_iso

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
NOW = "2026-01-01T10:00:05Z"
DATE = "Thu, 01 Jan 2026 10:00:05 GMT"
Answering = Callable[[httpx2.Request], httpx2.Response]


@dataclass
class Account:
    """Recorded answers of one account: by method and path, in order, the last for ever."""

    clock: VirtualClock
    answers: dict[tuple[str, str], list[httpx2.Response]] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    def on(self, method: str, path: str, *answers: httpx2.Response) -> None:
        self.answers[(method, path)] = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        found = self.answers.get((request.method, request.url.path))
        if not found:
            return error(404, "Unrecognized request URL", kind="invalid_request_error")
        return found.pop(0) if len(found) > 1 else found[0]

    def sent(self, method: str, path: str) -> list[httpx2.Request]:
        return [
            request
            for request in self.requests
            if (request.method, request.url.path) == (method, path)
        ]

    def open(self) -> Connector:
        connection = Connection(
            system="billing",
            url="https://api.stripe.com",
            credential={"api_key": KEY},
            scheme="api-key",
            timeout=timedelta(seconds=5),
            options=self.options,
        )
        return open_connector(
            connection, self.clock, name="stripe", transport=httpx2.MockTransport(self)
        )


def error(status: int, message: str, *, code: str = "", kind: str = "") -> httpx2.Response:
    """Return an error in the vendor's form."""
    said = {"type": kind or "invalid_request_error", "message": message}
    return httpx2.Response(status, json={"error": {**said, "code": code} if code else said})


def page(*items: object, more: bool = False) -> httpx2.Response:
    """Return a page of a list."""
    body = {"object": "list", "data": list(items), "has_more": more, "url": "/v1/x"}
    return httpx2.Response(200, json=body, headers={"Date": DATE})


def form(request: httpx2.Request) -> dict[str, str]:
    """Return what a request says in its body."""
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


@pytest.fixture
def account() -> Iterator[Account]:
    found = Account(clock=VirtualClock(from_iso(NOW)))
    yield found
    for request in found.requests:
        assert request.headers["stripe-version"] == "2026-10-28.endive"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert "baggage" not in request.headers


@pytest.fixture
def vendor() -> dict[str, Callable[..., object]]:
    """The vendor's forms of answers."""
    return {"error": error, "page": page, "form": form}
