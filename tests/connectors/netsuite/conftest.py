from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.ids import SequentialIds

NOW = "2026-01-01T10:00:05Z"
DATE = "Thu, 01 Jan 2026 10:00:05 GMT"
URL = "https://1234567-sb1.suitetalk.api.netsuite.com"
PATH = "/services/rest/record/v1"
TBA = {
    "consumer_key": "consumer-key-1",
    "consumer_secret": "consumer-secret-1",
    "token_id": "token-id-1",
    "token_secret": "token-secret-1",
}


@dataclass
class Account:
    """Recorded answers of one account: by method and path, in order, the last for ever."""

    clock: VirtualClock
    key: str
    answers: dict[tuple[str, str], list[httpx2.Response]] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)
    logins: list[httpx2.Request] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    scheme: str = "oauth2-client-credentials"

    def on(self, method: str, path: str, *answers: httpx2.Response) -> None:
        self.answers[(method, path)] = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/oauth2/v1/token"):
            self.logins.append(request)
            token = f"token-number-{len(self.logins)}"
            return httpx2.Response(200, json={"access_token": token, "expires_in": "3600"})
        self.requests.append(request)
        found = self.answers.get((request.method, request.url.path))
        if not found:
            return refused(404, "NONEXISTENT_ID", "The record instance does not exist.")
        return found.pop(0) if len(found) > 1 else found[0]

    def sent(self, method: str, path: str) -> list[httpx2.Request]:
        return [
            request
            for request in self.requests
            if (request.method, request.url.path) == (method, path)
        ]

    def open(self) -> Connector:
        m2m = {"client_id": "app", "certificate_id": "cert-1", "private_key": self.key}
        connection = Connection(
            system="erp",
            url=URL,
            credential=TBA if self.scheme == "oauth1-tba" else m2m,
            scheme=self.scheme,
            timeout=timedelta(seconds=5),
            options=self.options,
        )
        return open_connector(
            connection,
            self.clock,
            SequentialIds(),
            name="netsuite",
            transport=httpx2.MockTransport(self),
        )


def refused(status: int, code: str, words: str, **headers: str) -> httpx2.Response:
    """Return an error in the vendor's form."""
    body = {
        "type": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5",
        "title": "Bad Request",
        "status": status,
        "o:errorDetails": [{"detail": words, "o:errorCode": code}],
    }
    return httpx2.Response(status, json=body, headers=headers)


def written(obj: str, ref: str) -> httpx2.Response:
    """Return what a write is answered with."""
    return httpx2.Response(204, headers={"Location": f"{URL}{PATH}/{obj}/{ref}"})


def rows(*items: object, more: bool = False) -> httpx2.Response:
    """Return a page of SuiteQL."""
    body = {"links": [], "count": len(items), "hasMore": more, "items": list(items), "offset": 0}
    return httpx2.Response(200, json=body, headers={"Date": DATE})


@pytest.fixture(scope="session")
def private_key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def account(private_key: str) -> Iterator[Account]:
    found = Account(clock=VirtualClock(from_iso(NOW)), key=private_key)
    yield found
    assert not [request for request in found.requests if "baggage" in request.headers]


@pytest.fixture
def vendor() -> dict[str, Callable[..., object]]:
    """The vendor's forms of answers."""
    return {"refused": refused, "written": written, "rows": rows}
