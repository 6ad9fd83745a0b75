"""Odoo's errors: the name of a Python exception and its words, in English because we ask for it.

What was raised before the transaction was committed changed nothing: all that this table calls
rejected or retryable. A 500 that it does not know may have come after the commit (a webhook or a
mail that failed) and stays uncertain. The traceback in ``debug`` is never looked at.
"""

from collections.abc import Mapping
from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.odoo.answers import said
from interlock.connectors.port import Body, Kind, Verdict

LOAD: Final = "load"
"""The code of a refusal by `load`, which answers 200 (F9)."""
NO_DATABASE: Final = "no-database"
_FAILED: Final = 400
_NOT_FOUND: Final = 404
_NO_DATABASE: Final = b"No database is selected"
_USER: Final = "odoo.exceptions.UserError"
_VALID: Final = "odoo.exceptions.ValidationError"
_VALUE: Final = "builtins.ValueError"
_LOCKS: Final = (
    "SerializationFailure",
    "LockNotAvailable",
    "DeadlockDetected",
    "TransactionRollbackError",
)
_LOCK_WORDS: Final = r"could not (?:serialize|obtain lock)|deadlock detected"
_UNIQUE: Final = r"(?i)must be unique|already exists|duplicate key value|duplicate codes"
_STATE: Final = (
    r"(?i)must be in draft|not in a state requiring|readonly fields on a posted move"
    r"|cannot modify a posted|only draft journal entries"
)
_CLOSED: Final = r"(?i)prior to and inclusive of|lock(?:ed)? (?:date|period)|hard lock"
_MISSING: Final = r"(?i)missing required value|requires? a |is required|mandatory"
_VALUES: Final = (
    r"No matching record found|Unknown database identifier|not found in selection|Unknown value"
    r"|Invalid database id|does not seem to be|Wrong value for|could not be converted"
)
_NO_FIELD: Final = r"^Invalid field\b"


def _row(verdict: Verdict, kind: Kind, code: str, pattern: str | None = None) -> Row:
    return Row(verdict=verdict, kind=kind, code=code, pattern=pattern)


def _business(code: str) -> tuple[Row, ...]:
    """Return the rows of the ways in which Odoo says no in words."""
    return (
        _row(Verdict.RETRYABLE, Kind.LOCKED, code, _LOCK_WORDS),
        _row(Verdict.REJECTED, Kind.CONFLICT, code, _STATE),
        _row(Verdict.REJECTED, Kind.PERIOD_CLOSED, code, _CLOSED),
        _row(Verdict.REJECTED, Kind.DUPLICATE, code, _UNIQUE),
        _row(Verdict.REJECTED, Kind.AUTH, code, r"^You are not allowed to"),
        _row(Verdict.REJECTED, Kind.UNKNOWN_VALUE, code, _VALUES),
        _row(Verdict.REJECTED, Kind.MISSING_FIELD, code, _MISSING),
        _row(Verdict.REJECTED, Kind.REJECTED, code),
    )


ROWS: Final = (
    *_business(LOAD),
    *_business(_USER),
    *_business(_VALID),
    _row(Verdict.REJECTED, Kind.AUTH, "odoo.exceptions.AccessError"),
    _row(Verdict.BLOCKED, Kind.AUTH, "odoo.exceptions.AccessDenied"),
    _row(Verdict.BLOCKED, Kind.AUTH, "odoo.http.SessionExpiredException"),
    _row(Verdict.BLOCKED, Kind.AUTH, "werkzeug.exceptions.Unauthorized"),
    _row(Verdict.BLOCKED, Kind.AUTH, NO_DATABASE),
    _row(Verdict.BLOCKED, Kind.QUOTA, "werkzeug.exceptions.TooManyRequests"),
    _row(Verdict.REJECTED, Kind.NOT_FOUND, "odoo.exceptions.MissingError"),
    _row(Verdict.RETRYABLE, Kind.LOCKED, "odoo.exceptions.LockError"),
    _row(Verdict.RETRYABLE, Kind.LOCKED, "odoo.exceptions.ConcurrencyError"),
    *(_row(Verdict.RETRYABLE, Kind.LOCKED, f"psycopg2.errors.{name}") for name in _LOCKS),
    # Something in Odoo is not configured yet; raised while the request is worked on, as a 500.
    _row(Verdict.REJECTED, Kind.REJECTED, "odoo.exceptions.RedirectWarning"),
    # A model or a method that is not there, or not with these arguments: a module is missing.
    _row(Verdict.REJECTED, Kind.UNKNOWN_FIELD, "werkzeug.exceptions.NotFound"),
    _row(Verdict.REJECTED, Kind.UNKNOWN_FIELD, "werkzeug.exceptions.UnprocessableEntity"),
    _row(Verdict.REJECTED, Kind.UNKNOWN_FIELD, "builtins.TypeError", r"unexpected keyword"),
    _row(Verdict.REJECTED, Kind.UNKNOWN_FIELD, _VALUE, _NO_FIELD),
    _row(Verdict.REJECTED, Kind.UNKNOWN_VALUE, _VALUE, _VALUES),
    _row(Verdict.REJECTED, Kind.MALFORMED, "werkzeug.exceptions.BadRequest"),
)


def fault_of(answer: Answer) -> Fault | None:
    """Read an answer: an exception with its name, a refusal by `load`, or JSON-RPC's error."""
    document = answer.document
    if isinstance(document, dict):
        return _raised(answer, document) or _inside(answer, document) or _refused(answer, document)
    if answer.status == _NOT_FOUND and _NO_DATABASE in answer.content:
        return Fault(status=answer.status, code=NO_DATABASE, message="the database is not there")
    return None


def _raised(answer: Answer, document: Body) -> Fault | None:
    name, message = document.get("name"), document.get("message")
    named = isinstance(name, str) and isinstance(message, str)
    if not named or not ({"arguments", "debug"} & document.keys() or answer.status >= _FAILED):
        return None
    return Fault(status=answer.status, code=str(name), message=_words(str(message)))


def _inside(answer: Answer, document: Body) -> Fault | None:
    """Return the error of JSON-RPC, which an older door of Odoo's answers with status 200."""
    error = document.get("error")
    if not isinstance(error, Mapping):
        return None
    data = error.get("data")
    named = data if isinstance(data, Mapping) else error
    return Fault(
        status=answer.status,
        code=str(named.get("name") or "error"),
        message=str(named.get("message") or error.get("message") or ""),
    )


def _refused(answer: Answer, document: Body) -> Fault | None:
    """Return why `load` refused; it says so with status 200 and rolled everything back."""
    errors = [
        str(each.get("message") or "") for each in said(document) if each.get("type") == "error"
    ]
    if document.get("ids") is False and errors:
        return Fault(status=answer.status, code=LOAD, message=_words(errors[0]))
    return None


def _words(message: str) -> str:
    """Return a message without the row that PostgreSQL shows with its own errors."""
    return " ".join(message.partition("DETAIL:")[0].split())
