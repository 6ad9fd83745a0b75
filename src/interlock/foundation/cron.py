"""When a schedule of five fields fires: minute, hour, day of the month, month, day of the week.

The spelling of crontab(5) without names and without ``@daily``: ``*``, numbers, lists, ranges and
steps; Sunday is 0 and 7; where both days are restricted, either is enough. Times are those of a
zone: one that a change of the clocks skips fires right after the gap, one that comes twice the
first time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

_FIELDS: Final = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
_LONGEST: Final = 366 * 8 + 1
"""Days in which every date comes, the 29th of February of a leap year too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A schedule."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Whether the day of the month or that of the week is enough: both are restricted."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a schedule; raises `ValueError` for what is none, or for one that never fires."""
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise ValueError(f"`{text}` has {len(parts)} fields and not {len(_FIELDS)}")
        minutes, hours, days, months, weekdays = (
            _numbers(part, field) for part, field in zip(parts, _FIELDS, strict=True)
        )
        found = cls(
            minutes=minutes,
            hours=hours,
            days=days,
            months=months,
            weekdays=frozenset(day % 7 for day in weekdays),
            either=not parts[2].startswith("*") and not parts[4].startswith("*"),
        )
        if found.last(datetime(2032, 3, 1, tzinfo=UTC), ZoneInfo("UTC")) is None:
            raise ValueError(f"`{text}` never fires")
        return found

    def last(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the last moment, `at` or before, at which it fires in `zone`."""
        # a time that the clocks skip fires later than it says, so one more day is looked at
        day = at.astimezone(zone).date() + timedelta(days=1)
        for _ in range(_LONGEST):
            if self._on(day):
                moments = (self._moment(day, h, m, zone) for h in self.hours for m in self.minutes)
                past = [moment for moment in moments if moment <= at]
                if past:
                    return max(past)
            day -= timedelta(days=1)
        return None

    def _on(self, day: date) -> bool:
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (
            of_month or of_week if self.either else of_month and of_week
        )

    def _moment(self, day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def _numbers(part: str, field: tuple[str, int, int]) -> frozenset[int]:
    return frozenset(number for each in part.split(",") for number in _range(each, field))


def _range(each: str, field: tuple[str, int, int]) -> range:
    name, least, most = field
    span, _, step = each.partition("/")
    first, _, last = span.partition("-")
    if span == "*":
        first, last = str(least), str(most)
    elif not last:
        last = str(most) if step else first
    every = step or "1"
    if not all(text.isascii() and text.isdecimal() for text in (first, last, every)):
        raise ValueError(f"`{each}` is no {name}")
    found = range(int(first), int(last) + 1, int(every))
    if not found or found[0] < least or found[-1] > most:
        raise ValueError(f"`{each}` is no {name}: {least} to {most}")
    return found
