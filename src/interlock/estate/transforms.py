"""The Python functions beside an estate, looked at without running them.

Transforms are part of what was reviewed: their source is in the estate's digest. That a step's
function is there, and takes what the step gives it, is known before anything is deployed.
"""

import ast
from collections.abc import Iterator
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds.steps import StepSpec, TransformSpec
from interlock.estate.problem import Problem
from interlock.expression.errors import did_you_mean
from interlock.foundation.place import Place

SUFFIX: Final = ".py"
Path = tuple[str | int, ...]
Functions = dict[str, ast.FunctionDef]


def transform_problems(estate: Estate) -> Iterator[Problem]:
    """Yield what keeps the transforms that are used from being called."""
    used = [
        (integration.place_of(*path, "function"), integration.id, spec)
        for integration in estate.integrations.values()
        for path, spec in _used(integration.spec.steps, ("spec", "steps"))
    ]
    modules: dict[str, Functions | None] = {}
    for where, who, spec in used:
        module, _, function = spec.function.partition(":")
        if module not in modules:
            found = _functions(estate, module)
            modules[module] = None if isinstance(found, Problem) else found
            if isinstance(found, Problem):
                yield found
        functions = modules[module]
        if functions is None:
            if f"{module}{SUFFIX}" not in estate.sources:
                yield _no_module(estate, module, who, where)
        elif function not in functions:
            known = ", ".join(sorted(functions)) or "nothing"
            close = did_you_mean(function, functions)
            what = f"{who}: `{module}{SUFFIX}` has no function `{function}`{close}"
            yield Problem(code="EST306", what=what, hint=f"It has: {known}.", where=where)
        else:
            yield from _arguments(functions[function], spec, who, where)


def _used(steps: tuple[StepSpec, ...], path: Path) -> Iterator[tuple[Path, TransformSpec]]:
    for index, step in enumerate(steps):
        here = (*path, index)
        if step.transform is not None:
            yield (*here, "transform"), step.transform
        yield from _used(step.steps, (*here, "steps"))
        for number, arm in enumerate(step.branch or ()):
            yield from _used(arm.steps, (*here, "branch", number, "steps"))


def _no_module(estate: Estate, module: str, who: str, where: Place) -> Problem:
    known = [file.removesuffix(SUFFIX) for file in estate.sources if file.endswith(SUFFIX)]
    what = f"{who}: no file `{module}{SUFFIX}` beside the estate{did_you_mean(module, known)}"
    hint = f"There are: {', '.join(sorted(known)) or 'none'}."
    return Problem(code="EST306", what=what, hint=hint, where=where)


def _functions(estate: Estate, module: str) -> "Functions | Problem | None":
    """Return the functions of a module; ``None`` when there is no such file."""
    file = f"{module}{SUFFIX}"
    source = estate.sources.get(file)
    if source is None:
        return None
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1) or 1
        what = f"`{file}` is no Python: {getattr(error, 'msg', error)}"
        return Problem(code="EST306", what=what, where=Place(file, line, column))
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}


def _arguments(
    function: ast.FunctionDef, spec: TransformSpec, who: str, where: Place
) -> Iterator[Problem]:
    given = function.args
    positional = [each.arg for each in given.args]
    named = {*positional, *(each.arg for each in given.kwonlyargs)}
    optional = set(positional[len(positional) - len(given.defaults) :]) | {
        each.arg
        for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if default is not None
    }
    for name in sorted(named - optional - set(spec.with_)):
        what = f"{who}: `{function.name}` needs `{name}`, and the step does not give it"
        yield Problem(code="EST306", what=what, hint="Give it under `with:`.", where=where)
    for name in sorted(set(spec.with_) - named) if given.kwarg is None else ():
        what = f"{who}: `{function.name}` takes no `{name}`{did_you_mean(name, named)}"
        hint = f"It takes: {', '.join(sorted(named)) or 'nothing'}."
        yield Problem(code="EST306", what=what, hint=hint, where=where)
