"""Asynchronous writes: one job for one key, whatever is lost; its answer is the write's own."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.connectors.netsuite.samples import customer
from tests.sandbox.serving import Stand, stand

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Kind, Outcome, Request, Verdict
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UsageError
from interlock.testing.vendors import LOOPBACK

JOBS = "/services/rest/async/v1/job"
RECORDS = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"


@pytest.fixture(scope="module")
def served() -> Iterator[Stand]:
    with stand() as found:
        yield found


@pytest.fixture
def later(served: Stand, private_key: str) -> Iterator[Any]:
    served.fresh("netsuite", bound_seconds=0.05)
    credential = {"client_id": "app", "certificate_id": "cert-1", "private_key": private_key}
    connection = Connection(
        system="erp",
        url=served.url,
        credential=credential,
        scheme="oauth2-client-credentials",
        timeout=timedelta(seconds=60),
        options={"async": "customer.upsert, creditMemo.create"},
        outbound=LOOPBACK,
    )
    connector: Any = open_connector(connection, SystemClock(), name="netsuite")
    yield connector
    connector.close()


def settled(connector: Any, asked: Request) -> Outcome:
    """Send a write again until it is known what it came to, as a run does."""
    outcome: Outcome = connector.write(asked)
    for _ in range(200):
        if outcome.verdict is not Verdict.UNCERTAIN:
            break
        assert outcome.location is not None, outcome
        time.sleep(0.01)
        outcome = connector.write(asked)
    return outcome


def ledger(served: Stand, obj: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = httpx2.get(f"{served.url}/_sandbox/ledger").json().get(obj, [])
    return rows


def test_a_job_is_followed_to_the_record_that_it_made_and_made_once(
    later: Any, served: Stand
) -> None:
    asked = customer()

    outcome = settled(later, asked)
    again = settled(later, asked)

    assert outcome.record is not None
    assert again.record == outcome.record
    assert [row["externalId"] for row in ledger(served, "customer")] == [asked.key]


def test_a_job_that_failed_tells_why_and_the_write_can_be_tried_again(
    later: Any, served: Stand
) -> None:
    asked = customer()
    wrong = replace(asked, body={**asked.body, "companyName": ""})

    refused = settled(later, wrong)
    mended = settled(later, asked)

    assert (refused.verdict, refused.kind) == (Verdict.REJECTED, Kind.MISSING_FIELD)
    assert mended.verdict is Verdict.DONE
    assert len(ledger(served, "customer")) == 1


def accepted(job: str) -> httpx2.Response:
    return httpx2.Response(202, headers={"Location": f"https://other.example{JOBS}/{job}"})


def state(progress: str, *, completed: bool = True) -> httpx2.Response:
    return httpx2.Response(200, json={"id": "7", "completed": completed, "progress": progress})


@pytest.fixture
def asked(account: Any) -> Request:
    account.options = {"async": "customer.upsert"}
    return replace(customer(), key="001A", body={"companyName": "Acme"})


PUT = ("PUT", f"{RECORDS}/customer/eid:001A")


def test_the_key_is_a_uuid_the_same_for_every_attempt(account: Any, asked: Request) -> None:
    account.on(*PUT, accepted("7"))
    account.on("GET", f"{JOBS}/7", state("pending", completed=False))
    connector = account.open()

    first, second = connector.write(asked), connector.write(asked)

    sent = account.sent(*PUT)
    keys = {UUID(request.headers["X-NetSuite-Idempotency-Key"]) for request in sent}
    assert (len(sent), len(keys)) == (2, 1)
    assert {request.headers["Prefer"] for request in sent} == {"respond-async"}
    assert (first.verdict, first.location) == (Verdict.UNCERTAIN, f"{JOBS}/7")
    assert second == first


def test_a_key_that_was_used_is_no_refusal_but_the_way_to_the_job(
    account: Any, vendor: Any, asked: Request
) -> None:
    used = vendor["refused"](
        400, "IDEMPOTENCY_ERROR", "was used", Location=f"https://other.example{JOBS}/7"
    )
    account.on(*PUT, used)
    account.on("GET", f"{JOBS}/7", state("succeeded"))
    account.on("GET", f"{JOBS}/7/task/1/result", vendor["written"]("customer", "55"))
    body = {"id": "55", "externalId": "001A", "companyName": "Acme"}
    account.on("GET", f"{RECORDS}/customer/55", httpx2.Response(200, json=body))

    outcome = account.open().write(asked)

    assert outcome.verdict is Verdict.DONE
    assert {request.url.host for request in account.requests} == {
        "1234567-sb1.suitetalk.api.netsuite.com"
    }


@pytest.mark.parametrize(
    ("progress", "result"),
    [
        ("succeeded", httpx2.Response(400, json={"title": "x"})),
        ("succeeded", httpx2.Response(500, content=b"<html>")),
        ("failed", httpx2.Response(204)),
        ("failed", httpx2.Response(503, content=b"<html>")),
    ],
)
def test_a_job_whose_result_contradicts_it_or_is_lost_is_uncertain(
    account: Any, asked: Request, progress: str, result: httpx2.Response
) -> None:
    account.on(*PUT, accepted("7"))
    account.on("GET", f"{JOBS}/7", state(progress))
    account.on("GET", f"{JOBS}/7/task/1/result", result)

    assert account.open().write(asked).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(204),
        httpx2.Response(202),
        httpx2.Response(202, headers={"Location": "/somewhere/7"}),
        httpx2.Response(202, headers={"Location": f"{JOBS}/../7"}),
        httpx2.Response(400, json={"o:errorDetails": [{"o:errorCode": "IDEMPOTENCY_ERROR"}]}),
    ],
)
def test_an_acceptance_that_names_no_job_is_uncertain(
    account: Any, asked: Request, answer: httpx2.Response
) -> None:
    account.on(*PUT, answer)
    assert account.open().write(asked).verdict is Verdict.UNCERTAIN


def test_a_job_that_nobody_knows_any_more_is_uncertain(account: Any, asked: Request) -> None:
    account.on(*PUT, accepted("7"))
    assert account.open().write(asked).verdict is Verdict.UNCERTAIN


def test_an_option_that_names_no_operation_is_wrong_use(account: Any) -> None:
    account.options = {"async": "customer.launch"}
    with pytest.raises(UsageError, match=r"customer\.launch"):
        account.open()
