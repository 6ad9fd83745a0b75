"""One call and one answer: the nouns between a connector and the wire."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

from interlock.connectors.kit.document import render
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Verdict

LONGEST_WAIT: Final = timedelta(days=1)
"""No vendor's word makes us wait longer: its header is input like any other."""
_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Intent(StrEnum):
    """Whether a call may change anything over there; decides what its failure can mean."""

    READ = "read"
    """Nothing can have been applied: a read, a search by POST, an estimate."""
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request to a vendor, complete but for the credentials."""

    intent: Intent
    method: str
    path: str
    """From the root of the connection's URL, percent-encoded, without a query."""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def target(self) -> str:
        """The path and the query as they go over the wire (and into signatures)."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


def with_json(body: Body) -> tuple[Mapping[str, str], bytes]:
    """Return the headers and the content of a JSON body."""
    return {"Content-Type": "application/json"}, render(body)


def with_form(pairs: Sequence[tuple[str, str]]) -> tuple[Mapping[str, str], bytes]:
    """Return the headers and the content of a form."""
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(pairs).encode()


def segment(text: str) -> str:
    """Return `text` as one segment of a path: a hostile id stays one segment."""
    return (
        quote(text, safe="").replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")
    )


def trace_header(traceparent: str) -> Mapping[str, str]:
    """Return the W3C trace header, or nothing for a malformed one (standards.md 3.11).

    ``baggage`` is never sent to a vendor: it may carry business keys.
    """
    return {"traceparent": traceparent} if _TRACEPARENT.fullmatch(traceparent) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, complete and within bounds."""

    intent: Intent
    """Of the call that it answers."""
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    document: object = None
    """The JSON document; ``None`` when the body is empty or `unreadable` says why not."""
    unreadable: str = ""
    """Why the body is not a document: HTML, truncated, nested too deeply."""
    content: bytes = b""

    def mapping(self) -> Body:
        """Return the document, which must be an object.

        Raises:
            CallFailed: It is not; kind ``malformed``, never ``done``.
        """
        if not isinstance(self.document, dict):
            raise self.malformed(self.unreadable or "an object was expected")
        return self.document

    def malformed(self, why: str) -> CallFailed:
        """Return the failure of an answer that makes no sense: what was done is not known."""
        return CallFailed(
            Outcome(
                verdict=unknown(self.intent),
                kind=Kind.MALFORMED,
                message=f"the answer (status {self.status}) cannot be read: {why}",
                status=self.status,
            )
        )

    def unproven(self, why: str) -> Outcome:
        """Return what a write came to that was accepted but could not be read back (F9)."""
        return Outcome(
            verdict=Verdict.UNCERTAIN,
            kind=Kind.TRANSPORT,
            message=f"accepted, but could not be read back: {why}",
            status=self.status,
        )

    def retry_after(self, now: datetime) -> timedelta | None:
        """Return how long the vendor asks to wait: seconds or an HTTP date (RFC 9110)."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        if text.isascii() and text.isdigit():
            return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
        return min(max(wait, timedelta()), LONGEST_WAIT)


def unknown(intent: Intent) -> Verdict:
    """Return what it means not to know: a read may simply be asked again, a write may not."""
    return Verdict.RETRYABLE if intent is Intent.READ else Verdict.UNCERTAIN
