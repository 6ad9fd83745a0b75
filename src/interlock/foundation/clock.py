"""Time, read in one place only, so that a simulation can own it (reliability.md, seams)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC, and can let it pass."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        ...

    def sleep(self, duration: timedelta) -> None:
        """Let `duration` pass. Only short, bounded waits may use it; long ones are rows."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, duration: timedelta) -> None:
        time.sleep(max(duration.total_seconds(), 0.0))


class VirtualClock:
    """A clock that only moves when told: for simulations and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, duration: timedelta) -> None:
        self._now += max(duration, timedelta())

    def advance_to(self, moment: datetime) -> None:
        """Move to `moment`; a moment in the past leaves the clock where it is."""
        self._now = max(self._now, moment)


def iso(moment: datetime) -> str:
    """Return `moment` as RFC 3339 text in UTC with microseconds: sortable as text."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


def from_iso(text: str) -> datetime:
    """Return the moment that `iso` wrote, or any RFC 3339 text with an offset."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
