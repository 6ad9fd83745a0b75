"""What each key of a declaration means: the sentence that stands below it in our own source.

Read only when a schema or a page is made, so that no command pays for it at its start.
"""

import ast
import inspect
from collections.abc import Iterator
from textwrap import dedent


def meanings(model: type) -> dict[str, str]:
    """Return the sentence below each attribute of `model` and of what it is made from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each.__module__.startswith("interlock."):
            found.update(_told(each))
    return found


def _told(model: type) -> Iterator[tuple[str, str]]:
    body = ast.parse(dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 (the source of a class is a class)
    for before, after in zip(body.body, body.body[1:], strict=False):
        match before, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(s))
            ):
                yield name, " ".join(s.split())
            case _:
                pass
