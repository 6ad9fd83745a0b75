"""From when until when something is frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

_DURATION: Final = re.compile(r"([0-9]{1,4})([hdw])")
_UNITS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time; the end is outside of it."""

    start: datetime
    end: datetime


def span_of(window: Mapping[str, Any], around: Mapping[str, Any]) -> Span | None:
    """Return ``{start, end}``, widened by ``{before, after}``; ``None`` if it has no ends."""
    start, end = _moment(window.get("start")), _moment(window.get("end"))
    if start is None or end is None:
        return None
    if len(str(window.get("end"))) == len("2027-03-07"):
        end += timedelta(days=1)
    return Span(
        start=start - _duration(around.get("before")), end=end + _duration(around.get("after"))
    )


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _duration(value: object) -> timedelta:
    found = _DURATION.fullmatch(str(value))
    return _UNITS[found.group(2)] * int(found.group(1)) if found else timedelta()
