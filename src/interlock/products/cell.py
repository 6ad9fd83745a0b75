"""One value of a table: exact, and of the type that its contract says."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from interlock.foundation.money import Money

Cell = str | int | bool | Decimal | date | datetime | None
SCALE: Final = 9
"""Decimals of a number: more than any currency and any unit price has."""
DIGITS: Final = 38
_UNIT: Final = Decimal(1).scaleb(-SCALE)
_LARGEST: Final = Decimal(10) ** (DIGITS - SCALE - 10)
"""Ten thousand million such numbers still add up exactly."""


class UnfitError(ValueError):
    """A value that is not of its column's type."""


def cell(value: object, logical: str) -> Cell:
    """Return a value as its column holds it; nothing for nothing.

    Raises:
        UnfitError: It is of another type: nothing is guessed, cut or rounded.
    """
    if value is None or value == "":
        return None
    try:
        return _READERS[logical](value)
    except (ValueError, TypeError, ArithmeticError):
        shown = str(value)[:40]
        raise UnfitError(f"`{shown}` ({type(value).__name__}) is no {logical}") from None


def _string(value: object) -> Cell:
    if isinstance(value, list | tuple | Mapping | Decimal | bool):
        raise TypeError
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: object) -> Cell:
    found = value.amount if isinstance(value, Money) else value
    if isinstance(found, bool) or not isinstance(found, Decimal | int):
        raise TypeError
    exact = Decimal(found)
    if not exact.is_finite() or abs(exact) >= _LARGEST or exact != exact.quantize(_UNIT):
        raise ValueError
    return Decimal(format(exact.normalize(), "f"))  # 10.5 and 10.50 are one number


def _integer(value: object) -> Cell:
    if isinstance(value, bool) or not isinstance(value, Decimal | int) or value != int(value):
        raise TypeError
    return int(value)


def _boolean(value: object) -> Cell:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: object) -> Cell:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError
    return value


def _timestamp(value: object) -> Cell:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError
    return value.astimezone(UTC)


_READERS: Final[Mapping[str, Callable[[object], Cell]]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}


def spelled(value: Cell) -> str | None:
    """Return the one text of a cell: equal values have equal texts."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
