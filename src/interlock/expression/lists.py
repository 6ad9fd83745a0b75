"""Functions over lists."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from interlock.expression.operators import _PLUS, add, contained, ordered
from interlock.expression.values import Refused, bounded, kind, listed


def size(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, (str, list, tuple, Mapping)):
        return len(value)
    raise Refused(f"{kind(value)} has no size")


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
