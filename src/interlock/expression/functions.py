"""The whole vocabulary: what an expression can call, and what it may cost.

Values are text, int, exact decimal, bool, null, date, timestamp, duration, lists and records.
Every function checks what it is given; nothing is converted silently.
"""

import calendar
import re as python_re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any, Final

import re2

from interlock.expression.types import (
    ANY,
    BOOL,
    DATE,
    DECIMAL,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    list_of,
)
from interlock.foundation.errors import InterlockError
from interlock.foundation.money import exponent

CONTEXT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144)
"""Decimal arithmetic as IEEE 754 decimal128: 34 digits."""
_PLUS: Final = CONTEXT.add
_TIMES: Final = CONTEXT.multiply
LONGEST_STRING: Final = 1_000_000
LARGEST_EXPONENT: Final = 40
INT_RANGE: Final = range(-(2**63), 2**63)


class Refused(Exception):  # noqa: N818 (turned into an ExpressionError with its position)
    """A function was given something that it does not take."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def kind(value: object) -> str:
    """Return what the language calls the type of `value`."""
    for name, types in _KINDS.items():
        if isinstance(value, types):
            return name
    return type(value).__name__


_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "int": (int,),
    "decimal": (Decimal,),
    "string": (str,),
    "timestamp": (datetime,),
    "date": (date,),
    "duration": (timedelta,),
    "null": (type(None),),
    "list": (list, tuple),
    "record": (Mapping,),
}


def number(value: Any) -> int | Decimal:  # noqa: ANN401 (checked here)
    """Return `value` if it is a number; a JSON float becomes the decimal that it shows."""
    found = type(value)
    if found is int or found is Decimal:
        return value  # type: ignore[no-any-return]  # just checked
    if found is float:
        return Decimal(repr(value))
    raise Refused(f"expected a number, got {kind(value)}", "Convert with int(…) or decimal(…).")


def ranged(value: int) -> int:
    """Return `value` if it fits 64 bits."""
    if value not in INT_RANGE:
        raise Refused("the result needs more than 64 bits", "Use decimals: decimal(…).")
    return value


def bounded(value: Decimal) -> Decimal:
    """Return `value` if its size is sane."""
    if not -LARGEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT and value:
        raise Refused(f"the result is beyond 10^±{LARGEST_EXPONENT}")
    return value


def text(value: object) -> str:
    """Return `value` if it is text."""
    if isinstance(value, str):
        return value
    raise Refused(f"expected a string, got {kind(value)}", "Convert with string(…).")


def listed(value: object) -> Sequence[Any]:
    """Return `value` if it is a list."""
    if isinstance(value, (list, tuple)):
        return value
    raise Refused(f"expected a list, got {kind(value)}")


def add(left: Any, right: Any) -> Any:  # noqa: ANN401
    """``+``: numbers, text, lists, and moments with durations."""
    if type(left) is Decimal and type(right) is Decimal:
        return bounded(_PLUS(left, right))
    if isinstance(left, str) and isinstance(right, str):
        return short(left + right)
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    if isinstance(left, (date, timedelta)) and isinstance(right, (date, timedelta)):
        return _moved(left, right)
    if isinstance(left, str) or isinstance(right, str):
        raise Refused(
            f"cannot add {kind(left)} and {kind(right)}", "convert with string(…) or decimal(…)"
        )
    return arithmetic(left, right, CONTEXT.add, int.__add__)


def _moved(left: date | timedelta, right: date | timedelta) -> object:
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left + right
    if isinstance(left, datetime) and isinstance(right, timedelta):
        return left + right
    if isinstance(left, timedelta) and isinstance(right, datetime):
        return left + right
    raise Refused(
        f"cannot add {kind(left)} and {kind(right)}", "use addDays(date, n) or addMonths(date, n)"
    )


def subtract(left: Any, right: Any) -> Any:  # noqa: ANN401
    """``-``: numbers, and moments."""
    if isinstance(left, (datetime, timedelta)) and isinstance(right, (datetime, timedelta)):
        if isinstance(left, timedelta) and isinstance(right, datetime):
            raise Refused("cannot subtract timestamp from duration")
        return left - right  # type: ignore[operator]  # the bad pairing is refused above
    return arithmetic(left, right, CONTEXT.subtract, int.__sub__)


def multiply(left: Any, right: Any) -> Any:  # noqa: ANN401
    """``*``: numbers."""
    if type(left) is Decimal and type(right) is Decimal:
        return bounded(_TIMES(left, right))
    return arithmetic(left, right, CONTEXT.multiply, int.__mul__)


def arithmetic(
    left: Any,  # noqa: ANN401
    right: Any,  # noqa: ANN401
    exact: Callable[[Any, Any], Decimal],
    whole: Callable[[int, int], int],
) -> int | Decimal:
    """Return ints from ints, a decimal as soon as one operand is one."""
    left, right = number(left), number(right)
    if type(left) is int and type(right) is int:
        return ranged(whole(left, right))
    try:
        return bounded(exact(left, right))
    except DecimalException as error:
        raise Refused(f"the arithmetic failed: {type(error).__name__}") from error


def divide(left: Any, right: Any) -> int | Decimal:  # noqa: ANN401
    """``/``: of ints truncates toward zero (CEL), of decimals is exact to 34 digits."""
    left, right = number(left), number(right)
    if not right:
        raise Refused("division by zero")
    if type(left) is int and type(right) is int:
        quotient = abs(left) // abs(right)
        return ranged(quotient if (left < 0) == (right < 0) else -quotient)
    return bounded(CONTEXT.divide(left, right))


def remainder(left: Any, right: Any) -> int:  # noqa: ANN401
    """``%``: of ints, with the sign of the left operand (CEL)."""
    if type(left) is not int or type(right) is not int:
        raise Refused(f"`%` takes ints, got {kind(left)} and {kind(right)}")
    if right == 0:
        raise Refused("modulus by zero")
    found = abs(left) % abs(right)
    return found if left >= 0 else -found


def negative(value: Any) -> int | Decimal:  # noqa: ANN401
    """``-x``."""
    found = number(value)
    return ranged(-found) if type(found) is int else CONTEXT.minus(found)


def equal(left: object, right: object) -> bool:
    """``==``: numbers by value, everything else only within its own type; deep."""
    if type(left) is str and type(right) is str:
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float):
        left = number(left)
    if isinstance(right, float):
        right = number(right)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(equal(a, b) for a, b in pairs)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    return left == right


def ordered(left: Any, right: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return both operands when they can be ordered against each other."""
    names = {kind(left), kind(right)}
    if names <= {"int", "decimal", "float"}:
        return number(left), number(right)
    if len(names) == 1 and names <= {"string", "date", "timestamp", "duration", "bool"}:
        return left, right
    raise Refused(f"cannot compare {kind(left)} with {kind(right)}", "convert one of them first")


def truth(value: object) -> bool:
    """Return `value` if it is a bool."""
    if value is True or value is False:
        return value
    raise Refused(f"expected true or false, got {kind(value)}")


def contained(item: object, within: object) -> bool:
    """``x in list`` and ``key in record``."""
    if isinstance(within, (list, tuple)):
        return any(equal(item, each) for each in within)
    if isinstance(within, Mapping):
        return item in within
    raise Refused(f"`in` takes a list or a record, got {kind(within)}")


def element(within: Any, at: Any) -> Any:  # noqa: ANN401
    """``list[int]`` and ``record["key"]``."""
    if isinstance(within, (list, tuple)):
        if type(at) is not int or not 0 <= at < len(within):
            raise Refused(f"no element {at} in a list of {len(within)}")
        return within[at]
    if isinstance(within, Mapping):
        if at not in within:
            raise Refused(f"no field {at!r}")
        return within[at]
    raise Refused(f"cannot index {kind(within)}")


def short(value: str) -> str:
    """Return `value` if it is not over the budget for text."""
    if len(value) > LONGEST_STRING:
        raise Refused(f"the text is longer than {LONGEST_STRING} characters")
    return value


def present(scope: object, path: Sequence[str]) -> bool:
    """Whether every field of `path` is there and the last is not null."""
    for name in path:
        if not isinstance(scope, Mapping) or name not in scope:
            return False
        scope = scope[name]
    return scope is not None


def size(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, (str, list, tuple, Mapping)):
        return len(value)
    raise Refused(f"{kind(value)} has no size")


def to_decimal(value: Any) -> Decimal:  # noqa: ANN401
    if isinstance(value, str):
        if not python_re.fullmatch(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", value):
            raise Refused(f"{value[:40]!r} is not a decimal number")
        return Decimal(value)
    return Decimal(number(value))


def to_int(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str):
        if not python_re.fullmatch(r"[+-]?[0-9]{1,19}", value):
            raise Refused(f"{value[:40]!r} is not a whole number")
        return ranged(int(value))
    found = number(value)
    if found != int(found):
        raise Refused(f"{found} is not whole", "use round(x, 0) first")
    return ranged(int(found))


def to_string(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (int, date)):
        return str(value)
    raise Refused(f"cannot make a string of {kind(value)}")


def matches(value: str, pattern: str) -> bool:
    try:
        return re2.search(text(pattern), text(value)) is not None
    except re2.error as error:
        raise Refused(f"{pattern!r} is not a pattern", "RE2 syntax") from error


def replaced(value: str, old: str, new: str) -> str:
    value, old, new = text(value), text(old), text(new)
    if old and len(value) + value.count(old) * len(new) > LONGEST_STRING:
        raise Refused(f"the text is longer than {LONGEST_STRING} characters")
    return value.replace(old, new)


def substring(value: str, start: int, end: int | None = None) -> str:
    value = text(value)
    stop = len(value) if end is None else end
    if type(start) is not int or type(stop) is not int or not 0 <= start <= stop <= len(value):
        raise Refused(f"no characters {start} to {stop} in a text of {len(value)}")
    return value[start:stop]


def total(values: Any) -> Any:  # noqa: ANN401
    found: Any = 0
    for each in listed(values):
        if type(found) is Decimal and type(each) is Decimal:
            found = _PLUS(found, each)
        else:
            found = add(found, each)
    return bounded(found) if type(found) is Decimal else found


def smallest(*values: Any) -> Any:  # noqa: ANN401
    return _best(values, lambda a, b: a < b)


def largest(*values: Any) -> Any:  # noqa: ANN401
    return _best(values, lambda a, b: a > b)


def _best(values: tuple[Any, ...], better: Callable[[Any, Any], bool]) -> Any:  # noqa: ANN401
    many = listed(values[0]) if len(values) == 1 else values
    if not many:
        raise Refused("an empty list has no least or greatest element")
    found = many[0]
    for each in many[1:]:
        if better(*ordered(each, found)):
            found = each
    return found


def rounded(value: Any, digits: int = 0) -> Decimal:  # noqa: ANN401
    if type(digits) is not int or not 0 <= digits <= 20:  # noqa: PLR2004 (digits of money and rates)
        raise Refused("round takes 0 to 20 digits")
    step = Decimal(1).scaleb(-digits)
    return Decimal(number(value)).quantize(step, rounding=ROUND_HALF_UP, context=CONTEXT)


def absolute(value: Any) -> int | Decimal:  # noqa: ANN401
    found = number(value)
    return ranged(abs(found)) if isinstance(found, int) else abs(found)


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


def digits(currency: str) -> int:
    try:
        return exponent(text(currency))
    except InterlockError as error:
        raise Refused(error.what, error.hint) from error


def minor_units(amount: Any, currency: str) -> int:  # noqa: ANN401
    scaled = Decimal(number(amount)).scaleb(digits(currency))
    return to_int(scaled)


def first(values: Any) -> Any:  # noqa: ANN401
    if not listed(values):
        raise Refused("an empty list has no first element")
    return values[0]


def last(values: Any) -> Any:  # noqa: ANN401
    if not listed(values):
        raise Refused("an empty list has no last element")
    return values[-1]


def distinct(values: Any) -> list[Any]:  # noqa: ANN401
    found: list[Any] = []
    for each in listed(values):
        if not contained(each, found):
            found.append(each)
    return found


def in_order(values: Any) -> list[Any]:  # noqa: ANN401
    found = list(listed(values))
    for each in found[1:]:
        ordered(found[0], each)
    return sorted(found)


def flattened(values: Any) -> list[Any]:  # noqa: ANN401
    return [each for inner in listed(values) for each in listed(inner)]


def no_double(_value: object) -> object:
    raise Refused("there are no doubles here", "Use decimal(…): money is exact.")


@dataclass(frozen=True, slots=True)
class Function:
    """One word of the vocabulary."""

    name: str
    call: Callable[..., Any]
    least: int
    most: int
    result: Type | None
    """``None``: an element of its first argument, or that argument's own type."""
    shape: str = ""
    """For a result that follows the argument: ``item``, ``same`` or ``inner``."""


def _entry(name: str, call: Callable[..., Any], least: int, most: int, result: Type) -> Function:
    return Function(name, call, least, most, result)


FUNCTIONS: Final[Mapping[str, Function]] = {
    found.name: found
    for found in (
        _entry("size", size, 1, 1, INT),
        _entry("decimal", to_decimal, 1, 1, DECIMAL),
        _entry("int", to_int, 1, 1, INT),
        _entry("string", to_string, 1, 1, STRING),
        _entry("double", no_double, 1, 1, ANY),
        _entry("contains", lambda s, part: text(part) in text(s), 2, 2, BOOL),
        _entry("startsWith", lambda s, part: text(s).startswith(text(part)), 2, 2, BOOL),
        _entry("endsWith", lambda s, part: text(s).endswith(text(part)), 2, 2, BOOL),
        _entry("matches", matches, 2, 2, BOOL),
        _entry("lowerAscii", lambda s: text(s).encode().lower().decode(), 1, 1, STRING),
        _entry("upperAscii", lambda s: text(s).encode().upper().decode(), 1, 1, STRING),
        _entry("trim", lambda s: text(s).strip(), 1, 1, STRING),
        _entry("split", lambda s, by: text(s).split(text(by) or None), 2, 2, list_of(STRING)),
        _entry("join", lambda xs, by: short(text(by).join(map(text, listed(xs)))), 2, 2, STRING),
        _entry("replace", replaced, 3, 3, STRING),
        _entry("substring", substring, 2, 3, STRING),
        Function("sum", total, 1, 1, None, "item"),
        Function("min", smallest, 1, 20, None, "item"),
        Function("max", largest, 1, 20, None, "item"),
        _entry("round", rounded, 1, 2, DECIMAL),
        Function("abs", absolute, 1, 1, None, "same"),
        _entry("date", to_date, 1, 1, DATE),
        _entry("timestamp", to_timestamp, 1, 1, TIMESTAMP),
        _entry("duration", to_duration, 1, 1, DURATION),
        _entry("addDays", add_days, 2, 2, DATE),
        _entry("addMonths", add_months, 2, 2, DATE),
        _entry("year", lambda d: to_date(d).year, 1, 1, INT),
        _entry("month", lambda d: to_date(d).month, 1, 1, INT),
        _entry("day", lambda d: to_date(d).day, 1, 1, INT),
        _entry("digits", digits, 1, 1, INT),
        _entry("minorUnits", minor_units, 2, 2, INT),
        Function("first", first, 1, 1, None, "item"),
        Function("last", last, 1, 1, None, "item"),
        Function("distinct", distinct, 1, 1, None, "same"),
        Function("sort", in_order, 1, 1, None, "same"),
        Function("flatten", flattened, 1, 1, None, "inner"),
    )
}

MACROS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})
FORMS: Final = frozenset({"has", "default"})
