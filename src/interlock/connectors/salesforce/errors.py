"""Salesforce's errors, by code; the table stands in README.md for people.

Source of codes: counterparties.md 3.3, reliability.md F7, F8, F14, F16, F20, and the vendor's
"Status Codes and Error Responses". A write through these operations is one record in one
transaction: an answer of 400 in the vendor's own form means that it was rolled back.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Kind, Verdict

EXPIRED: Final = "INVALID_SESSION_ID"
_MOST: Final = 5
"""How many of an answer's errors are told."""


def _rows(verdict: Verdict, kind: Kind, *codes: str) -> tuple[Row, ...]:
    return tuple(Row(verdict=verdict, kind=kind, code=code) for code in codes)


ROWS: Final = (
    Row(verdict=Verdict.RETRYABLE, kind=Kind.LOCKED, code="UNABLE_TO_LOCK_ROW", source="F8"),
    Row(
        verdict=Verdict.RETRYABLE,
        kind=Kind.LOCKED,
        pattern=r"UNABLE_TO_LOCK_ROW|unable to obtain exclusive access",
        source="F8: hidden inside CANNOT_EXECUTE_FLOW_TRIGGER and its likes",
    ),
    *_rows(
        Verdict.BLOCKED,
        Kind.AUTH,
        EXPIRED,
        "INVALID_AUTH_HEADER",
        "INVALID_LOGIN",
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
        "FUNCTIONALITY_NOT_ENABLED",
        "INACTIVE_OWNER_OR_USER",
    ),
    *_rows(Verdict.BLOCKED, Kind.QUOTA, "REQUEST_LIMIT_EXCEEDED", "CONCURRENT_REQUEST_LIMIT"),
    *_rows(Verdict.RETRYABLE, Kind.OUTAGE, "QUERY_TIMEOUT"),
    *_rows(Verdict.REJECTED, Kind.DUPLICATE, "DUPLICATE_VALUE", "DUPLICATES_DETECTED"),
    Row(verdict=Verdict.REJECTED, kind=Kind.DUPLICATE, status=300, source="upsert, several match"),
    *_rows(Verdict.REJECTED, Kind.MISSING_FIELD, "REQUIRED_FIELD_MISSING", "MISSING_ARGUMENT"),
    *_rows(
        Verdict.REJECTED,
        Kind.UNKNOWN_FIELD,
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "NO_SUCH_COLUMN",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.UNKNOWN_VALUE,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_CURRENCY_ISO_CODE",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.NOT_FOUND,
        "NOT_FOUND",
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
    ),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.NOT_FOUND,
        code="INVALID_QUERY_FILTER_OPERATOR",
        pattern="(?i)invalid id field",
        source="assumed: what SOQL says to a literal that has not the form of an id",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.AUTH,
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    ),
    *_rows(Verdict.REJECTED, Kind.CONFLICT, "ENTITY_IS_LOCKED", "PRECONDITION_FAILED"),
    Row(verdict=Verdict.REJECTED, kind=Kind.REJECTED, status=400, source="rolled back, see above"),
)


def fault_of(answer: Answer) -> Fault | None:
    """Read an answer: an array of errors, or an object that says ``"success": false`` (F9)."""
    if _is_batch(answer.document):
        return None  # each of its rows is an answer of its own
    return fault_in(answer.status, answer.document)


def _is_batch(document: object) -> bool:
    """Tell whether this is a collection's answer: rows that say of themselves whether they did."""
    rows = document if isinstance(document, list) else []
    return bool(rows) and all(isinstance(row, dict) and "success" in row for row in rows)


def fault_in(status: int, document: object) -> Fault | None:
    """Read what was said of one record, by itself or among others."""
    if status == HTTPStatus.MULTIPLE_CHOICES and isinstance(document, list):
        return Fault(status=status, message="the external id stands in several records")
    errors = _errors(document)
    if not errors:
        return None
    return Fault(
        status=status,
        code=_code(errors[0]),
        message="; ".join(_said(error) for error in errors[:_MOST]),
    )


def _errors(document: object) -> list[Mapping[str, object]]:
    if isinstance(document, dict) and document.get("success") is False:
        found = document.get("errors")
        return _dicts(found) or [{"message": "success is false, and no reason is given"}]
    if isinstance(document, list):
        return [entry for entry in _dicts(document) if _code(entry)]
    return []


def _dicts(found: object) -> list[Mapping[str, object]]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _code(error: Mapping[str, object]) -> str:
    return str(error.get("errorCode") or error.get("statusCode") or "")


def _said(error: Mapping[str, object]) -> str:
    fields = error.get("fields")
    named = ", ".join(map(str, fields)) if isinstance(fields, list) else ""
    return f"{error.get('message', '')} ({named})" if named else str(error.get("message", ""))
