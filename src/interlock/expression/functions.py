"""The whole vocabulary: what an expression can call, and how the result's type follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.expression.conversions import (
    absolute,
    digits,
    minor_units,
    no_double,
    rounded,
    to_decimal,
    to_int,
    to_string,
)
from interlock.expression.lists import (
    distinct,
    first,
    flattened,
    in_order,
    largest,
    last,
    size,
    smallest,
    total,
)
from interlock.expression.moments import add_days, add_months, to_date, to_duration, to_timestamp
from interlock.expression.texts import matches, replaced, substring
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
from interlock.expression.values import listed, short, text


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
