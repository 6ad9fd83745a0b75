"""What the signs of the language do: arithmetic, comparison, membership, access."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException
from typing import Any, Final

from interlock.expression.values import CONTEXT, Refused, bounded, kind, number, ranged, short

_PLUS: Final = CONTEXT.add

_TIMES: Final = CONTEXT.multiply


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


def present(scope: object, path: Sequence[str]) -> bool:
    """Whether every field of `path` is there and the last is not null."""
    for name in path:
        if not isinstance(scope, Mapping) or name not in scope:
            return False
        scope = scope[name]
    return scope is not None
