"""Tree to Python code. Every Python node carries its place in the expression's text.

The code sees its scope `S`, its budget `B` and the vocabulary; `__builtins__` is empty and no
Python attribute is ever looked up: a field is always an item of a mapping. When the code raises,
the interpreter's own position table (PEP 657) tells which piece of the expression it was.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from interlock.expression import operators
from interlock.expression.functions import FUNCTIONS, MACROS
from interlock.expression.tree import (
    Binary,
    Call,
    Index,
    ListOf,
    Literal,
    MapOf,
    Name,
    Node,
    Select,
    Ternary,
    Unary,
)
from interlock.expression.values import Refused, listed, truth

STEPS: Final = 100_000
"""How many list elements one evaluation may visit."""
FILE: Final = "<expression>"


class Budget:
    """What is left of one evaluation's steps."""

    __slots__ = ("left",)

    def __init__(self, left: int = STEPS) -> None:
        self.left = left


def walk(values: object, budget: Budget) -> Sequence[Any]:
    """Return the list to loop over, having paid for it."""
    found: Sequence[Any] = values if type(values) is list else listed(values)
    budget.left -= len(found) + 1
    if budget.left < 0:
        raise Refused(f"more than {STEPS} steps", "Use a transform for work of this size.")
    return found


def _one(values: Sequence[bool]) -> bool:
    return sum(values) == 1


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: test(*operators.ordered(left, right))


def _exact_fallback(scope: object, path: tuple[str, ...], other: Callable[[], object]) -> object:
    if not operators.present(scope, path):
        return other()
    for name in path:
        scope = scope[name]  # type: ignore[index]  # present() walked it
    return scope


_OPERATORS: Final[Mapping[str, tuple[str, Callable[..., Any]]]] = {
    "+": ("_add", operators.add),
    "-": ("_subtract", operators.subtract),
    "*": ("_multiply", operators.multiply),
    "/": ("_divide", operators.divide),
    "%": ("_remainder", operators.remainder),
    "==": ("_equal", operators.equal),
    "!=": ("_unequal", lambda a, b: not operators.equal(a, b)),
    "<": ("_less", _compare(lambda a, b: a < b)),
    "<=": ("_atmost", _compare(lambda a, b: a <= b)),
    ">": ("_more", _compare(lambda a, b: a > b)),
    ">=": ("_atleast", _compare(lambda a, b: a >= b)),
    "in": ("_in", operators.contained),
}

GLOBALS: Final[Mapping[str, object]] = {
    "__builtins__": {},
    "_walk": walk,
    "_truth": truth,
    "_negative": operators.negative,
    "_element": operators.element,
    "_present": operators.present,
    "_fallback": _exact_fallback,
    "_all": all,
    "_any": any,
    "_one": _one,
    **dict(_OPERATORS.values()),
    **{f"f_{each.name}": each.call for each in FUNCTIONS.values()},
}
"""Everything that generated code can reach."""


class Generator:
    """Builds the Python tree of one expression."""

    def __init__(
        self,
        named: Mapping[str, ast.expr] | None = None,
        constants: dict[str, Decimal] | None = None,
    ) -> None:
        self._variables: list[str] = []
        self._named = dict(named or {})
        """Names that are Python variables of the code around, not items of the scope."""
        self.constants: dict[str, Decimal] = {} if constants is None else constants
        """Decimals of the text: Python's own syntax has none."""

    def build(self, node: Node) -> ast.expr:
        """Return the Python tree of `node`."""
        found = self._build(node)
        return _placed(found, node)

    def _build(self, node: Node) -> ast.expr:
        match node:
            case Literal():
                return self._literal(node)
            case Name():
                return self._name(node)
            case Select():
                return _item(self.build(node.of), ast.Constant(node.field))
            case Index():
                return _call("_element", self.build(node.of), self.build(node.at))
            case Call():
                return self._call(node)
            case _:
                return self._composed(node)

    def _composed(self, node: Node) -> ast.expr:
        match node:
            case Unary(operator="!"):
                return ast.UnaryOp(ast.Not(), self._truth(node.operand))
            case Unary():
                return _call("_negative", self.build(node.operand))
            case Binary():
                return self._binary(node)
            case Ternary():
                test = self._truth(node.test)
                return ast.IfExp(test, self.build(node.yes), self.build(node.no))
            case ListOf():
                return ast.List([self.build(item) for item in node.items], ast.Load())
            case MapOf():
                keys: list[ast.expr | None] = [self.build(key) for key, _ in node.items]
                return ast.Dict(keys, [self.build(value) for _, value in node.items])
            case _:
                pass
        raise AssertionError(type(node))

    def _literal(self, node: Literal) -> ast.expr:
        if isinstance(node.value, Decimal):
            name = f"k_{len(self.constants)}"
            self.constants[name] = node.value
            return ast.Name(name, ast.Load())
        return ast.Constant(node.value)

    def _name(self, node: Name) -> ast.expr:
        if node.name in self._variables:
            return ast.Name(f"v_{node.name}", ast.Load())
        if node.name in self._named:
            return self._named[node.name]
        return _item(ast.Name("S", ast.Load()), ast.Constant(node.name))

    def _binary(self, node: Binary) -> ast.expr:
        if node.operator in {"&&", "||"}:
            operator = ast.And() if node.operator == "&&" else ast.Or()
            return ast.BoolOp(operator, [self._truth(node.left), self._truth(node.right)])
        name, _ = _OPERATORS[node.operator]
        return _call(name, self.build(node.left), self.build(node.right))

    def _truth(self, node: Node) -> ast.expr:
        built = self.build(node)
        if isinstance(node, Binary) and node.operator not in {"+", "-", "*", "/", "%"}:
            return built
        return _placed(_call("_truth", built), node)

    def _call(self, node: Call) -> ast.expr:
        if node.name == "has":
            return _call("_present", *self._path(node.arguments[0]))
        if node.name == "default":
            other = _function([], self.build(node.arguments[1]))
            return _call("_fallback", *self._path(node.arguments[0]), other)
        if node.name in MACROS and node.of is not None:
            return self._macro(node, node.of)
        arguments = (*((node.of,) if node.of is not None else ()), *node.arguments)
        return _call(f"f_{node.name}", *(self.build(each) for each in arguments))

    def _path(self, node: Node) -> tuple[ast.expr, ast.expr]:
        names: list[str] = []
        while isinstance(node, Select):
            names.insert(0, node.field)
            node = node.of
        root: ast.expr = ast.Name("S", ast.Load())
        if isinstance(node, Name):
            if node.name in self._variables or node.name in self._named:
                root = self._name(node)
            else:
                names.insert(0, node.name)
        path = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
        return root, path

    def _macro(self, node: Call, of: Node) -> ast.expr:
        over = _call("_walk", self.build(of), ast.Name("B", ast.Load()))
        variable = node.arguments[0]
        assert isinstance(variable, Name)  # noqa: S101 (inference has refused anything else)
        self._variables.append(variable.name)
        loop = ast.comprehension(
            target=ast.Name(f"v_{variable.name}", ast.Store()),
            iter=_placed(over, of),
            ifs=[],
            is_async=0,
        )
        body = self._macro_body(node, loop)
        self._variables.pop()
        return body

    def _macro_body(self, node: Call, loop: ast.comprehension) -> ast.expr:
        last = node.arguments[-1]
        if node.name == "map":
            loop.ifs = [self._truth(each) for each in node.arguments[1:-1]]
            return ast.ListComp(self.build(last), [loop])
        if node.name == "filter":
            loop.ifs = [self._truth(last)]
            kept = ast.Name(loop.target.id, ast.Load())  # type: ignore[attr-defined]  # a Name, made above
            return ast.ListComp(kept, [loop])
        test = self._truth(last)
        if node.name == "exists_one":
            return _call("_one", ast.ListComp(test, [loop]))
        name = "_all" if node.name == "all" else "_any"
        return _call(name, ast.GeneratorExp(test, [loop]))


def _item(of: ast.expr, key: ast.expr) -> ast.expr:
    return ast.Subscript(of, key, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _function(names: Sequence[str], body: ast.expr) -> ast.Lambda:
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(name) for name in names],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    return ast.Lambda(arguments, body)


def _placed(tree: ast.expr, node: Node) -> ast.expr:
    """Give `tree` the place of `node`, where it has none of its own yet."""
    for each in ast.walk(tree):
        if isinstance(each, (ast.expr, ast.arg)) and not hasattr(each, "lineno"):
            each.lineno = each.end_lineno = 1
            each.col_offset, each.end_col_offset = node.start, node.end
    return tree


Run = Callable[[Mapping[str, object], Budget], Any]


def function_of(body: ast.expr, constants: Mapping[str, Decimal]) -> Run:
    """Return ``lambda S, B: body`` as a Python function that can reach the vocabulary only."""
    tree = ast.Expression(_function(["S", "B"], body))
    code = compile(ast.fix_missing_locations(tree), FILE, "eval")
    made: Run = eval(code, {**GLOBALS, **constants})  # noqa: S307 (our own code, from a checked tree, without builtins)
    return made


class Code:
    """The function of one expression, made when it first runs: a check of an estate runs none."""

    __slots__ = ("run",)
    run: Run

    def __init__(self, node: Node) -> None:
        self.run = lambda scope, budget: self._made(node)(scope, budget)  # noqa: PLW0108 (not made before it runs)

    def _made(self, node: Node) -> Run:
        """Make it; should two threads come here, both make the same."""
        generator = Generator()
        body = generator.build(node)
        self.run = function_of(body, generator.constants)
        return self.run
