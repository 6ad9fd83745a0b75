"""Types and reads of an expression, found without running it.

Every field that the value may depend on is reported with its full path: macro variables are
followed (``lines.map(l, l.qty)`` reads ``lines[].qty``), both ways of ``?:`` count.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from interlock.expression import operands, results
from interlock.expression.errors import ExpressionError, did_you_mean
from interlock.expression.functions import FORMS, FUNCTIONS, MACROS, Function
from interlock.expression.tree import (
    Binary,
    Call,
    Index,
    ListOf,
    MapOf,
    Name,
    Node,
    Select,
    Ternary,
    Unary,
)
from interlock.expression.tree import (
    Literal as Constant,
)
from interlock.expression.types import (
    ANY,
    BOOL,
    DECIMAL,
    INT,
    NULL,
    STRING,
    Schema,
    Type,
    joined,
    list_of,
    object_of,
)

Role = Literal["value", "condition"]


@dataclass(frozen=True, slots=True)
class Read:
    """One field that an expression reads."""

    path: tuple[str, ...]
    """``("opportunity", "lines", "[]", "sku")``."""
    start: int
    end: int
    role: Role
    """``condition``: it decides a ``?:`` or a filter; its value does not flow into the result."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a sub-expression."""

    type: Type
    paths: frozenset[tuple[str, ...]] = frozenset()
    """The fields that it may stand for, not yet counted as read."""


@dataclass(slots=True)
class Inference:
    """One pass over a tree."""

    text: str
    schema: Schema | None
    allowed: frozenset[str] | None
    reads: list[Read] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    variables: dict[str, Found] = field(default_factory=dict)

    def whole(self, node: Node) -> Type:
        """Return the type of the whole expression; its reads are in `reads`."""
        return self.used(node, "value")

    def used(self, node: Node, role: Role) -> Type:
        """Return the type of a sub-expression whose value is used: its paths are read."""
        found = self.find(node, role)
        self._read(found.paths, node, role)
        return found.type

    def _read(self, paths: Iterable[tuple[str, ...]], node: Node, role: Role) -> None:
        for path in sorted(paths):
            self.reads.append(Read(path, node.start, node.end, role))

    def find(self, node: Node, role: Role) -> Found:
        """Return what is known of `node`; `role` says what its value is used for."""
        match node:
            case Constant():
                return Found(_constant(node.value))
            case Name():
                return self._name(node)
            case Select():
                return self._select(node, role)
            case Index():
                return self._index(node, role)
            case Call():
                return self._call(node, role)
            case _:
                return self._composed(node, role)

    def _composed(self, node: Node, role: Role) -> Found:
        match node:
            case Unary(operator="!"):
                self._bool(node.operand, role)
                return Found(BOOL)
            case Unary():
                return Found(self._number(node.operand, role))
            case Binary():
                return Found(self._binary(node, role))
            case Ternary():
                return self._ternary(node, role)
            case ListOf():
                items = [self.used(item, role) for item in node.items]
                return Found(list_of(results.common(items)))
            case MapOf():
                return Found(self._map(node, role))
            case _:
                pass
        raise AssertionError(type(node))

    def wrong(self, reason: str, node: Node, hint: str = "") -> ExpressionError:
        """Return the error that points at `node`."""
        return ExpressionError(reason, text=self.text, start=node.start, end=node.end, hint=hint)

    def _name(self, node: Name) -> Found:
        if node.name in self.variables:
            return self.variables[node.name]
        known: Iterable[str] | None = self.schema.roots if self.schema else self.allowed
        if known is not None and node.name not in known:
            hint = f"Known here: {', '.join(sorted(known)) or 'nothing'}."
            raise self.wrong(
                f"unknown name `{node.name}`{did_you_mean(node.name, known)}", node, hint
            )
        type_ = self.schema.roots[node.name] if self.schema else ANY
        return Found(type_, frozenset({(node.name,)}))

    def _select(self, node: Select, role: Role) -> Found:
        of = self.find(node.of, role)
        paths = frozenset([(*path, node.field) for path in of.paths])
        if of.type.kind == "object" and of.type.fields is not None:
            if node.field not in of.type.fields:
                close = did_you_mean(node.field, of.type.fields)
                raise self.wrong(
                    f"no field `{node.field}` in {of.type.name or 'the record'}{close}",
                    _tail(node),
                    f"It has: {', '.join(sorted(of.type.fields))}.",
                )
            return Found(of.type.fields[node.field], paths)
        if of.type.kind not in {"any", "object"}:
            raise self.wrong(f"a {of.type} has no field `{node.field}`", _tail(node))
        return Found(ANY, paths)

    def _index(self, node: Index, role: Role) -> Found:
        of = self.find(node.of, role)
        at = self.used(node.at, role)
        if of.type.kind == "list" and at.kind not in {"int", "any"}:
            raise self.wrong(f"a list is indexed by an int, not by a {at}", node.at)
        if of.type.kind == "list":
            return Found(of.type.item or ANY, frozenset((*path, "[]") for path in of.paths))
        if isinstance(node.at, Constant) and isinstance(node.at.value, str):
            selected = Select(start=node.start, end=node.end, of=node.of, field=node.at.value)
            return self._select(selected, role)
        if of.type.kind not in {"any", "object"}:
            raise self.wrong(f"cannot index a {of.type}", node)
        self._read(of.paths, node, role)
        return Found(ANY, frozenset((*path, "[]") for path in of.paths))

    def _binary(self, node: Binary, role: Role) -> Type:
        if node.operator in {"&&", "||"}:
            self._bool(node.left, role)
            self._bool(node.right, role)
            return BOOL
        left, right = self.used(node.left, role), self.used(node.right, role)
        if node.operator in {"+", "-", "*", "/", "%"}:
            return operands.arithmetic(node, left, right, self.wrong)
        operands.compared(node, left, right, self.wrong)
        return BOOL

    def _bool(self, node: Node, role: Role) -> None:
        type_ = self.used(node, role)
        if type_.kind not in {"bool", "any"}:
            raise self.wrong(f"expected true or false, got a {type_}", node)

    def _number(self, node: Node, role: Role) -> Type:
        type_ = self.used(node, role)
        if not (type_.is_number or type_.is_any):
            raise self.wrong(f"expected a number, got a {type_}", node)
        return type_

    def _ternary(self, node: Ternary, role: Role) -> Found:
        self._bool(node.test, "condition")
        yes, no = self.find(node.yes, role), self.find(node.no, role)
        return Found(joined(yes.type, no.type), yes.paths | no.paths)

    def _map(self, node: MapOf, role: Role) -> Type:
        fields: dict[str, Type] = {}
        for key, value in node.items:
            if not isinstance(key, Constant) or not isinstance(key.value, str):
                raise self.wrong("the names of a record are constant strings", key)
            if key.value in fields:
                raise self.wrong(f"`{key.value}` stands twice", key)
            fields[key.value] = self.used(value, role)
        return object_of("", fields)

    def _call(self, node: Call, role: Role) -> Found:
        self.calls.add(node.name)
        if node.name in FORMS:
            return self._form(node, role)
        if node.name in MACROS and node.of is not None:
            return self._macro(node, role)
        function = FUNCTIONS.get(node.name)
        if function is None:
            close = did_you_mean(node.name, [*FUNCTIONS, *MACROS, *FORMS])
            raise self.wrong(f"unknown function `{node.name}`{close}", node)
        arguments = (*((node.of,) if node.of is not None else ()), *node.arguments)
        if not function.least <= len(arguments) <= function.most:
            wanted = f"{function.least}"
            if function.most != function.least:
                wanted = f"{function.least} to {function.most}"
            raise self.wrong(f"`{node.name}` takes {wanted} operands, not {len(arguments)}", node)
        return self._applied(function, node, arguments, role)

    def _applied(
        self, function: Function, node: Call, arguments: tuple[Node, ...], role: Role
    ) -> Found:
        if function.name == "double":
            raise self.wrong("there are no doubles here", node, "Use decimal(…).")
        if function.name in {"first", "last"}:
            of = self.find(arguments[0], role)
            results.a_list(of.type, arguments[0], self.wrong)
            paths = frozenset((*path, "[]") for path in of.paths)
            return Found(of.type.item or ANY, paths)
        types = [self.used(each, role) for each in arguments]
        if function.result is not None:
            results.check(node, types, self.wrong)
            return Found(function.result)
        return Found(results.following(function, types, arguments, self.wrong))

    def _form(self, node: Call, role: Role) -> Found:
        if node.name == "has":
            if node.of is not None or len(node.arguments) != 1 or not _is_path(node.arguments[0]):
                raise self.wrong("`has` takes one field, such as has(order.note)", node)
            self.used(node.arguments[0], "condition")
            return Found(BOOL)
        wanted = 2
        if node.of is not None or len(node.arguments) != wanted or not _is_path(node.arguments[0]):
            raise self.wrong("`default` takes a field and what stands for it", node)
        value = self.used(node.arguments[0], role)
        return Found(joined(value, self.used(node.arguments[1], role)))

    def _macro(self, node: Call, role: Role) -> Found:
        most = 3 if node.name == "map" else 2
        variable = node.arguments[0] if node.arguments else None
        if not 2 <= len(node.arguments) <= most or not isinstance(variable, Name):  # noqa: PLR2004 (a variable and what is done with it)
            raise self.wrong(f"`{node.name}` takes a variable and an expression", node)
        over = self.find(node.of or node, role)
        results.a_list(over.type, node.of or node, self.wrong)
        self._read(over.paths, node.of or node, role)
        item = Found(over.type.item or ANY, frozenset((*path, "[]") for path in over.paths))
        outer = self.variables
        self.variables = {**outer, variable.name: item}
        try:
            return self._body(node, over, role)
        finally:
            self.variables = outer

    def _body(self, node: Call, over: Found, role: Role) -> Found:
        if node.name == "filter":
            self._bool(node.arguments[1], "condition")
            return over
        if node.name != "map":
            self._bool(node.arguments[1], role)
            return Found(BOOL)
        for predicate in node.arguments[1:-1]:
            self._bool(predicate, "condition")
        return Found(list_of(self.used(node.arguments[-1], role)))


def _constant(value: object) -> Type:
    if isinstance(value, bool):
        return BOOL
    return {int: INT, str: STRING, type(None): NULL}.get(type(value), DECIMAL)


def _is_path(node: Node) -> bool:
    while isinstance(node, Select):
        node = node.of
    return isinstance(node, Name)


def _tail(node: Select) -> Node:
    return Name(start=node.end - len(node.field), end=node.end, name=node.field)
