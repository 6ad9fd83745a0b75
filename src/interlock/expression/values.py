"""The values of the language and their bounds: what is a number, a text, a list, a truth.

Values are text, int, exact decimal, bool, null, date, timestamp, duration, lists and records.
Nothing is converted silently.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

CONTEXT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144)
"""Decimal arithmetic as IEEE 754 decimal128: 34 digits."""

LONGEST_STRING: Final = 1_000_000

LARGEST_EXPONENT: Final = 40

INT_RANGE: Final = range(-(2**63), 2**63)


class Refused(Exception):  # noqa: N818 (turned into an ExpressionError with its position)
    """A function was given something that it does not take."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


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


def kind(value: object) -> str:
    """Return what the language calls the type of `value`."""
    for name, types in _KINDS.items():
        if isinstance(value, types):
            return name
    return type(value).__name__


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


def short(value: str) -> str:
    """Return `value` if it is not over the budget for text."""
    if len(value) > LONGEST_STRING:
        raise Refused(f"the text is longer than {LONGEST_STRING} characters")
    return value


def listed(value: object) -> Sequence[Any]:
    """Return `value` if it is a list."""
    if isinstance(value, (list, tuple)):
        return value
    raise Refused(f"expected a list, got {kind(value)}")


def truth(value: object) -> bool:
    """Return `value` if it is a bool."""
    if value is True or value is False:
        return value
    raise Refused(f"expected true or false, got {kind(value)}")
