"""An expression over shapes: the same tree that runs is followed to see what flows through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from interlock.checks.lineage.shapes import (
    NOTHING,
    NULL,
    Either,
    Row,
    Shape,
    Value,
    element,
    select,
    singled_out,
    value_of,
    worked_out,
)
from interlock.estate.estate import Estate
from interlock.expression.syntax import parse
from interlock.expression.tree import (
    Call,
    Index,
    ListOf,
    Literal,
    MapOf,
    Name,
    Node,
    Select,
    Ternary,
)

_PICKS: Final = frozenset({"first", "last"})
"""Functions that give one element as it is."""
_TESTS: Final = frozenset({"has", "all", "exists", "exists_one"})
"""What they give is true or false about a value, not the value."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names in force at one place of a plan."""

    estate: Estate
    names: Mapping[str, Shape]

    def with_name(self, name: str, shape: Shape) -> "Scope":
        """Return the scope in which `name` is known too."""
        return Scope(self.estate, {**self.names, name: shape})

    def shape(self, node: Node) -> Shape:
        """Return what `node` stands for."""
        match node:
            case Literal():
                return _constant(node)
            case Name():
                return self.names.get(node.name, NOTHING)
            case Select():
                return select(self.estate, self.shape(node.of), node.field)
            case Index():
                return singled_out(element(self.estate, self.shape(node.of)), _ordinal(node))
            case Ternary():
                return self._either(node)
            case Call():
                return self._call(node)
            case _:
                return self._composed(node)

    def of(self, text: str) -> Shape:
        """Return what the expression `text` stands for."""
        first, *fields = text.split(".")
        if first in self.names and all(map(str.isidentifier, fields)):
            # A plain path, as most are: there is nothing to parse.
            shape = self.names[first]
            for field in fields:
                shape = select(self.estate, shape, field)
            return shape
        return self.shape(parse(text))

    def value(self, text: str) -> Value:
        """Return the value of the expression `text`."""
        return value_of(self.estate, self.of(text))

    def _either(self, node: Ternary) -> Shape:
        """Both ways may flow; the test decides, it does not flow."""
        yes, no = self.shape(node.yes), self.shape(node.no)
        if NULL in (yes, no):
            return no if yes == NULL else yes
        return Either(ways=(({}, yes), ({}, no)))

    def _call(self, node: Call) -> Shape:
        if node.name in _PICKS:
            picked = element(self.estate, self.shape(_operand(node)))
            return singled_out(picked, f"{node.name}()")
        if node.name in _TESTS:
            return NOTHING
        if node.name == "default":
            return self._default(node)
        macro = _MACROS.get(node.name)
        if macro is not None and node.of is not None:
            return macro(self, node)
        parts = (*((node.of,) if node.of is not None else ()), *node.arguments)
        return worked_out(self.estate, *(self.shape(part) for part in parts))

    def _default(self, node: Call) -> Shape:
        first, other = (self.shape(argument) for argument in node.arguments)
        return Either(ways=(({}, first), ({}, other)))

    def filtered(self, node: Call) -> Shape:
        """Return the list itself: which elements are left is a condition."""
        return self.shape(_operand(node))

    def mapped(self, node: Call) -> Shape:
        """Return the list of what the last argument gives for each element."""
        variable = node.arguments[0]
        name = variable.name if isinstance(variable, Name) else ""
        inner = self.with_name(name, element(self.estate, self.shape(_operand(node))))
        return Row(element=inner.shape(node.arguments[-1]))

    def _composed(self, node: Node) -> Shape:
        parts = [self.shape(part) for part in _parts(node)]
        return worked_out(self.estate, *parts)


def _ordinal(node: Index) -> str:
    """Return which element is meant; the same index, worked out the same way, is the same one."""
    at = node.at
    return f"[{at.value}]" if isinstance(at, Literal) else f"[{at!r}]"


def _operand(node: Call) -> Node:
    return node.of if node.of is not None else node.arguments[0]


def _constant(node: Literal) -> Value:
    if node.value is None:
        return NULL
    return Value(exact=True, constants=frozenset({node.value}))


def _parts(node: Node) -> list[Node]:
    match node:
        case ListOf():
            return list(node.items)
        case MapOf():
            return [value for _, value in node.items]
        case _:
            return [
                part
                for name in ("left", "right", "operand")
                if isinstance(part := getattr(node, name, None), Node)
            ]


_MACROS: Final[Mapping[str, Callable[[Scope, Call], Shape]]] = {
    "filter": Scope.filtered,
    "map": Scope.mapped,
}
