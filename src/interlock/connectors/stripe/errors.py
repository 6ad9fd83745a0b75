"""Stripe's errors, by code: https://docs.stripe.com/error-codes.

An answer of 4xx in the vendor's form means that nothing was changed, with one exception: a key
that is in use belongs to a request that is still running (F5). A 500 may have been applied.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Kind, Verdict

LOCK_TIMEOUT: Final = "lock_timeout"
RATE_LIMIT: Final = "rate_limit"


def _rows(verdict: Verdict, kind: Kind, *codes: str) -> tuple[Row, ...]:
    return tuple(Row(verdict=verdict, kind=kind, code=code) for code in codes)


ROWS: Final = (
    Row(
        verdict=Verdict.UNCERTAIN,
        kind=Kind.CONFLICT,
        code="idempotency_key_in_use",
        source="F5: the first request with this key is still running",
    ),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.CONFLICT,
        code="idempotency_error",
        source="the same key with other parameters; this request was not carried out",
    ),
    *_rows(Verdict.RETRYABLE, Kind.LOCKED, LOCK_TIMEOUT),
    *_rows(Verdict.BLOCKED, Kind.QUOTA, RATE_LIMIT),
    *_rows(
        Verdict.BLOCKED,
        Kind.AUTH,
        "api_key_expired",
        "platform_api_key_expired",
        "account_closed",
        "secret_key_required",
        "livemode_mismatch",
    ),
    Row(verdict=Verdict.BLOCKED, kind=Kind.AUTH, status=401),
    Row(verdict=Verdict.REJECTED, kind=Kind.AUTH, status=403, source="a restricted key"),
    *_rows(Verdict.REJECTED, Kind.DUPLICATE, "resource_already_exists"),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.DUPLICATE,
        status=400,
        pattern=r"already uses that lookup key",
        source="prices: the message carries no code of its own",
    ),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.DUPLICATE,
        status=400,
        pattern=r"already exists with identifier",
        source="meter events; seen in langfuse/langfuse pull request 16292",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.CONFLICT,
        "charge_already_refunded",
        "charge_disputed",
        "invoice_not_editable",
        "payment_intent_unexpected_state",
    ),
    *_rows(Verdict.REJECTED, Kind.NOT_FOUND, "resource_missing"),
    Row(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND, status=404),
    *_rows(Verdict.REJECTED, Kind.MISSING_FIELD, "parameter_missing"),
    *_rows(Verdict.REJECTED, Kind.UNKNOWN_FIELD, "parameter_unknown"),
    *_rows(
        Verdict.REJECTED,
        Kind.UNKNOWN_VALUE,
        "parameter_invalid_empty",
        "parameter_invalid_integer",
        "parameter_invalid_string_blank",
        "parameter_invalid_string_empty",
        "invalid_charge_amount",
        "amount_too_small",
        "amount_too_large",
        "email_invalid",
        "postal_code_invalid",
        "country_unsupported",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.TAX_FAILED,
        "customer_tax_location_invalid",
        "taxes_calculation_failed",
        "stripe_tax_inactive",
        "tax_id_invalid",
    ),
    Row(verdict=Verdict.UNCERTAIN, kind=Kind.CONFLICT, status=409),
    Row(verdict=Verdict.REJECTED, kind=Kind.REJECTED, status=402, source="a card was declined"),
    Row(verdict=Verdict.REJECTED, kind=Kind.REJECTED, status=400, source="see above"),
)


def fault_of(answer: Answer) -> Fault | None:
    """Read an answer: an object ``error``, whatever the status (F9)."""
    document = answer.document
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return None
    return Fault(status=answer.status, code=_code(error, answer), message=_said(error))


def _code(error: Mapping[str, object], answer: Answer) -> str:
    code = str(error.get("code") or "")
    kind = str(error.get("type") or "")
    if kind == "idempotency_error" and not code:
        return kind
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and code != RATE_LIMIT:
        # A lock is told from a quota by the code or, where there is none, by this header.
        locked = answer.headers.get("stripe-should-retry", "") == "true"
        return LOCK_TIMEOUT if locked or code == LOCK_TIMEOUT else RATE_LIMIT
    return code or kind


def _said(error: Mapping[str, object]) -> str:
    named = error.get("param")
    message = str(error.get("message") or "")
    return f"{message} ({named})" if named else message
