"""The tree of an expression: what each piece is and where it stands in the text."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A piece of an expression and where it stands in the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A constant: text, int, decimal, true, false or null."""

    value: str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A name of the scope, or a variable of a macro."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Node):
    """``of.field``."""

    of: Node
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Node):
    """``of[at]``."""

    of: Node
    at: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """``name(arguments)`` or ``of.name(arguments)``."""

    name: str
    of: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Node):
    """``!x`` or ``-x``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Node):
    """Two operands and what stands between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Ternary(Node):
    """``test ? yes : no``."""

    test: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Node):
    """``{"a": b}``."""

    items: tuple[tuple[Node, Node], ...]
