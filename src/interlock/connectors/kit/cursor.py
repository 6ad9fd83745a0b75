"""Where a poll by the vendor's clock stands: from when on, and inside which walk over pages."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from interlock.connectors.kit.exchange import Answer
from interlock.foundation.errors import UsageError

_BREAK: Final = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """From when on, and inside which walk over pages."""

    since: datetime
    then: datetime | None = None
    """Inside a walk: from when on to ask once it is over."""
    offset: int = 0

    def text(self) -> str:
        """Return the opaque form."""
        if self.then is None:
            return self.since.isoformat()
        return _BREAK.join([self.since.isoformat(), self.then.isoformat(), str(self.offset)])


def cursor_of(text: str, connector: str) -> Cursor:
    """Return the cursor that `Cursor.text` wrote for `connector`.

    Raises:
        UsageError: It is none of its.
    """
    parts = text.split(_BREAK)
    try:
        times = [datetime.fromisoformat(part).astimezone(UTC) for part in parts[:2]]
        if len(parts) == 1:
            return Cursor(since=times[0])
        since, then = times
        return Cursor(since=since, then=then, offset=int(parts[2]))
    except (ValueError, IndexError):
        raise UsageError(
            f"this is not a cursor of the {connector} connector",
            hint="Give back the cursor of the last page unchanged, or none to begin now.",
        ) from None


def earlier(text: str, by: timedelta, connector: str) -> str:
    """Return the cursor of a first poll that stands `by` before."""
    return Cursor(since=cursor_of(text, connector).since - by).text()


def vendor_now(answer: Answer) -> datetime:
    """Return the vendor's own time of an answer: cursors never trust our clock (F11).

    Raises:
        CallFailed: The answer has no ``Date``.
    """
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        raise answer.malformed("it has no Date, and cursors need the vendor's clock") from None
