"""Where a poll of a declared system stands: since when, and how far in the pages of a walk."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from interlock.foundation.errors import UsageError

_BREAK: Final = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Since when, and how far in the pages of a walk."""

    since: datetime
    then: datetime | None = None
    """Inside a walk: since when to ask once it is over."""
    pages: int = 0
    """How many pages of this walk were read."""
    token: str = ""
    """Where its next page is, in the words of the system."""

    def text(self) -> str:
        """Return the opaque form."""
        if self.then is None:
            return self.since.isoformat()
        parts = [self.since.isoformat(), self.then.isoformat(), str(self.pages), self.token]
        return _BREAK.join(parts)


def position_of(text: str, connector: str) -> Position:
    """Return the position that `Position.text` wrote for `connector`.

    Raises:
        UsageError: It is none of ours.
    """
    parts = text.split(_BREAK, 3)
    try:
        since = datetime.fromisoformat(parts[0]).astimezone(UTC)
        if len(parts) == 1:
            return Position(since=since)
        then = datetime.fromisoformat(parts[1]).astimezone(UTC)
        return Position(since=since, then=then, pages=int(parts[2]), token=parts[3])
    except (ValueError, IndexError, OverflowError):
        raise UsageError(
            f"this is not a cursor of the {connector} connector",
            hint="Give back the cursor of the last page unchanged, or none to begin now.",
        ) from None


def earlier(text: str, by: timedelta, connector: str) -> str:
    """Return the position of a first poll that stands `by` before."""
    return Position(since=position_of(text, connector).since - by).text()
