"""What a condition tells about values where it held, and where it did not."""

from interlock.checks.lineage.among import Among, Facts, Spot, both, either
from interlock.checks.lineage.evaluation import Scope
from interlock.checks.lineage.shapes import value_of
from interlock.expression.syntax import parse
from interlock.expression.tree import Binary, ListOf, Literal, Name, Node, Select, Unary


def facts_of(text: str, scope: Scope) -> Facts:
    """Return what is known where the condition `text` holds."""
    return _facts(parse(text), scope, holds=True)


def facts_against(text: str, scope: Scope) -> Facts:
    """Return what is known where the condition `text` does not hold."""
    return _facts(parse(text), scope, holds=False)


def _facts(node: Node, scope: Scope, *, holds: bool) -> Facts:
    match node:
        case Unary(operator="!"):
            return _facts(node.operand, scope, holds=not holds)
        case Binary(operator="&&" | "||"):
            left = _facts(node.left, scope, holds=holds)
            right = _facts(node.right, scope, holds=holds)
            together = (node.operator == "&&") is holds
            return both(left, right) if together else either(left, right)
        case Binary(operator="==" | "!="):
            return _compared(node, scope, holds=(node.operator == "==") is holds)
        case Binary(operator="in"):
            return _one_of(node, scope, holds=holds)
        case Name() | Select():
            spot = _spot(node, scope)
            return {spot: Among(frozenset({holds}))} if spot is not None else {}
        case _:
            return {}


def _compared(node: Binary, scope: Scope, *, holds: bool) -> Facts:
    for path, other in ((node.left, node.right), (node.right, node.left)):
        spot = _spot(path, scope)
        if spot is not None and isinstance(other, Literal) and other.value is not None:
            return {spot: Among(frozenset({other.value}), outside=not holds)}
    return {}


def _one_of(node: Binary, scope: Scope, *, holds: bool) -> Facts:
    spot = _spot(node.left, scope)
    if spot is None or not isinstance(node.right, ListOf):
        return {}
    values = [item.value for item in node.right.items if isinstance(item, Literal)]
    if len(values) != len(node.right.items):
        return {}
    return {spot: Among(frozenset(values), outside=not holds)}


def _spot(node: Node, scope: Scope) -> Spot | None:
    """Return which field of which record `node` is, when it is exactly one."""
    if not isinstance(node, (Name, Select)):
        return None
    value = value_of(scope.estate, scope.shape(node))
    return value.spot if value.exact else None
