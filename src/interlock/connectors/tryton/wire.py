"""Tryton's JSON: decimals, dates and times are objects with a ``__class__``."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock.connectors.kit.document import UnreadableError, plain

CLASS: Final = "__class__"
_DAY: Final = ("year", "month", "day")
_TIME: Final = (*_DAY, "hour", "minute", "second", "microsecond")


def number(value: object) -> dict[str, str]:
    """Return an amount as Tryton writes it.

    Raises:
        InvalidOperation: It is not a number.
    """
    return {CLASS: "Decimal", "decimal": plain(Decimal(str(value)))}


def day(value: object) -> dict[str, object]:
    """Return a date as Tryton writes it.

    Raises:
        ValueError: It is not a date.
    """
    found = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return {CLASS: "date", **{name: getattr(found, name) for name in _DAY}}


def moment(value: datetime) -> dict[str, object]:
    """Return a time as Tryton writes it: UTC, without saying so."""
    found = value.astimezone(UTC)
    return {CLASS: "datetime", **{name: getattr(found, name) for name in _TIME}}


def read(value: object) -> object:
    """Return a value in the form that bindings speak of: `Decimal`, ISO dates.

    Raises:
        UnreadableError: It is of a class that no answer has, or not what the class says.
    """
    if isinstance(value, list):
        return [read(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if CLASS not in value:
        return {name: read(item) for name, item in value.items()}
    try:
        return _object(value)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise UnreadableError(f"a {value[CLASS]} that is none") from error


def _object(value: Mapping[str, object]) -> object:
    match value[CLASS]:
        case "Decimal":
            return Decimal(str(value["decimal"]))
        case "date":
            return date(*(int(str(value[name])) for name in _DAY)).isoformat()
        case "datetime":
            parts = [int(str(value.get(name, 0))) for name in _TIME]
            return datetime(*parts, tzinfo=UTC).isoformat()  # type: ignore[misc, arg-type]  # seven ints
        case other:
            raise UnreadableError(f"a value of the class {other}")
