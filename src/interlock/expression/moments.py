"""Functions over dates, timestamps and durations."""

import calendar
import re as python_re
from datetime import date, datetime, timedelta
from typing import Any

from interlock.expression.conversions import to_int
from interlock.expression.values import Refused, text


def to_date(value: Any) -> date:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(text(value))
    except ValueError as error:
        raise Refused(f"{value!r} is not a date", "Write 2026-01-31.") from error


def to_timestamp(value: Any) -> datetime:  # noqa: ANN401
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError as error:
        raise Refused(f"{value!r} is not a timestamp", "Write 2026-01-31T12:00:00Z.") from error
    if found.tzinfo is None:
        raise Refused(f"{value!r} has no zone", "End it with Z or an offset.")
    return found


def to_duration(value: Any) -> timedelta:  # noqa: ANN401
    found = python_re.fullmatch(r"([0-9]{1,9})(ms|s|m|h|d|w)", text(value))
    if found is None:
        raise Refused(f"{value!r} is not a duration", "Write a number and ms, s, m, h, d or w.")
    unit = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"}
    names = {**unit, "d": "days", "w": "weeks"}
    return timedelta(**{names[found.group(2)]: int(found.group(1))})


def add_days(value: Any, days: int) -> date:  # noqa: ANN401
    try:
        return to_date(value) + timedelta(days=to_int(days))
    except OverflowError as error:
        raise Refused("the date is out of range") from error


def add_months(value: Any, months: int) -> date:  # noqa: ANN401
    """Return the date `months` later; a day that the month lacks becomes its last."""
    start = to_date(value)
    count = start.year * 12 + start.month - 1 + to_int(months)
    year, month = divmod(count, 12)
    if not date.min.year <= year <= date.max.year:
        raise Refused("the date is out of range")
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))
