"""Asked whether we may work there, a connector says yes, no or that nobody knows."""

import inspect
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from importlib import import_module
from typing import cast

import httpx2
import pytest

from interlock.connectors.catalogue import NAMES, open_connector
from interlock.connectors.checkup import Checkup, Examined, Held, Quota
from interlock.connectors.port import Connection
from interlock.foundation.clock import VirtualClock, from_iso

NOW = from_iso("2026-01-01T00:00:00Z")
SCHEMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "stripe": ("api-key", {"api_key": "rk_live_1234567890"}),
    "salesforce": ("oauth2-client-credentials", {"client_id": "us", "client_secret": "s3cret-1"}),
    "netsuite": (
        "oauth1-tba",
        {
            "consumer_key": "consumer-key",
            "consumer_secret": "consumer-secret",
            "token_id": "token-id",
            "token_secret": "token-secret",
        },
    ),
    "tryton": ("api-key", {"api_key": "d" * 128}),
    "avalara": ("basic", {"account_id": "account", "license_key": "licence-key"}),
}
Answering = Callable[[httpx2.Request], httpx2.Response]


def examine(name: str, answering: Answering, objects: Collection[str]) -> Checkup:
    scheme, credential = SCHEMES[name]
    connection = Connection(
        system="it",
        url="https://vendor.example.com",
        credential=credential,
        scheme=scheme,
        timeout=timedelta(seconds=1),
    )

    def with_token(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token"):
            return httpx2.Response(200, json={"access_token": "t0ken", "expires_in": 600})
        return answering(request)

    transport = httpx2.MockTransport(with_token)
    connector = open_connector(connection, VirtualClock(NOW), name=name, transport=transport)
    return cast("Examined", connector).checkup(objects)


def held(found: Checkup) -> list[tuple[str, Held]]:
    return [(each.what, each.held) for each in found.permissions]


@pytest.mark.parametrize("name", NAMES)
def test_every_connector_can_be_examined(name: str) -> None:
    module = import_module(f"interlock.connectors.{name}.connector")
    classes = [each for _, each in inspect.getmembers(module, inspect.isclass)]

    assert any(each.__module__ == module.__name__ and "checkup" in vars(each) for each in classes)


def test_stripe_names_the_permission_that_a_restricted_key_lacks() -> None:
    words = (
        "The provided key 'rk_live_1234567890' does not have the required permissions for this "
        "endpoint. Having the 'rak_invoice_read' permission would allow this request to continue."
    )

    def answering(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v1/invoices":
            error = {"type": "invalid_request_error", "message": words}
            return httpx2.Response(403, json={"error": error})
        return httpx2.Response(200, json={"object": "list", "data": []})

    found = examine("stripe", answering, ["customer", "invoice", "nothing of Stripe's"])

    assert held(found) == [
        ("read event", Held.YES),
        ("read customer", Held.YES),
        ("read invoice", Held.NO),
    ]
    lack = found.permissions[-1]
    assert "rak_invoice_read" in lack.said
    assert "rk_live_1234567890" not in lack.said
    assert "`Read` on invoice" in lack.grant


def test_salesforce_hides_an_object_that_may_not_be_read_and_tells_its_quota() -> None:
    def answering(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/limits"):
            body = {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}
            return httpx2.Response(200, json=body)
        if "Secret__c" in str(request.url):
            body_ = [{"errorCode": "INVALID_TYPE", "message": "sObject type is not supported."}]
            return httpx2.Response(400, json=body_)
        return httpx2.Response(200, json={"totalSize": 0, "done": True, "records": []})

    found = examine("salesforce", answering, ["Account", "Secret__c"])

    assert held(found) == [
        ("use the API", Held.YES),
        ("read Account", Held.YES),
        ("read Secret__c", Held.NO),
    ]
    assert found.quotas == [Quota(name="API requests in 24 hours", limit=15000, left=14998)]


@pytest.mark.parametrize("seen", [True, False])
def test_netsuite_tells_its_limit_to_administrators_and_that_is_no_lack(*, seen: bool) -> None:
    def answering(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/governanceLimits"):
            told = {"accountConcurrencyLimit": 5, "accountUnallocatedConcurrencyLimit": 3}
            return httpx2.Response(200, json=told) if seen else _netsuite_refusal()
        if request.url.path.endswith("/invoice"):
            return _netsuite_refusal()
        return httpx2.Response(200, json={"items": [], "hasMore": False})

    found = examine("netsuite", answering, ["customer", "invoice"])

    assert dict(held(found)) == {
        "read customer": Held.YES,
        "read invoice": Held.NO,
        **({"see the concurrency limit": Held.YES} if seen else {}),
    }
    assert found.quotas == ([Quota(name="requests at once", limit=5)] if seen else [])


def _netsuite_refusal() -> httpx2.Response:
    detail = "You need the Transactions > Invoice permission."
    details = [{"detail": detail, "o:errorCode": "INSUFFICIENT_PERMISSION"}]
    return httpx2.Response(403, json={"status": 403, "o:errorDetails": details})


def test_tryton_says_no_to_a_key_that_nobody_validated_and_is_asked_once() -> None:
    asked = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(401, text="Unauthorized")

    found = examine("tryton", answering, ["party", "invoice"])

    assert held(found) == [("read invoice", Held.NO)]
    assert "Validate the application key" in found.permissions[0].grant
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.Response(200, json={"authenticated": True}), Held.YES),
        (httpx2.Response(200, json={"authenticated": False}), Held.NO),
        (httpx2.Response(200, json={"version": "1"}), Held.UNKNOWN),
        (httpx2.Response(200, text="<html>welcome</html>"), Held.UNKNOWN),
        (httpx2.Response(503), Held.UNKNOWN),
    ],
)
def test_avalara_answers_strangers_with_success_too(
    answer: httpx2.Response, expected: Held
) -> None:
    assert held(examine("avalara", lambda _: answer, [])) == [("log in", expected)]


def test_a_vendor_that_cannot_be_reached_permits_nothing_and_refuses_nothing() -> None:
    def answering(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    assert {answer for _, answer in held(examine("stripe", answering, ["invoice"]))} == {
        Held.UNKNOWN
    }
