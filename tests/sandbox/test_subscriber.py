"""The endpoint that is told of events believes what is signed, and keeps each event once."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from interlock.foundation.signatures import signed
from tests.sandbox.conftest import Serve

SECRET = "whsec_ZGVtbyBvZiB0aGUgd2FyZWhvdXNlIGhvb2s="
BODY = b'{"type":"com.example.invoice.paid.v1","data":{"total":"12.50"}}'


def started(serve: Serve, secret: str = SECRET) -> str:
    url = serve("subscriber")
    httpx2.post(f"{url}/_sandbox/options", json={"secret": secret})
    return url


def post(url: str, headers: dict[str, str], body: bytes = BODY) -> int:
    return httpx2.post(f"{url}/events", content=body, headers=headers).status_code


def kept(url: str) -> dict[str, int]:
    ledger = httpx2.get(f"{url}/_sandbox/ledger").json()
    return {name: len(rows) for name, rows in ledger.items()}


def test_an_event_that_comes_twice_is_kept_once(serve: Serve) -> None:
    url = started(serve)
    headers = signed([SECRET], "evt_1", datetime.now(UTC), BODY)

    assert [post(url, headers), post(url, headers)] == [204, 204]
    assert kept(url) == {"event": 1, "again": 1}


def test_one_of_two_signatures_is_enough_while_a_secret_is_rotated(serve: Serve) -> None:
    url = started(serve)
    other = "whsec_" + "A" * 32
    assert post(url, signed([other, SECRET], "evt_1", datetime.now(UTC), BODY)) == 204


def test_what_is_not_signed_now_and_by_its_secret_is_not_taken(serve: Serve) -> None:
    url = started(serve)
    now = datetime.now(UTC)
    old = signed([SECRET], "evt_1", now - timedelta(minutes=6), BODY)
    foreign = signed(["whsec_" + "A" * 32], "evt_1", now, BODY)

    assert [post(url, old), post(url, foreign), post(url, {})] == [401, 401, 401]
    assert post(url, signed([SECRET], "evt_1", now, BODY), BODY + b" ") == 401
    assert kept(url) == {}


@pytest.mark.parametrize("secret", ["", "whsec_***"])
def test_without_a_secret_of_its_own_it_takes_nothing(serve: Serve, secret: str) -> None:
    url = started(serve, secret)
    assert post(url, signed([SECRET], "evt_1", datetime.now(UTC), BODY)) == 401
