"""Every network fault does to the ledger what its name says."""

import time

import httpx2
import pytest

from interlock.testing.vendors import running

HEADERS = {"Authorization": "Bearer sk_test_x"}


def customers(url: str) -> int:
    ledger = httpx2.get(f"{url}/_sandbox/ledger").json()
    return len(ledger.get("customer", []))


def fired(url: str) -> dict[str, int]:
    found: dict[str, int] = httpx2.get(f"{url}/_sandbox/faults").json()["fired"]
    return found


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        ("response_lost", 1),
        ("truncated", 1),
        ("gateway_timeout_applied", 1),
        ("html_error", 0),
        ("late_apply", 1),
    ],
)
def test_a_fault_leaves_the_ledger_as_its_name_says(fault: str, applied: int) -> None:
    bound = "2.0"
    with running("stripe", "--faults", f'{{"{fault}": 1.0}}', "--bound-seconds", bound) as url:
        sent = time.monotonic()
        try:
            answer = httpx2.post(f"{url}/v1/customers", data={"name": "A"}, headers=HEADERS)
            assert fault in {"truncated", "gateway_timeout_applied", "html_error"}
            assert answer.status_code in {200, 503, 504}
        except httpx2.TransportError:
            assert fault in {"response_lost", "late_apply"}
        if fault == "late_apply":
            seen = customers(url)
            # Not before a fifth of the bound; a busy machine may let us look only after that.
            assert seen == 0 or time.monotonic() - sent > float(bound) / 5
            while not customers(url):
                time.sleep(0.05)

        assert customers(url) == applied
        assert fired(url) == {fault: 1}


def test_a_fault_strikes_one_request_at_most_twice() -> None:
    with running("stripe", "--faults", '{"html_error": 1.0}') as url:
        statuses = [
            httpx2.post(f"{url}/v1/customers", data={"name": "A"}, headers=HEADERS).status_code
            for _ in range(3)
        ]

        assert statuses == [503, 503, 200]
