"""The door: text in, a typed and compiled expression out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from interlock.expression.errors import ExpressionError, did_you_mean
from interlock.expression.generation import FILE, Budget, Code
from interlock.expression.inference import Inference, Read
from interlock.expression.syntax import parse
from interlock.expression.types import Schema, Type
from interlock.expression.values import Refused
from interlock.foundation.place import Place, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled expression. Calling it changes nothing and always gives the same answer."""

    text: str
    type: Type
    reads: tuple[Read, ...]
    calls: frozenset[str]
    where: Where | None = field(repr=False, compare=False)
    _code: Code = field(repr=False, compare=False)

    @property
    def place(self) -> Place | None:
        """Return where it is declared, if it is."""
        return None if self.where is None else self.where()

    @property
    def roots(self) -> frozenset[str]:
        """Return the names of the scope that it uses."""
        return frozenset(read.path[0] for read in self.reads)

    def __call__(self, scope: Mapping[str, object]) -> object:
        """Return what it comes to in `scope`.

        Raises:
            ExpressionError: It has no value there; says at which character and why.
        """
        try:
            found: object = self._code.run(scope, Budget())
        except (Refused, KeyError, TypeError, IndexError, ValueError, ArithmeticError) as error:
            raise self._explained(error) from error
        except (RecursionError, MemoryError) as error:
            raise self._at("the values are nested too deep or too large", 0, 1) from error
        return found

    def _explained(self, error: Exception) -> ExpressionError:
        start, end = _position(error.__traceback__)
        if isinstance(error, Refused):
            return self._at(error.reason, start, end, error.hint)
        if isinstance(error, KeyError) and error.args:
            name = str(error.args[0])
            known = _siblings(error.__traceback__)
            return self._at(f"no field `{name}` here{did_you_mean(name, known)}", start, end)
        return self._at(f"{error}", start, end)

    def _at(self, reason: str, start: int, end: int, hint: str = "") -> ExpressionError:
        wrong = ExpressionError(reason, text=self.text, start=start, end=end, hint=hint)
        return wrong if self.where is None else wrong.at(self.where())


def _innermost(trace: TracebackType | None) -> TracebackType | None:
    """Return the deepest frame that runs an expression's own code."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            found = trace
        trace = trace.tb_next
    return found


def _position(trace: TracebackType | None) -> tuple[int, int]:
    frame = _innermost(trace)
    if frame is None:
        return 0, 1
    positions = list(frame.tb_frame.f_code.co_positions())
    _, _, start, end = positions[frame.tb_lasti // 2]
    return start or 0, end or 1


def _siblings(trace: TracebackType | None) -> list[str]:
    """Return the names that could have been meant: of the scope, when it is at the top."""
    frame = _innermost(trace)
    scope = frame.tb_frame.f_locals.get("S") if frame else None
    return [str(name) for name in scope] if isinstance(scope, Mapping) else []


def compile_expression(
    text: str,
    *,
    schema: Schema | None = None,
    roots: frozenset[str] | None = None,
    where: Where | None = None,
) -> Expression:
    """Return the compiled form of `text`.

    `schema` gives names and types; without it `roots` gives the names that may be used, and types
    are found out when it runs. `where` finds where the text starts in a declared file.

    Raises:
        ExpressionError: It cannot be read, uses what is not there, or can never work.
    """
    try:
        node = parse(text)
        inference = Inference(text, schema, roots)
        type_ = inference.whole(node)
    except ExpressionError as error:
        if where is not None:
            raise error.at(where()) from None
        raise
    reads = inference.reads
    return Expression(
        text=text,
        type=type_,
        reads=tuple(dict.fromkeys(reads) if len(reads) > 1 else reads),
        calls=frozenset(inference.calls),
        where=where,
        _code=Code(node),
    )
