"""Tryton's errors: business ones as JSON with words, all others as the web framework's pages.

The page of a 500 shows the exception. A KeyError, ``'colour'``, is how an unknown field or model
ends; like every exception it rolled the transaction back. A database error ends as 503 with its
words; only a lock is known to have changed nothing.
"""

import html
import re
from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Kind, Verdict

NOT_IN_THIS_STATE: Final = r'^You can not call "\w+" on '
_PAGE: Final = re.compile(
    r"\A<!doctype html>\s*<html lang=en>\s*<title>(?P<status>\d{3}) [^<]{1,60}</title>\s*"
    r"<h1>[^<]{1,60}</h1>\s*<p>(?P<words>.{0,4000})</p>",
    re.DOTALL | re.IGNORECASE,
)
_LONGEST: Final = 20_000
_FAILED: Final = 400


def _row(verdict: Verdict, kind: Kind, status: int, pattern: str | None = None) -> Row:
    return Row(verdict=verdict, kind=kind, status=status, pattern=pattern)


ROWS: Final = (
    _row(Verdict.REJECTED, Kind.DUPLICATE, 400, r"must be unique"),
    _row(Verdict.REJECTED, Kind.CONFLICT, 400, NOT_IN_THIS_STATE),
    _row(
        Verdict.REJECTED,
        Kind.PERIOD_CLOSED,
        400,
        r"(?i)\b(?:period|fiscal ?year)\b.*\b(?:closed|locked|open|create|date)\b"
        r"|\b(?:closed|locked|open|create)\b.*\b(?:period|fiscal ?year)\b",
    ),
    # Numbers go in the order of dates: this date is closed for numbering, and needs a later one.
    _row(Verdict.REJECTED, Kind.PERIOD_CLOSED, 400, r"must set an invoice date after"),
    _row(Verdict.REJECTED, Kind.MISSING_FIELD, 400, r"value is required for field"),
    _row(Verdict.REJECTED, Kind.UNKNOWN_VALUE, 400, r"not valid according to its domain"),
    _row(Verdict.REJECTED, Kind.UNKNOWN_VALUE, 400, r"not one of the allowed options|digits"),
    _row(Verdict.REJECTED, Kind.REJECTED, 400, r"^You are not allowed to modify the field"),
    _row(Verdict.REJECTED, Kind.AUTH, 400, r"^You are not allowed to"),
    _row(Verdict.BLOCKED, Kind.AUTH, 401),
    _row(Verdict.REJECTED, Kind.AUTH, 403),
    _row(Verdict.REJECTED, Kind.NOT_FOUND, 404),
    _row(Verdict.BLOCKED, Kind.QUOTA, 429),
    _row(
        Verdict.RETRYABLE,
        Kind.LOCKED,
        503,
        r"(?i)\block(?:ed)?\b|could not serialize|deadlock",
    ),
    _row(Verdict.REJECTED, Kind.UNKNOWN_FIELD, 500, r"\A'[\w.]{1,100}'\Z"),
    Row(verdict=Verdict.REJECTED, kind=Kind.REJECTED, status=400, source="rolled back, see above"),
)


def fault_of(answer: Answer) -> Fault | None:
    """Read an answer: JSON with a status and words, or a page of the web framework (F9)."""
    document = answer.document
    if isinstance(document, dict):
        said = document.get("status")
        failed = isinstance(said, int) and said >= _FAILED
        if "message" not in document or not (failed or answer.status >= _FAILED):
            return None
        words = [str(document[name]) for name in ("message", "description") if document.get(name)]
        return Fault(status=answer.status, code="error", message=" ".join(words))
    return _page(answer)


def _page(answer: Answer) -> Fault | None:
    if answer.status < _FAILED or not answer.unreadable:
        return None
    found = _PAGE.match(answer.content[:_LONGEST].decode("utf-8", "replace"))
    if found is None or int(found["status"]) != answer.status:
        return None
    words = html.unescape(found["words"]).strip()
    return Fault(status=answer.status, code=f"http-{answer.status}", message=words)
