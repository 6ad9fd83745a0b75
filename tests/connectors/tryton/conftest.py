from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector
from interlock.foundation.clock import VirtualClock, from_iso

NOW = "2026-01-01T10:00:05Z"
DATE = "Thu, 01 Jan 2026 10:00:05 GMT"


@dataclass
class Server:
    """Recorded answers of one database: by method and path, in order, the last for ever."""

    clock: VirtualClock
    answers: dict[tuple[str, str], list[httpx2.Response]] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=lambda: {"company": "1"})

    def on(self, method: str, path: str, *answers: httpx2.Response) -> None:
        self.answers[(method, f"/erp/rest/model/{path}")] = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        found = self.answers.get((request.method, request.url.path))
        if not found:
            return page(404, "Not Found", "The requested URL was not found on the server.")
        return found.pop(0) if len(found) > 1 else found[0]

    def sent(self, method: str, path: str) -> list[httpx2.Request]:
        wanted = (method, f"/erp/rest/model/{path}")
        return [each for each in self.requests if (each.method, each.url.path) == wanted]

    def open(self) -> Connector:
        connection = Connection(
            system="legacy",
            url="https://erp.example/erp",
            credential={"api_key": "key-of-the-application"},
            scheme="api-key",
            timeout=timedelta(seconds=5),
            options=self.options,
        )
        return open_connector(
            connection, self.clock, name="tryton", transport=httpx2.MockTransport(self)
        )


def page(status: int, title: str, words: str) -> httpx2.Response:
    """Return a page of the web framework."""
    text = (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n"
        f"<h1>{title}</h1>\n<p>{escape(words)}</p>\n"
    )
    return httpx2.Response(status, html=text)


def refused(message: str, description: str = "") -> httpx2.Response:
    """Return a business error."""
    body = {"status": 400, "message": message, "description": description}
    return httpx2.Response(400, json=body)


def rows(*found: object) -> httpx2.Response:
    """Return the answer to a search."""
    return httpx2.Response(200, json=list(found), headers={"Date": DATE})


def party(**extra: object) -> dict[str, object]:
    """Return a party as Tryton shows it."""
    return {
        "id": 2,
        "__name__": "party.party",
        "name": "Acme",
        "code": "001A",
        "addresses": [5],
        "last_modified_at": {
            "__class__": "datetime",
            "year": 2026,
            "month": 1,
            "day": 1,
            "hour": 10,
            "minute": 0,
            "second": 1,
            "microsecond": 7,
        },
        **extra,
    }


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server(clock=VirtualClock(from_iso(NOW)))
    yield found
    for request in found.requests:
        assert request.headers["authorization"] == "Bearer key-of-the-application"
        assert request.headers["accept-encoding"] == "gzip"
        assert "baggage" not in request.headers


@pytest.fixture
def vendor() -> dict[str, Callable[..., object]]:
    """The vendor's forms of answers."""
    return {"page": page, "refused": refused, "rows": rows, "party": party}
