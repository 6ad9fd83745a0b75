"""How the simulated vendors say that something went wrong: in the words of real ones.

Each speaks the language of one vendor, and is understood by that vendor's own error table
(`interlock.connectors.*.errors`), unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from interlock.connectors.kit.channel import Dialect
from interlock.connectors.kit.exchange import Answer, Intent
from interlock.connectors.netsuite import errors as netsuite
from interlock.connectors.salesforce import errors as salesforce
from interlock.connectors.stripe import errors as stripe
from interlock.connectors.tryton import errors as tryton

Words = tuple[int, object]
"""A status, and the document that comes with it."""


def _stripe(status: int, code: str, message: str = "") -> Words:
    return status, {"error": {"type": "api_error", "code": code, "message": message}}


def _netsuite(status: int, code: str, detail: str = "") -> Words:
    return status, {"title": "Error", "o:errorDetails": [{"o:errorCode": code, "detail": detail}]}


def _salesforce(status: int, code: str, message: str = "") -> Words:
    return status, [{"errorCode": code, "message": message, "fields": []}]


def _tryton(status: int, message: str) -> Words:
    return status, {"status": status, "message": message, "description": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One vendor's way to answer."""

    dialect: Dialect
    words: Mapping[str, Words]
    """Fault -> how it is said. What is missing this vendor cannot say."""

    def says(self, fault: str, intent: Intent, *, wait: bool = False, echo: str = "") -> Answer:
        """Return the answer that means `fault`; `wait`: with Retry-After; `echo`: quoting it."""
        status, document = self.words[fault]
        headers = {"retry-after": "7"} if wait else {}
        if echo:
            document = _quoting(document, echo)
        return Answer(intent=intent, status=status, headers=headers, document=document)


def _quoting(document: object, echo: str) -> object:
    if isinstance(document, Mapping):
        return {name: _quoting(value, echo) for name, value in document.items()}
    if isinstance(document, list):
        return [_quoting(each, echo) for each in document]
    quotes = isinstance(document, str) and " " in document
    return f"{document} (sent with {echo})" if quotes else document


def unreadable(status: int, intent: Intent, why: str = "HTML") -> Answer:
    """Return an answer that is no document: a proxy's page, or half of one."""
    return Answer(intent=intent, status=status, headers={}, unreadable=why)


BILLING: Final = Tongue(
    dialect=Dialect(rows=stripe.ROWS, fault_of=stripe.fault_of),
    words={
        "quota": _stripe(429, "rate_limit", "Too many requests"),
        "record_lock": _stripe(429, "lock_timeout", "This object cannot be accessed right now"),
        "session_expired": _stripe(401, "api_key_expired", "Expired API key provided"),
        "key_in_flight": _stripe(409, "idempotency_key_in_use", "There is another request"),
        "fault_in_200": _stripe(200, "lock_timeout", "This object cannot be accessed right now"),
        "refused": _stripe(400, "parameter_invalid_integer", "Invalid integer: amount"),
        "not_found": _stripe(404, "resource_missing", "No such object"),
    },
)
ERP: Final = Tongue(
    dialect=Dialect(rows=netsuite.ROWS, fault_of=netsuite.fault_of),
    words={
        "quota": _netsuite(400, "SSS_REQUEST_LIMIT_EXCEEDED", "Request limit exceeded"),
        "record_lock": _netsuite(400, "RCRD_HAS_BEEN_CHANGED", "Record has been changed"),
        "session_expired": _netsuite(401, "INVALID_LOGIN", "Invalid login attempt"),
        "key_in_flight": _netsuite(400, "IDEMPOTENCY_ERROR", "Submitted before"),
        "fault_in_200": _netsuite(200, "RCRD_HAS_BEEN_CHANGED", "Record has been changed"),
        "refused": _netsuite(400, "USER_ERROR", "The transaction is not balanced"),
        "period_closed": _netsuite(400, "CLOSED_TRAN_PRD", "The period is closed"),
        "duplicate": _netsuite(400, "DUP_RCRD", "This record already exists"),
        "not_found": _netsuite(404, "NONEXISTENT_ID", "The record does not exist"),
    },
)
LEGACY: Final = Tongue(
    dialect=Dialect(rows=tryton.ROWS, fault_of=tryton.fault_of),
    words={
        "quota": _tryton(429, "Too many requests"),
        "record_lock": _tryton(503, "could not serialize access: the table is locked"),
        "session_expired": _tryton(401, "Unauthorized access"),
        "refused": _tryton(400, "The move is not balanced"),
        "period_closed": _tryton(400, "The period 2026-10 is closed"),
        "not_found": _tryton(404, "Not Found at all"),
    },
)
CRM: Final = Tongue(
    dialect=Dialect(rows=salesforce.ROWS, fault_of=salesforce.fault_of),
    words={
        "quota": _salesforce(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        "record_lock": _salesforce(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"),
        "session_expired": _salesforce(401, "INVALID_SESSION_ID", "Session expired or invalid"),
        "not_found": _salesforce(404, "NOT_FOUND", "The requested resource does not exist"),
    },
)
