"""A whole mapping compiled to one function: structure is declared, values are expressions."""

import ast
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from decimal import Decimal

from interlock.expression.errors import ExpressionError
from interlock.expression.expression import Expression, compile_expression
from interlock.expression.generation import Budget, Generator, Run, function_of
from interlock.expression.inference import Read
from interlock.expression.syntax import parse
from interlock.expression.types import ANY, Schema
from interlock.expression.values import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """A list of the target: one element per element of `over`."""

    over: str
    name: str
    fields: "MappingType[str, str | ForEach]"


Fields = MappingType[str, str | ForEach]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A compiled mapping."""

    reads: MappingType[str, tuple[Read, ...]]
    """Target path -> what its value reads: lineage without running it."""
    _run: Run = field(repr=False)
    _parts: MappingType[str, Expression] = field(repr=False)

    def __call__(self, scope: MappingType[str, object]) -> dict[str, object]:
        """Return the target record.

        Raises:
            ExpressionError: A field has no value; names the target field.
        """
        try:
            found: dict[str, object] = self._run(scope, Budget())
        except (Refused, KeyError, TypeError, IndexError, ValueError, ArithmeticError) as error:
            raise self._explained(scope, error) from error
        return found

    def _explained(self, scope: MappingType[str, object], error: Exception) -> ExpressionError:
        """Work the fields out one by one: the first that fails says where and why."""
        for target, part in self._parts.items():
            try:
                part(scope)
            except ExpressionError as wrong:
                reason = f"{target}: {wrong.reason}"
                return ExpressionError(
                    reason, text=wrong.text, start=wrong.start, end=wrong.end, hint=wrong.hint
                )
        text = next(iter(self._parts.values())).text if self._parts else "?"
        return ExpressionError(str(error), text=text, start=0, end=1)


@dataclass(slots=True)
class _Builder:
    schema: Schema | None
    roots: frozenset[str] | None
    reads: dict[str, tuple[Read, ...]] = field(default_factory=dict)
    parts: dict[str, Expression] = field(default_factory=dict)
    constants: dict[str, Decimal] = field(default_factory=dict)

    def record(self, fields: Fields, prefix: str, around: tuple[ForEach, ...]) -> ast.Dict:
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for name, origin in fields.items():
            keys.append(ast.Constant(name))
            if isinstance(origin, ForEach):
                values.append(self._list(origin, f"{prefix}{name}[].", around))
            else:
                values.append(self._scalar(origin, prefix + name, around))
        return ast.Dict(keys, values)

    def _scalar(self, text: str, target: str, around: tuple[ForEach, ...]) -> ast.expr:
        whole = text
        for each in reversed(around):
            whole = f"({each.over}).map({each.name}, {whole})"
        part = compile_expression(whole, schema=self.schema, roots=self.roots)
        self.parts[target] = part
        self.reads[target] = part.reads
        return Generator(self._named(around), self.constants).build(parse(text))

    def _list(self, each: ForEach, prefix: str, around: tuple[ForEach, ...]) -> ast.expr:
        over = Generator(self._named(around), self.constants).build(parse(each.over))
        walked = ast.Call(ast.Name("_walk", ast.Load()), [over, ast.Name("B", ast.Load())], [])
        target = ast.Name(f"v_{each.name}", ast.Store())
        body = self.record(each.fields, prefix, (*around, each))
        loop = ast.comprehension(target=target, iter=walked, ifs=[], is_async=0)
        return ast.ListComp(body, [loop])

    def _named(self, around: tuple[ForEach, ...]) -> dict[str, ast.expr]:
        return {each.name: ast.Name(f"v_{each.name}", ast.Load()) for each in around}


def compile_mapping(
    fields: Fields, *, schema: Schema | None = None, roots: frozenset[str] | None = None
) -> Mapping:
    """Return the mapping `fields` as one function.

    Raises:
        ExpressionError: A field's expression is wrong.
    """
    if schema is None and roots is not None:
        schema = Schema(dict.fromkeys(roots, ANY))
    builder = _Builder(schema, roots)
    body = builder.record(fields, "", ())
    return Mapping(
        reads=builder.reads, _run=function_of(body, builder.constants), _parts=builder.parts
    )
