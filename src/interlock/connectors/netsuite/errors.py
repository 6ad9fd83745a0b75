"""NetSuite's errors, by code and words; the table stands in README.md for people.

Codes come in ``o:errorDetails``; the business ones often as USER_ERROR with words alone, so some
rows match words. A synchronous write is one transaction: a 400 in the vendor's form means that it
was rolled back, with one exception, an asynchronous key that was used before (F5).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Kind, Verdict

INVALID_LOGIN: Final = "INVALID_LOGIN"
VOUCHED: Final = "[these credentials were accepted moments ago]"
"""Added to the words of a 401 that is the concurrency limit in disguise."""
ABSENT: Final = frozenset({"NONEXISTENT_ID", "RCRD_DSNT_EXIST"})
"""The only codes that say that a record is not there; a wrong path is a 404 as well."""
_MOST: Final = 5


def _rows(verdict: Verdict, kind: Kind, *codes: str) -> tuple[Row, ...]:
    return tuple(Row(verdict=verdict, kind=kind, code=code) for code in codes)


ROWS: Final = (
    Row(
        verdict=Verdict.UNCERTAIN,
        kind=Kind.CONFLICT,
        code="IDEMPOTENCY_ERROR",
        source="F5: submitted before; the Location leads to the first job",
    ),
    *_rows(
        Verdict.BLOCKED,
        Kind.QUOTA,
        "SSS_REQUEST_LIMIT_EXCEEDED",
        "WS_REQUEST_BLOCKED",
        "WS_CONCUR_SESSION_DISALLWD",
        "CONCURRENCY_LIMIT_EXCEEDED",
    ),
    Row(verdict=Verdict.BLOCKED, kind=Kind.QUOTA, status=429),
    Row(
        verdict=Verdict.BLOCKED,
        kind=Kind.QUOTA,
        status=401,
        pattern=r"\[these credentials were accepted moments ago\]",
        source="F7, F14: over the concurrency limit NetSuite answers INVALID_LOGIN",
    ),
    Row(verdict=Verdict.BLOCKED, kind=Kind.AUTH, status=401),
    *_rows(Verdict.REJECTED, Kind.AUTH, "INSUFFICIENT_PERMISSION", "INSUFFICIENT_PERMISSIONS"),
    *_rows(Verdict.RETRYABLE, Kind.LOCKED, "RCRD_HAS_BEEN_CHANGED", "RCRD_LOCKED_BY_WF"),
    Row(
        verdict=Verdict.RETRYABLE,
        kind=Kind.LOCKED,
        pattern=r"(?i)record has been changed",
        source="the same as USER_ERROR with words",
    ),
    *_rows(Verdict.REJECTED, Kind.PERIOD_CLOSED, "CLOSED_TRAN_PRD", "TRAN_PRD_CLOSED"),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.PERIOD_CLOSED,
        status=400,
        pattern=r"(?i)\bperiod\b.*\b(?:closed|locked)\b|\b(?:closed|locked)\b.*\bperiod\b",
        source="assumed: the words of the SOAP and UI error",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.DUPLICATE,
        "DUP_RCRD",
        "DUP_ENTITY",
        "DUP_EXTERNAL_ID",
        "UNIQUE_CUST_ID_REQD",
    ),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.DUPLICATE,
        status=400,
        pattern=r"(?i)already exists",
        source="assumed: the words of DUP_RCRD",
    ),
    *_rows(Verdict.REJECTED, Kind.NOT_FOUND, *sorted(ABSENT)),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.MISSING_FIELD,
        status=400,
        pattern=r"(?i)please enter value|(?:missing|mandatory|required) (?:field|propert)",
    ),
    *_rows(Verdict.REJECTED, Kind.MISSING_FIELD, "MISSING_REQD_FLD"),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_FIELD,
        status=400,
        pattern=r"(?i)(?:unknown|invalid) (?:property|field) name|unknown (?:property|field)"
        r"|(?:property|field) \S+ (?:does not|doesn't) exist",
    ),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_VALUE,
        status=400,
        pattern=r"(?i)invalid (?:value|\S+ reference key)|provide a valid value",
    ),
    *_rows(Verdict.REJECTED, Kind.UNKNOWN_VALUE, "INVALID_KEY_OR_REF", "INVALID_VALUE"),
    *_rows(Verdict.BLOCKED, Kind.OUTAGE, "ACCT_TEMP_UNAVAILABLE"),
    Row(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND, status=404),
    Row(verdict=Verdict.REJECTED, kind=Kind.AUTH, status=403),
    Row(verdict=Verdict.REJECTED, kind=Kind.REJECTED, status=400, source="rolled back, see above"),
)


def fault_of(answer: Answer) -> Fault | None:
    """Read an answer: ``o:errorDetails`` of REST, ``error`` of RESTlets, whatever the status."""
    document = answer.document
    if not isinstance(document, dict):
        return None
    details = _details(document)
    if not details:
        return None
    return Fault(
        status=answer.status,
        code=_code(details[0]),
        message="; ".join(_said(detail) for detail in details[:_MOST]),
        location=answer.headers.get("location"),
    )


def at_its_limit(fault: Fault) -> bool:
    """Tell whether a 401 may be the concurrency limit: only INVALID_LOGIN is used for both."""
    return fault.status == HTTPStatus.UNAUTHORIZED and fault.code == INVALID_LOGIN


def _details(document: Mapping[str, object]) -> list[Mapping[str, object]]:
    details = document.get("o:errorDetails")
    if isinstance(details, list):
        found: list[Mapping[str, object]] = [each for each in details if isinstance(each, dict)]
        return found or [{"detail": str(document.get("title", "no reason was given"))}]
    error = document.get("error")
    return [error] if isinstance(error, dict) else []


def _code(detail: Mapping[str, object]) -> str:
    return str(detail.get("o:errorCode") or detail.get("code") or "")


def _said(detail: Mapping[str, object]) -> str:
    words = str(detail.get("detail") or detail.get("message") or "")
    where = detail.get("o:errorPath") or detail.get("o:errorQueryParam")
    return f"{words} ({where})" if where else words
