"""The types that functions take and give."""

from typing import Final

from interlock.expression.functions import Function
from interlock.expression.operands import Wrong
from interlock.expression.tree import Call, Node
from interlock.expression.types import ANY, DATE, INT, Type, joined


def following(
    function: Function, types: list[Type], arguments: tuple[Node, ...], wrong: Wrong
) -> Type:
    """Return the type of a result that follows from the arguments' types."""
    if function.shape == "same":
        return types[0]
    if len(types) > 1:
        return common(types)
    a_list(types[0], arguments[0], wrong)
    item = types[0].item or ANY
    if function.shape == "item" and function.name == "sum":
        if item.kind not in {"int", "decimal", "any"}:
            raise wrong(f"cannot add up a {types[0]}", arguments[0])
        return joined(item, INT) if item.is_number else item
    return item


def a_list(type_: Type, node: Node, wrong: Wrong) -> None:
    """Refuse what cannot be a list."""
    if type_.kind not in {"list", "any"}:
        raise wrong(f"expected a list, got a {type_}", node)


def common(types: list[Type]) -> Type:
    """Return what all of `types` are."""
    found = types[0] if types else ANY
    for each in types[1:]:
        found = joined(found, each)
    return found


def check(node: Call, types: list[Type], wrong: Wrong) -> None:
    """Refuse what a function can never take; most check only what they are given at run time."""
    if node.name in _OF_TEXT:
        for type_ in types:
            if type_.kind not in {"string", "any"}:
                raise wrong(f"`{node.name}` takes strings, not a {type_}", node)
    if node.name in _OF_DATES and types[0].kind not in {"date", "timestamp", "string", "any"}:
        raise wrong(f"`{node.name}` takes a date, not a {types[0]}", node)


_OF_TEXT: Final = frozenset(
    {"contains", "startsWith", "endsWith", "matches", "lowerAscii", "upperAscii", "trim"}
)
_OF_DATES: Final = frozenset({"addDays", "addMonths", "year", "month", "day", DATE.kind})
