"""A walk over a plan that notes, for every written field, what flows into it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from interlock.checks.lineage.among import Facts, both, impossible
from interlock.checks.lineage.evaluation import Scope
from interlock.checks.lineage.guards import facts_against, facts_of
from interlock.checks.lineage.shapes import (
    NOTHING,
    Either,
    Record,
    Row,
    Shape,
    Source,
    Value,
    element,
    select,
    singled_out,
    value_of,
    worked_out,
)
from interlock.checks.lineage.write import Write
from interlock.estate.estate import Estate
from interlock.estate.plan import (
    Branch,
    Call,
    Each,
    ForEach,
    Get,
    Plan,
    Put,
    Require,
    Step,
    Transform,
    Values,
    Wait,
)
from interlock.expression import Expression
from interlock.foundation.place import Place, Where

Sources = frozenset[Source]
RUN = "run"
"""The name of what the house itself knows of a run; it is nobody's field."""


@dataclass(frozen=True, slots=True)
class At:
    """Where the walk is: which names are known, and what is known of their values."""

    scope: Scope
    facts: Facts

    def knowing(self, name: str, shape: Shape) -> "At":
        """Return the same place with one name more."""
        return At(self.scope.with_name(name, shape), self.facts)

    def given(self, facts: Facts) -> "At":
        """Return the same place with more facts."""
        return At(self.scope, both(self.facts, facts))


@dataclass(slots=True)
class Tracer:
    """One walk over one plan."""

    estate: Estate
    plan: Plan
    writes: list[Write] = field(default_factory=list)
    scopes: dict[str, At] = field(default_factory=dict)
    """Step id -> what was known when the step began."""
    echoes: dict[tuple[str, str, str], Mapping[str, Shape]] = field(default_factory=dict)
    """(entity, system, key) -> what was written there so far."""

    def walk(self) -> "Tracer":
        """Follow the plan from its trigger; return self."""
        trigger = self.plan.trigger
        record = Record(
            id=trigger.entity, entity=trigger.entity, system=trigger.system, where=trigger.where
        )
        at = At(Scope(self.estate, {trigger.entity: record, RUN: NOTHING}), {})
        if trigger.when is not None:
            at = at.given(facts_of(trigger.when.text, at.scope))
        self._steps(self.plan.steps, at)
        return self

    def _steps(self, steps: tuple[Step, ...], at: At) -> tuple[At, Shape]:
        last: Shape = NOTHING
        for step in steps:
            self.scopes[step.id] = at
            if isinstance(step, Branch):
                at, last = self._branch(step, at)
            else:
                at, last = self._step(step, at)
            at = at.knowing(step.name, last)
        return at, last

    def _step(self, step: Step, at: At) -> tuple[At, Shape]:
        match step:
            case Require():
                for check, _ in step.checks:
                    at = at.given(facts_of(check.text, at.scope))
                return at, NOTHING
            case ForEach():
                return at, self._for_each(step, at)
            case Get() | Wait():
                return at, _read(step)
            case Put() | Call():
                return at, self._write(step, at)
            case Transform():
                given = (at.scope.of(argument.text) for argument in step.arguments.values())
                return at, worked_out(self.estate, *given)
            case _:
                return at, NOTHING

    def _for_each(self, step: ForEach, at: At) -> Row:
        over = at.scope.of(step.over.text)
        item = singled_out(element(self.estate, over), step.item)
        inner = at.knowing(step.item, item)
        _, last = self._steps(step.steps, inner)
        return Row(element=last)

    def _branch(self, step: Branch, at: At) -> tuple[At, Shape]:
        """Walk every arm under its condition; afterwards a name stands for any arm's."""
        ways: list[tuple[Facts, At, Shape]] = []
        rest = at
        for arm in step.arms:
            here = rest if arm.when is None else rest.given(facts_of(arm.when.text, at.scope))
            after, last = self._steps(arm.steps, here)
            if not impossible(after.facts):
                ways.append((here.facts, after, last))
            if arm.when is not None:
                rest = rest.given(facts_against(arm.when.text, at.scope))
        names = dict.fromkeys(name for _, after, _ in ways for name in after.scope.names)
        merged = {name: _one_of(name, ways) for name in names}
        result = Either(ways=tuple((facts, last) for facts, _, last in ways))
        return At(Scope(self.estate, merged), at.facts), result

    def _write(self, step: Put | Call, at: At) -> Record | Value:
        if step.entity is None:
            return NOTHING
        key = at.scope.value(step.key.text)
        record = self._identity(step, key)
        known = dict(self.echoes.get((step.entity, step.system, step.key.text), {}))
        shapes = dict(self._copied(step, at)) if isinstance(step, Put) else {}
        places = dict.fromkeys(shapes, step.where)
        for name, origin in step.values.items():
            shapes[name] = _shape(origin, at.scope)
            places[name] = _where(origin)
        target = Record(
            id=record,
            entity=step.entity,
            system=step.system,
            where=step.where,
            known={**known, **shapes},
        )
        said = Noted(step=step, at=at, target=target, copied=False)
        copied = Noted(step=step, at=at, target=target, copied=True)
        for name, shape in shapes.items():
            note = said if name in step.values else copied
            self._note(note, (name, step.values.get(name)), shape, places[name])
        self.echoes[step.entity, step.system, step.key.text] = target.known
        return target

    def _copied(self, step: Put, at: At) -> Iterator[tuple[str, Shape]]:
        if step.source is None:
            return
        source = at.scope.of(step.source.text)
        for name in step.fields:
            yield name, select(self.estate, source, name)

    def _identity(self, step: Put | Call, key: Value) -> str:
        """Return which record is written: one that was read, when the key is its own."""
        same = {source.entity for source in key.sources} == {step.entity}
        if key.exact and same and key.spot is not None and key.spot[1] == "id":
            return key.spot[0]
        return step.id

    def _note(self, note: "Noted", named: tuple[str, object], shape: Shape, where: Where) -> None:
        name, origin = named
        if isinstance(origin, Each):
            self._note_elements(note, name, origin)
            return
        self.writes.append(
            Write(
                step=note.step,
                entity=note.target.entity,
                field=name,
                declared=self.estate.entities[note.target.entity].field(name),
                path=f"{note.prefix}{name}",
                system=note.target.system,
                value=value_of(self.estate, shape),
                facts=note.at.facts,
                target=note.target,
                way="copied" if note.copied else "set",
                where=where,
            )
        )

    def _note_elements(self, note: "Noted", name: str, each: Each) -> None:
        """Note the fields of a list's elements: they are writes of the element's entity."""
        declared = self.estate.entities[note.target.entity].field(name)
        if declared is None or declared.list is None:
            return
        over = note.at.scope.of(each.over.text)
        inner = note.at.knowing(each.name, element(self.estate, over))
        part = replace(
            note.target, id=f"{note.target.id}.{name}[]", entity=declared.list, known={}
        )
        deeper = replace(note, at=inner, target=part, prefix=f"{note.prefix}{name}[].")
        for child, origin in each.values.items():
            shape = _shape(origin, inner.scope)
            self._note(deeper, (child, origin), shape, _where(origin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What all fields of one written record share."""

    step: Put | Call
    at: At
    target: Record
    copied: bool
    prefix: str = ""


def _read(step: Get | Wait) -> Shape:
    record = Record(id=step.id, entity=step.entity, system=step.system, where=step.where)
    if isinstance(step, Get) and step.chain is not None:
        return Row(element=record, chain=step.chain)
    return record


def _one_of(name: str, ways: list[tuple[Facts, At, Shape]]) -> Shape:
    found = [
        (facts, after.scope.names[name]) for facts, after, _ in ways if name in after.scope.names
    ]
    first = found[0][1]
    if len(found) == len(ways) and all(shape is first for _, shape in found):
        return first
    return Either(ways=tuple(found))


def _shape(origin: object, scope: Scope) -> Shape:
    if isinstance(origin, Each):
        over = element(scope.estate, scope.of(origin.over.text))
        inner = scope.with_name(origin.name, over)
        parts = [_shape(child, inner) for child in origin.values.values()]
        return Row(element=worked_out(scope.estate, *parts))
    return scope.of(str(getattr(origin, "text", "")))


def _where(origin: Expression | Each) -> Where:
    return origin.where or _nowhere


def _nowhere() -> Place:
    return Place("")


def trace(estate: Estate, plan: Plan) -> Tracer:
    """Return the finished walk over `plan`: its writes, and what was known at every step."""
    return Tracer(estate=estate, plan=plan).walk()


def trace_sources(estate: Estate, plan: Plan) -> Mapping[str, Mapping[str, Sources]]:
    """Return, by step and written field, every source that flows into it.

    Fields inside lists are named ``lines[].amount``; a field that is a constant has no source.
    """
    found: dict[str, dict[str, Sources]] = {}
    for write in trace(estate, plan).writes:
        found.setdefault(write.step.id, {})[write.path] = write.value.sources
    return found


__all__ = ["Sources", "Tracer", "Values", "trace", "trace_sources"]
