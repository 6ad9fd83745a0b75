"""Values whose keys are not a kind's own: which there are, and how each is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from interlock.estate.kinds import Declared
from interlock.estate.kinds.declared import duration_of
from interlock.estate.problem import Problem
from interlock.expression.errors import did_you_mean

Path = tuple[str | int, ...]
Form = Mapping[str, Callable[[object], object]]
"""What may be said, each with the reader that refuses what it cannot read."""


def moment(value: object) -> object:
    return datetime.fromisoformat(str(value))


def plain_text(value: object) -> object:
    if isinstance(value, (dict, list)):
        raise TypeError
    return value


def days(value: object) -> object:
    if not str(value).endswith(("h", "d", "w")):
        raise ValueError
    return duration_of(value)


def tolerance(value: object) -> object:
    return Decimal(str(value))


def anything(value: object) -> object:
    return value


MEANING: Final = {
    "start": "a date or moment, such as 2027-03-06",
    "end": "a date or moment, such as 2027-03-06",
    "before": "hours, days or weeks, such as 2d",
    "after": "hours, days or weeks, such as 2d",
    "cron": "minute, hour, day of the month, month and day of the week, such as 0 6 * * 1-5",
    "timezone": "an IANA time zone, such as Europe/Berlin",
    "settle": "a number and a unit: ms, s, m, h, d or w",
    "tolerance": "an exact number, such as 0.01",
    "days": "a whole number of days",
    "role": "amount, money, tax, currency, rate, legal-entity, account, date, status or plain",
}


def formed(
    declared: Declared, path: Path, given: Mapping[str, Any], form: Form
) -> Iterator[Problem]:
    """Yield the keys of `given` that mean nothing, and the values that cannot be read."""
    for key, value in given.items():
        reader = form.get(key)
        if reader is None:
            what = f"{declared.id}: `{key}` is not a field here{did_you_mean(key, form)}"
            where = declared.place_of_key(*path, key)
            hint = f"Fields: {', '.join(sorted(form))}."
            yield Problem(code="EST103", what=what, hint=hint, where=where)
            continue
        try:
            reader(value)
        except (ValueError, TypeError, KeyError, OSError, InvalidOperation):
            what = f"{declared.id}: `{key}` must be: {MEANING.get(key, 'plain text')}"
            yield Problem(code="EST104", what=what, where=declared.place_of(*path, key))


def there(
    declared: Declared, path: Path, given: Mapping[str, Any], keys: Iterable[str]
) -> Iterator[Problem]:
    for key in keys:
        if key not in given:
            what = f"{declared.id}: `{key}` is required"
            yield Problem(code="EST104", what=what, where=declared.place_of(*path))
