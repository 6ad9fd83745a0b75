import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import Kind, Request, Verdict

PATH = "/services/rest/record/v1/customer/eid:001A"
PUT = Request(
    operation="customer.upsert",
    body={"companyName": "Acme"},
    key_field="externalId",
    key="001A",
    idempotency_key="run-1",
)


@pytest.mark.parametrize(
    ("status", "code", "words", "expected"),
    [
        (
            403,
            "SSS_REQUEST_LIMIT_EXCEEDED",
            "Request Limit Exceeded",
            (Verdict.BLOCKED, Kind.QUOTA),
        ),
        (429, "USER_ERROR", "Concurrent request limit", (Verdict.BLOCKED, Kind.QUOTA)),
        (400, "SSS_REQUEST_LIMIT_EXCEEDED", "Request limit", (Verdict.BLOCKED, Kind.QUOTA)),
        (500, "WS_REQUEST_BLOCKED", "blocked", (Verdict.BLOCKED, Kind.QUOTA)),
        (403, "INSUFFICIENT_PERMISSION", "no", (Verdict.REJECTED, Kind.AUTH)),
        (
            400,
            "RCRD_HAS_BEEN_CHANGED",
            "Record has been changed",
            (Verdict.RETRYABLE, Kind.LOCKED),
        ),
        (
            400,
            "USER_ERROR",
            "Error while accessing a resource. Record has been changed.",
            (Verdict.RETRYABLE, Kind.LOCKED),
        ),
        (
            400,
            "USER_ERROR",
            "The posting period for the transaction date is closed.",
            (Verdict.REJECTED, Kind.PERIOD_CLOSED),
        ),
        (
            400,
            "USER_ERROR",
            "This transaction is in a locked accounting period",
            (Verdict.REJECTED, Kind.PERIOD_CLOSED),
        ),
        (
            400,
            "USER_ERROR",
            "Please enter value(s) for: Subsidiary",
            (Verdict.REJECTED, Kind.MISSING_FIELD),
        ),
        (
            400,
            "INVALID_CONTENT",
            "Unknown property name colour in request body.",
            (Verdict.REJECTED, Kind.UNKNOWN_FIELD),
        ),
        (
            400,
            "INVALID_CONTENT",
            "Invalid value for the resource or sub-resource field 'terms'. Provide a valid value.",
            (Verdict.REJECTED, Kind.UNKNOWN_VALUE),
        ),
        (
            400,
            "USER_ERROR",
            "Invalid entity reference key 999 for subsidiary 1.",
            (Verdict.REJECTED, Kind.UNKNOWN_VALUE),
        ),
        (400, "DUP_RCRD", "This record already exists", (Verdict.REJECTED, Kind.DUPLICATE)),
        (404, "NONEXISTENT_ID", "not there", (Verdict.REJECTED, Kind.NOT_FOUND)),
        (400, "USER_ERROR", "anything else", (Verdict.REJECTED, Kind.REJECTED)),
        (500, "UNEXPECTED_ERROR", "An unexpected error", (Verdict.UNCERTAIN, Kind.OUTAGE)),
    ],
)
def test_each_error_means_what_the_vendor_says(
    account: Any, vendor: Any, status: int, code: str, words: str, expected: Any
) -> None:
    account.on("PUT", PATH, vendor["refused"](status, code, words))
    outcome = account.open().write(PUT)
    assert (outcome.verdict, outcome.kind) == expected


def test_a_key_that_was_used_before_is_not_a_rejection_and_says_where_to_look(
    account: Any, vendor: Any
) -> None:
    job = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/async/v1/job/5"
    answer = vendor["refused"](400, "IDEMPOTENCY_ERROR", "The key was used", Location=job)
    account.on("PUT", PATH, answer)
    outcome = account.open().write(PUT)
    assert (outcome.verdict, outcome.kind) == (Verdict.UNCERTAIN, Kind.CONFLICT)
    assert outcome.location == job


def test_a_restlets_form_of_an_error_is_read_too(account: Any) -> None:
    body = {"error": {"code": "SSS_REQUEST_LIMIT_EXCEEDED", "message": "limit"}}
    account.on("PUT", PATH, httpx2.Response(400, json=body))
    assert account.open().write(PUT).kind is Kind.QUOTA


def test_how_long_to_wait_is_read(account: Any, vendor: Any) -> None:
    answer = vendor["refused"](429, "X", "limit", **{"Retry-After": "3"})
    account.on("PUT", PATH, answer)
    assert account.open().write(PUT).retry_after == timedelta(seconds=3)


def test_a_401_with_a_token_that_was_just_issued_is_the_limit_not_the_login(
    account: Any, vendor: Any
) -> None:
    account.on("PUT", PATH, vendor["refused"](401, "INVALID_LOGIN", "Invalid login attempt."))
    outcome = account.open().write(PUT)
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.QUOTA)
    assert len(account.logins) == 2


def test_a_401_of_a_session_that_ended_is_healed_by_one_new_token(
    account: Any, vendor: Any
) -> None:
    ended = vendor["refused"](401, "INVALID_LOGIN", "Invalid login attempt.")
    account.on("PUT", PATH, ended, vendor["written"]("customer", "7"))
    record = httpx2.Response(200, json={"id": "7", "externalId": "001A"})
    account.on("GET", "/services/rest/record/v1/customer/7", record)
    assert account.open().write(PUT).verdict is Verdict.DONE
    used = [request.headers["authorization"] for request in account.sent("PUT", PATH)]
    assert used == ["Bearer token-number-1", "Bearer token-number-2"]


def test_a_signature_that_was_never_accepted_is_a_wrong_login(account: Any, vendor: Any) -> None:
    account.scheme = "oauth1-tba"
    account.on("PUT", PATH, vendor["refused"](401, "INVALID_LOGIN", "Invalid login attempt."))
    assert account.open().write(PUT).kind is Kind.AUTH


def test_a_signature_that_was_accepted_a_moment_ago_met_the_limit(
    account: Any, vendor: Any
) -> None:
    account.scheme = "oauth1-tba"
    record = httpx2.Response(200, json={"id": "7", "externalId": "001A"})
    account.on("GET", "/services/rest/record/v1/customer/7", record)
    account.on("PUT", PATH, vendor["refused"](401, "INVALID_LOGIN", "Invalid login attempt."))
    connector = account.open()
    connector.read("customer", "7")
    assert connector.write(PUT).kind is Kind.QUOTA
    account.clock.advance_to(account.clock.now() + timedelta(minutes=11))
    assert connector.write(PUT).kind is Kind.AUTH


def test_an_error_with_status_200_is_an_error(account: Any) -> None:
    body = {"o:errorDetails": [{"detail": "x", "o:errorCode": "UNEXPECTED_ERROR"}]}
    account.on("PUT", PATH, httpx2.Response(200, content=json.dumps(body)))
    assert account.open().write(PUT).verdict is Verdict.UNCERTAIN
