from datetime import timedelta
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import Kind, Request, Verdict

CREATE = Request(
    operation="subscription.create",
    body={"customer": "cus_1"},
    key_field="metadata.opportunity_id",
    key="006A",
    idempotency_key="run-1",
)


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (
            409,
            (
                "idempotency_error",
                "idempotency_key_in_use",
                "There is currently another in-progress request using this Idempotent Key",
            ),
            (Verdict.UNCERTAIN, Kind.CONFLICT),
        ),
        (409, ("invalid_request_error", "", "conflict"), (Verdict.UNCERTAIN, Kind.CONFLICT)),
        (
            400,
            (
                "idempotency_error",
                "",
                "Keys for idempotent requests can only be used with the same parameters",
            ),
            (Verdict.REJECTED, Kind.CONFLICT),
        ),
        (429, ("invalid_request_error", "rate_limit", "Too many"), (Verdict.BLOCKED, Kind.QUOTA)),
        (
            429,
            ("invalid_request_error", "lock_timeout", "This object cannot be accessed right now"),
            (Verdict.RETRYABLE, Kind.LOCKED),
        ),
        (401, ("invalid_request_error", "", "Invalid API Key"), (Verdict.BLOCKED, Kind.AUTH)),
        (401, ("invalid_request_error", "api_key_expired", "x"), (Verdict.BLOCKED, Kind.AUTH)),
        (403, ("invalid_request_error", "", "restricted"), (Verdict.REJECTED, Kind.AUTH)),
        (
            400,
            ("invalid_request_error", "parameter_missing", "Missing required param: items."),
            (Verdict.REJECTED, Kind.MISSING_FIELD),
        ),
        (
            400,
            ("invalid_request_error", "parameter_unknown", "Received unknown parameter: colour"),
            (Verdict.REJECTED, Kind.UNKNOWN_FIELD),
        ),
        (
            400,
            ("invalid_request_error", "resource_missing", "No such customer: 'cus_1'"),
            (Verdict.REJECTED, Kind.NOT_FOUND),
        ),
        (
            400,
            ("invalid_request_error", "customer_tax_location_invalid", "no location"),
            (Verdict.REJECTED, Kind.TAX_FAILED),
        ),
        (402, ("card_error", "card_declined", "declined"), (Verdict.REJECTED, Kind.REJECTED)),
        (400, ("invalid_request_error", "never_seen", "x"), (Verdict.REJECTED, Kind.REJECTED)),
        (500, ("api_error", "", "Something went wrong"), (Verdict.UNCERTAIN, Kind.OUTAGE)),
        (503, ("api_error", "", "unavailable"), (Verdict.UNCERTAIN, Kind.OUTAGE)),
    ],
)
def test_each_error_means_what_the_vendor_says(
    account: Any, vendor: Any, status: int, said: tuple[str, str, str], expected: Any
) -> None:
    kind, code, message = said
    answer = vendor["error"](status, message, code=code, kind=kind)
    account.on("POST", "/v1/subscriptions", answer)
    outcome = account.open().write(CREATE)
    assert (outcome.verdict, outcome.kind) == expected
    assert outcome.status == status


def test_a_429_without_a_code_is_a_lock_only_when_the_vendor_says_retry(
    account: Any, vendor: Any
) -> None:
    quota = vendor["error"](429, "Too many requests")
    account.on("POST", "/v1/subscriptions", quota)
    assert account.open().write(CREATE).kind is Kind.QUOTA
    lock = vendor["error"](429, "Too many requests")
    lock.headers["Stripe-Should-Retry"] = "true"
    account.on("POST", "/v1/subscriptions", lock)
    assert account.open().write(CREATE).kind is Kind.LOCKED


def test_how_long_to_wait_is_read(account: Any, vendor: Any) -> None:
    quota = vendor["error"](429, "Too many", code="rate_limit")
    quota.headers["Retry-After"] = "7"
    account.on("POST", "/v1/subscriptions", quota)
    assert account.open().write(CREATE).retry_after == timedelta(seconds=7)


def test_an_error_with_status_200_is_an_error(account: Any) -> None:
    body = {"error": {"type": "api_error", "message": "x"}, "id": "sub_1"}
    account.on("POST", "/v1/subscriptions", httpx2.Response(200, json=body))
    assert account.open().write(CREATE).verdict is Verdict.UNCERTAIN


def test_the_parameter_that_was_wrong_is_named(account: Any) -> None:
    body = {"error": {"type": "x", "code": "parameter_missing", "message": "M", "param": "items"}}
    account.on("POST", "/v1/subscriptions", httpx2.Response(400, json=body))
    assert account.open().write(CREATE).message == "M (items)"
