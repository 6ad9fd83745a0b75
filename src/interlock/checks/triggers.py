"""Which integrations no record can start together."""

from collections.abc import Iterator

from interlock.estate.plan import Plan
from interlock.expression.syntax import parse
from interlock.expression.tree import Binary, Literal, Node, Unary


def exclude_each_other(one: Plan, other: Plan) -> bool:
    """Tell whether no record can start both: one demands what the other rules out.

    Only what is plain to see counts, among the conditions joined by ``&&``: ``x`` and ``!x``,
    ``x == "a"`` and ``x == "b"``, ``x == "a"`` and ``x != "a"``.
    """
    mine, theirs = one.trigger, other.trigger
    if (mine.system, mine.entity) != (theirs.system, theirs.entity):
        return False
    if mine.when is None or theirs.when is None:
        return False
    return any(
        _opposed(first, second)
        for first in _demands(mine.when.text)
        for second in _demands(theirs.when.text)
    )


def _demands(text: str) -> list[tuple[str, str, str]]:
    """Return what `text` demands: what is looked at, how, and the constant it is compared with."""
    return [_demand(node, text) for node in _conjuncts(parse(text))]


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "&&":
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _demand(node: Node, text: str) -> tuple[str, str, str]:
    if isinstance(node, Unary) and node.operator == "!":
        return _said(node.operand, text), "!", ""
    compared = isinstance(node, Binary) and node.operator in {"==", "!="}
    if isinstance(node, Binary) and compared and isinstance(node.right, Literal):
        return _said(node.left, text), node.operator, repr(node.right.value)
    return _said(node, text), "", ""


def _said(node: Node, text: str) -> str:
    return "".join(text[node.start : node.end].split())


def _opposed(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    (mine, my_sign, my_value), (theirs, their_sign, their_value) = one, other
    if mine != theirs:
        return False
    signs, same = {my_sign, their_sign}, my_value == their_value
    return signs == {"", "!"} or (signs == {"=="} and not same) or (signs == {"==", "!="} and same)
