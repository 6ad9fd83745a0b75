"""Between a body's values and a column's: strict both ways, money exact."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock.connectors.kit.document import UnreadableError, parse, render

BIGGEST: Final = 2**63
LONGEST: Final = 1_000_000
"""Characters of one value; a larger one is refused before it is sent."""


class UnfitError(ValueError):
    """A value does not fit its column."""


def to_column(kind: str, value: object) -> object:
    """Return `value` as a column of `kind` keeps it.

    Raises:
        UnfitError: It is something else.
    """
    if value is None:
        return None
    try:
        fit = _TO[kind](value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise UnfitError(f"a {type(value).__name__} that is no {kind}") from error
    if isinstance(fit, str):
        _check(fit)
    return fit


def _check(text: str) -> None:
    if len(text) > LONGEST or "\x00" in text:
        raise UnfitError("a text too long, or with a NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnfitError("a text with half of a character") from None


def checked(text: str) -> str:
    """Return a reference or an id that can be bound.

    Raises:
        UnfitError: It cannot.
    """
    _check(text)
    return text


def from_column(kind: str, value: object) -> object:
    """Return a column's value as bodies carry it.

    Raises:
        UnfitError: The column holds something else.
    """
    if value is None:
        return None
    try:
        return _FROM[kind](value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise UnfitError(f"a {type(value).__name__} in a column of {kind}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: object) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -BIGGEST <= value < BIGGEST:
        raise TypeError
    return value


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str)):
        raise TypeError  # a float is no amount
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise TypeError from None
    if not found.is_finite() or abs(found.adjusted()) > 100:  # noqa: PLR2004 (as `kit.document`)
        raise TypeError
    return found


def _boolean(value: object) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise TypeError


def _given_boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: object) -> date:
    if isinstance(value, datetime):
        raise TypeError
    return value if isinstance(value, date) else date.fromisoformat(_text(value))


def _moment(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _json(value: object) -> str:
    return render(value).decode()


def _from_json(value: object) -> object:
    if isinstance(value, (str, bytes)):
        try:
            return parse(value.encode() if isinstance(value, str) else value)
        except UnreadableError as error:
            raise TypeError from error
    return value


def _from_text(value: object) -> str:
    if isinstance(value, (float, bytes, Mapping, list)):
        raise TypeError
    return str(value)


_TO: Final[Mapping[str, Callable[[object], object]]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _given_boolean,
    "date": _date,
    "moment": _moment,
    "json": _json,
}
_FROM: Final[Mapping[str, Callable[[object], object]]] = {
    "text": _from_text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": lambda value: _date(value).isoformat(),
    "moment": lambda value: _moment(value).isoformat(),
    "json": _from_json,
}


def moment_of(value: object) -> datetime:
    """Return a moment that the database gave; one without a zone is UTC.

    Raises:
        UnfitError: It is none.
    """
    try:
        return _moment(value)
    except (ValueError, TypeError) as error:
        raise UnfitError("no moment") from error


def id_of(value: object) -> str:
    """Return an id or a reference that the database gave.

    Raises:
        UnfitError: It is none.
    """
    if value is None or isinstance(value, (bool, float, bytes)) or not str(value):
        raise UnfitError(f"a {type(value).__name__} where an id is expected")
    return str(value)
