"""A name that is known and a formula that is understood, or the problem that they are not."""

from collections.abc import Collection, Iterable, Iterator

from interlock.estate.kinds import Declared
from interlock.estate.problem import Problem
from interlock.expression import ExpressionError, compile_expression
from interlock.expression.errors import did_you_mean

Path = tuple[str | int, ...]


def unknown(declared: Declared, path: Path, kind: str, name: str, among: Iterable[str]) -> Problem:
    """Return the problem that `name` at `path` is no `kind`."""
    names = sorted(among)
    return Problem(
        code="EST201",
        what=f"{declared.id}: unknown {kind} `{name}`{did_you_mean(name, names)}",
        hint=f"Declared are: {', '.join(names) or 'none'}.",
        where=declared.place_of(*path),
    )


def known(
    declared: Declared, path: Path, name: str, kind: tuple[str, Iterable[str]]
) -> Iterator[Problem]:
    """Yield the problem that `name` is not among those of its kind, if so."""
    called, among = kind
    if name not in among:
        yield unknown(declared, path, called, name, among)


def known_group(
    declared: Declared, path: Path, name: str, kind: tuple[str, Collection[str]]
) -> Iterator[Problem]:
    """Yield the problem that `name` is not ``group:NAME`` of one of the groups, if so."""
    called, groups = kind
    word, _, group = name.partition(":")
    if word != "group" or group not in groups:
        yield unknown(declared, path, called, name, (f"group:{each}" for each in groups))


def formula(declared: Declared, path: Path, text: str, names: frozenset[str]) -> Iterator[Problem]:
    """Yield the problem that the formula at `path` cannot be understood over `names`, if so."""
    where = declared.where(*path)
    try:
        compile_expression(text, roots=names, where=where)
    except ExpressionError as error:
        yield Problem(
            code="EST301",
            what=f"{declared.id}: {error.reason}",
            hint=error.hint,
            where=error.where or where(),
        )
