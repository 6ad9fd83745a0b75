"""One walk over one integration: what is known so far, and everything that was wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds.integration import Integration
from interlock.estate.kinds.steps import StepSpec, UndoSpec
from interlock.estate.plan import Undo
from interlock.estate.problem import Problem
from interlock.expression import Expression, ExpressionError, Schema, Type, compile_expression
from interlock.expression.errors import did_you_mean

FOREVER: Final = timedelta(days=3650)
"""What an undeclared bound of a wait comes to; a check finds it (SAG004)."""
CONDITION: Final = frozenset({"bool", "any"})
KEY: Final = frozenset({"string", "int", "decimal", "date", "timestamp", "any"})
LIST: Final = frozenset({"list", "any"})
_MEANT: Final = {
    CONDITION: ("a condition is true or false", "Compare it with something."),
    KEY: ("a key is one plain value", "Name the field that tells the records apart."),
    LIST: ("only a list can be walked over", "Name a list, or make one of it: [x]."),
}
_TAKEN: Final = frozenset({"run", "error", "seen"})
"""Names that every run has already."""

WHOLE: Final = "*"

Path = tuple[str | int, ...]
CommonParts = dict[str, object]


class Unplannable(Exception):  # noqa: N818 (it carries a problem that was noted already)
    """A step cannot be compiled; why is among the problems."""


@dataclass(slots=True)
class Walk:
    """Where we are in an integration."""

    estate: Estate
    integration: Integration
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    """Name -> the system that its record was read from."""
    written: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> (entity, system) of the record that it holds."""
    types: dict[str, Type] = field(default_factory=dict)
    """Step -> the type of its result."""
    read: set[str] = field(default_factory=set)
    """Names of the fields that any expression reads; `WHOLE` when one takes a whole record."""
    asked: set[str] = field(default_factory=set)
    """Those that are read of the triggering record itself, under its own name."""

    def note(self, code: str, what: str, path: Path, hint: str = "") -> None:
        """Note a problem of this integration."""
        where = self.integration.place_of(*path)
        said = f"{self.integration.id}: {what}"
        self.problems.append(Problem(code=code, what=said, hint=hint, where=where))

    def know(self, kind: str, name: str, known: Mapping[str, object], path: Path) -> None:
        """Note it and give up when `name` is not among what is `known`."""
        if name not in known:
            hint = f"Declared are: {', '.join(sorted(known)) or 'none'}."
            what = f"unknown {kind} `{name}`{did_you_mean(name, known)}"
            self.note("EST201", what, path, hint)
            raise Unplannable

    def holds(self, entity: str, system: str, path: Path) -> None:
        """Give up unless `system` is known to hold `entity`, and by which field we know it."""
        self.know("entity", entity, self.estate.entities, (*path, "entity"))
        self.know("system", system, self.estate.systems, path)
        known = self.estate.entities[entity].spec.identity
        if system not in known:
            hint = f"Its identity names: {', '.join(sorted(known))}."
            self.note("EST205", f"`{entity}` has no identity in `{system}`", path, hint)
            raise Unplannable

    def is_group(self, name: str, path: Path) -> None:
        """Note it when `name` is no group that could be asked."""
        word, _, group = name.partition(":")
        if word != "group" or group not in self.estate.groups:
            groups = [f"group:{each}" for each in self.estate.groups]
            what = f"unknown group `{name}`{did_you_mean(name, groups)}"
            self.note("EST201", what, path, f"Declared are: {', '.join(groups) or 'none'}.")

    def compiled(
        self, text: str, path: Path, schema: Schema, wanted: frozenset[str] | None = None
    ) -> Expression:
        """Return the compiled expression, or note what is wrong with it and give up.

        `wanted` are the kinds of value that make sense here.
        """
        found = self.parsed(text, path, schema)
        for read in found.reads:
            # A list that is walked over is read element by element, under the element's name.
            self.read.update(read.path[1:] or (() if wanted is LIST else (WHOLE,)))
            if read.path[0] == self.integration.spec.trigger.entity:
                self.asked.update(read.path[1:2] or (WHOLE,))
        if wanted is not None and found.type.kind not in wanted:
            rule, hint = _MEANT[wanted]
            self.note("EST302", f"{rule}; this is a {found.type}", path, hint)
            raise Unplannable
        return found

    def parsed(self, text: str, path: Path, schema: Schema) -> Expression:
        """Return the compiled expression without counting what it reads as used."""
        where = self.integration.where(*path)
        try:
            found = compile_expression(text, schema=schema, where=where)
        except ExpressionError as error:
            what, place = f"{self.integration.id}: {error.reason}", error.where or where()
            self.problems.append(Problem(code="EST301", what=what, hint=error.hint, where=place))
            raise Unplannable from error
        return found

    def maybe(self, text: str | None, path: Path, schema: Schema) -> Expression | None:
        """Return a condition that need not be there; one that is wrong is noted only."""
        if text is None:
            return None
        try:
            return self.compiled(text, path, schema, CONDITION)
        except Unplannable:
            return None

    def operation(self, text: str, path: Path) -> tuple[str, str]:
        """Split ``SYSTEM.OBJECT.VERB``; both halves must be known."""
        system, _, operation = text.partition(".")
        self.know("system", system, self.estate.systems, path)
        able = self.estate.capability_of(system)
        if able is not None and operation not in able.operations:
            close = did_you_mean(operation, able.operations)
            hint = f"{able.connector} can: {', '.join(sorted(able.operations))}."
            self.note("EST203", f"`{system}` cannot `{operation}`{close}", path, hint)
            raise Unplannable
        return system, operation

    def common(self, spec: StepSpec, path: Path, result: Type, schema: Schema) -> CommonParts:
        """Return what every step has; `result` is what its undo may read."""
        name = spec.as_ or spec.id
        self._name(spec, path)
        self.types[spec.id] = result
        undo = None
        if spec.undo is not None:
            undo = self._undo(spec.undo, (*path, "undo"), schema.with_name(name, result))
        where = self.integration.where(*path, "id")
        return {"id": spec.id, "name": name, "where": where, "pivot": spec.pivot, "undo": undo}

    def _name(self, spec: StepSpec, path: Path) -> None:
        if spec.id in self.types:
            hint = "The history of a run is kept by it; `as:` may be shared instead."
            self.note("EST307", f"there are two steps `{spec.id}`", (*path, "id"), hint)
        name = spec.as_ or spec.id
        if name in _TAKEN:
            where = (*path, "as" if spec.as_ else "id")
            self.note("EST208", f"`{name}` is a name that every run has already", where)

    def _undo(self, spec: UndoSpec, path: Path, schema: Schema) -> Undo:
        system, operation = self.operation(spec.operation, (*path, "operation"))
        return Undo(
            system=system,
            operation=operation,
            ref=self.compiled(spec.ref, (*path, "ref"), schema, KEY),
            where=self.integration.where(*path),
        )
