"""The expression language: CEL's syntax, exact decimals, compiled to Python code; pure.

`syntax` reads text, `inference` finds types and every field that is read, `generation` makes
code, `functions` is the whole vocabulary, `expression` is the door. No file, no network, no
attribute of a Python object can be reached from an expression.
"""

from interlock.expression.errors import ExpressionError
from interlock.expression.expression import Expression, compile_expression
from interlock.expression.inference import Read
from interlock.expression.mapping import ForEach, Mapping, compile_mapping
from interlock.expression.types import Schema, Type

__all__ = [
    "Expression",
    "ExpressionError",
    "ForEach",
    "Mapping",
    "Read",
    "Schema",
    "Type",
    "compile_expression",
    "compile_mapping",
]
