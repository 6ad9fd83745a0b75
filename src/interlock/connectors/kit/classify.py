"""A vendor's errors as data: rows from its answers to our outcomes, the first match wins.

What no row knows is never shown as fine and never called a business rejection by default: F5's
`400 IDEMPOTENCY_ERROR` means "already submitted", and calling that rejected would compensate a
good order. An unknown refusal of a write is therefore `uncertain`: the gate looks before anything
else happens. A vendor whose contract says that a form of answer means "not applied" says so in a
last, general row of its own table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.exchange import Intent, unknown
from interlock.connectors.port import Kind, Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an answer says went wrong, in the vendor's own words (still unmasked)."""

    status: int
    code: str = ""
    """The vendor's code; empty when the answer is not in the vendor's form at all."""
    message: str = ""
    retry_after: timedelta | None = None
    location: str | None = None
    readable: bool = True
    """Whether the answer is in the vendor's form; HTML from a proxy is not."""
    ruled: "Row | None" = None
    """The line that speaks of it, where it was chosen by more than `Row` can see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an error table; what is left out matches everything."""

    verdict: Verdict
    kind: Kind
    status: int | None = None
    code: str | None = None
    """Exactly the vendor's code."""
    pattern: str | None = None
    """A regular expression to be found in the message."""
    source: str = ""
    """Where the vendor says so, or ``assumed``."""

    def matches(self, fault: Fault) -> bool:
        """Tell whether this line speaks of `fault`; only one in the vendor's form can match."""
        return (
            fault.readable
            and self.status in {None, fault.status}
            and self.code in {None, fault.code}
            and (self.pattern is None or re.search(self.pattern, fault.message) is not None)
        )


REJECTED_WITHOUT_TELLING: Final = range(400, 500)


def classified(rows: Sequence[Row], fault: Fault, intent: Intent) -> tuple[Verdict, Kind]:
    """Return what `fault` means for a call of `intent`: by the table, else by what is safe."""
    if fault.ruled is not None:
        return _for_intent(fault.ruled.verdict, intent), fault.ruled.kind
    for row in rows:
        if row.matches(fault):
            return _for_intent(row.verdict, intent), row.kind
    return _unlisted(fault, intent)


def _for_intent(verdict: Verdict, intent: Intent) -> Verdict:
    return unknown(intent) if verdict is Verdict.UNCERTAIN else verdict


def _unlisted(fault: Fault, intent: Intent) -> tuple[Verdict, Kind]:
    if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.BLOCKED, Kind.QUOTA
    if fault.status == HTTPStatus.UNAUTHORIZED:
        return Verdict.BLOCKED, Kind.AUTH
    if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unknown(intent), Kind.OUTAGE
    if not fault.readable or fault.status not in REJECTED_WITHOUT_TELLING:
        return unknown(intent), Kind.MALFORMED
    kind = Kind.AUTH if fault.status == HTTPStatus.FORBIDDEN else Kind.REJECTED
    return (Verdict.REJECTED if intent is Intent.READ else Verdict.UNCERTAIN), kind


def outcome(rows: Sequence[Row], fault: Fault, intent: Intent, message: str) -> Outcome:
    """Return the outcome of a call that met `fault`; `message` is the masked text to show."""
    verdict, kind = classified(rows, fault, intent)
    return Outcome(
        verdict=verdict,
        kind=kind,
        code=fault.code,
        message=message,
        retry_after=fault.retry_after,
        location=fault.location,
        status=fault.status,
    )
