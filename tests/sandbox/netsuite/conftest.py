import base64
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.sandbox.serving import Stand, stand

RECORDS = "/services/rest/record/v1"
AUDIENCE = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
STRICT = {"X-NetSuite-PropertyNameValidation": "Error"}


def claims(**changed: object) -> dict[str, object]:
    """Return the claims of a good assertion, except for what is changed."""
    now = int(time.time())
    good = {"iss": "client", "scope": "rest_webservices", "iat": now, "exp": now + 3000}
    return {**good, "aud": AUDIENCE, **changed}


def assertion(said: Mapping[str, object], alg: str = "PS256") -> str:
    """Return a well-formed assertion that nobody signed."""
    parts = [{"typ": "JWT", "alg": alg, "kid": "certificate"}, said]
    packed = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*packed, "c2lnbmF0dXJl"])


def token_answer(url: str, jwt: str) -> httpx2.Response:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {"grant_type": "client_credentials", "client_assertion_type": kind}
    form["client_assertion"] = jwt
    return httpx2.post(f"{url}/services/rest/auth/oauth2/v1/token", data=form)


@dataclass
class Suite:
    """A simulated account, and a client that is logged in."""

    url: str
    client: httpx2.Client

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        return self.client.request(method, path, json=body, headers={**STRICT, **headers})

    def customer(self, key: str, **fields: object) -> str:
        given = {"companyName": "Acme", "subsidiary": {"id": "1"}, **fields}
        return self.ref(self.send("PUT", f"{RECORDS}/customer/eid:{key}", given))

    def invoice(self, key: str, **fields: object) -> httpx2.Response:
        line = {"item": {"id": "item-SEAT"}, "quantity": 3, "amount": 31.50}
        given: dict[str, object] = {
            "entity": {"externalId": "001"},
            "subsidiary": {"id": "1"},
            "currency": {"id": "1"},
            "tranDate": "2026-01-15",
            "taxTotal": 2.25,
            "item": {"items": [line]},
            **fields,
        }
        return self.send("PUT", f"{RECORDS}/invoice/eid:{key}?replace=item", given)

    def read(self, obj: str, ref: str, query: str = "expandSubResources=true") -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", f"{RECORDS}/{obj}/{ref}?{query}").json()
        return found

    def query(self, text: str, page: str = "") -> dict[str, Any]:
        path = f"/services/rest/query/v1/suiteql{page}"
        answer = self.send("POST", path, {"q": text}, Prefer="transient")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def control(self, path: str, body: object = None) -> Any:
        if body is None:
            return httpx2.get(f"{self.url}/_sandbox/{path}").json()
        return httpx2.post(f"{self.url}/_sandbox/{path}", json=body).json()

    def ref(self, answer: httpx2.Response) -> str:
        """Return the id of what was written: only the Location tells it."""
        assert answer.status_code == 204, answer.text
        return str(answer.headers["location"]).rsplit("/", 1)[1]


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and code of an error."""
    return answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]


@pytest.fixture(scope="package")
def served() -> Iterator[Stand]:
    with stand() as found:
        yield found


@pytest.fixture
def suite(served: Stand) -> Iterator[Suite]:
    served.fresh("netsuite")
    token = token_answer(served.url, assertion(claims())).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=served.url, headers=headers, timeout=10) as client:
        found = Suite(served.url, client)
        found.customer("001")
        yield found
