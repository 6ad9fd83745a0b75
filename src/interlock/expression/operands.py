"""The types that operators take and give."""

from collections.abc import Callable

from interlock.expression.errors import ExpressionError, did_you_mean
from interlock.expression.tree import Binary, Literal
from interlock.expression.types import ANY, DECIMAL, INT, STRING, Type, alike, joined

Wrong = Callable[..., ExpressionError]
"""Makes the error that points at a node: ``wrong(reason, node, hint)``."""


def compared(node: Binary, left: Type, right: Type, wrong: Wrong) -> None:
    """Refuse a comparison that can never hold, or never be made."""
    if node.operator in {"==", "!="}:
        if not alike(left, right):
            raise wrong(f"a {left} is never equal to a {right}", node)
        _enum(node, left, right, wrong)
    elif node.operator == "in":
        if right.kind not in {"list", "any", "object"}:
            raise wrong(f"`in` takes a list, not a {right}", node.right)
    elif not alike(left, right) or "null" in {left.kind, right.kind}:
        raise wrong(f"cannot compare a {left} with a {right}", node)


def _enum(node: Binary, left: Type, right: Type, wrong: Wrong) -> None:
    """A comparison with a value that an enum cannot have is a misspelling."""
    for type_, other in ((left, node.right), (right, node.left)):
        if not type_.values or not isinstance(other, Literal):
            continue
        if isinstance(other.value, str) and other.value not in type_.values:
            close = did_you_mean(other.value, type_.values)
            hint = f"It can be: {', '.join(sorted(type_.values))}."
            raise wrong(f"`{other.value}` is never a value here{close}", other, hint)


def arithmetic(node: Binary, left: Type, right: Type, wrong: Wrong) -> Type:
    """Return the type of a sum, difference, product, quotient or remainder."""
    if left.is_any or right.is_any:
        return ANY
    if left.is_number and right.is_number:
        if node.operator == "%" and DECIMAL in {left, right}:
            raise wrong("`%` takes ints", node)
        return INT if left.kind == right.kind == "int" else DECIMAL
    if node.operator == "+" and left.kind == right.kind and left.kind in {"string", "list"}:
        return STRING if left.kind == "string" else joined(left, right)
    moments = {"timestamp", "duration"}
    if node.operator in {"+", "-"} and {left.kind, right.kind} <= moments:
        return ANY
    verb = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}.get(
        node.operator, "take the remainder of"
    )
    raise wrong(f"cannot {verb} {left} and {right}", node, "Convert with string(…) or decimal(…).")
