"""Compile an integration: walk its steps in order, each with the names that are known by then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from interlock.estate.binding import bound_fields
from interlock.estate.estate import Estate
from interlock.estate.kinds.integration import EachSpec, Integration, StepSpec, UndoSpec
from interlock.estate.plan import (
    Approve,
    Arm,
    Branch,
    Call,
    Change,
    Each,
    Emit,
    ForEach,
    Get,
    Handler,
    Plan,
    Proof,
    Put,
    Require,
    Retry,
    Step,
    Transform,
    Trigger,
    Undo,
    Values,
    Wait,
)
from interlock.estate.planning.scope import ERROR, RUN, record_type, written_type
from interlock.estate.problem import Problem
from interlock.expression import Expression, ExpressionError, Schema, Type, compile_expression
from interlock.expression.errors import did_you_mean
from interlock.expression.types import ANY, STRING, list_of, object_of

FOREVER: Final = timedelta(days=3650)
"""What an undeclared bound of a wait comes to; a check finds it (SAG004)."""

Path = tuple[str | int, ...]


class Unplannable(Exception):  # noqa: N818 (it carries a problem that was noted already)
    """A step cannot be compiled; why is among the problems."""


@dataclass(slots=True)
class Planner:
    """One walk over one integration."""

    estate: Estate
    integration: Integration
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    """Name -> the system that its record was read from."""
    written: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> (entity, system) of the record that it holds."""

    def plan(self) -> Plan:
        """Return the plan; look at `problems` before using it."""
        spec = self.integration.spec
        trigger = spec.trigger
        self._know("system", trigger.system, self.estate.systems, ("spec", "trigger", "system"))
        entities = self.estate.entities
        self._know("entity", trigger.entity, entities, ("spec", "trigger", "entity"))
        self.origins[trigger.entity] = trigger.system
        record = record_type(self.estate, trigger.entity)
        schema = Schema({trigger.entity: record, "run": RUN})
        started = Trigger(
            system=trigger.system,
            entity=trigger.entity,
            when=self._maybe(trigger.when, ("spec", "trigger", "when"), schema),
            each=trigger.each,
            place=self.integration.place_of("spec", "trigger"),
        )
        key = self.compiled(spec.key, ("spec", "key"), schema)
        steps, after, _ = self.steps(spec.steps, ("spec", "steps"), schema)
        return Plan(
            integration=self.integration.name,
            digest=self.estate.digest,
            criticality=spec.classification.criticality if spec.classification else "low",
            trigger=started,
            key=key,
            steps=steps,
            proofs=self._proofs(after),
            on_error=self._handlers(),
            retry=self._retry(),
            timeout=spec.timeout or FOREVER,
            change=Change(
                cancel_when=self._maybe(
                    spec.change.cancelWhen, ("spec", "change", "cancelWhen"), schema
                ),
                amend_on=spec.change.amendOn,
            ),
            place=self.integration.place,
        )

    def steps(
        self, specs: tuple[StepSpec, ...], path: Path, schema: Schema
    ) -> tuple[tuple[Step, ...], Schema, Type]:
        """Return the compiled steps, the names known after them, the type of the last result."""
        found: list[Step] = []
        last = ANY
        for index, spec in enumerate(specs):
            try:
                step, last = _BUILDERS[spec.act](self, spec, (*path, index), schema)
            except Unplannable:
                last = ANY
            else:
                found.append(step)
            schema = schema.with_name(spec.as_ or spec.id, last)
            if spec.act == "branch":
                schema = self._merged(schema, found[-1] if found else None)
        return tuple(found), schema, last

    def _merged(self, schema: Schema, branch: Step | None) -> Schema:
        """Make the names that a branch's arms gave known behind it."""
        if isinstance(branch, Branch):
            for arm in branch.arms:
                for step in arm.steps:
                    schema = schema.with_name(step.name, self._types.get(step.id, ANY))
        return schema

    _types: dict[str, Type] = field(default_factory=dict)

    def compiled(self, text: str, path: Path, schema: Schema) -> Expression:
        """Return the compiled expression, or note what is wrong with it."""
        place = self.integration.place_of(*path)
        try:
            return compile_expression(text, schema=schema, place=place)
        except ExpressionError as error:
            what = f"{self.integration.id}: {error.reason}"
            where = error.where or place
            self.problems.append(Problem(code="EST301", what=what, hint=error.hint, where=where))
            raise Unplannable from error

    def _maybe(self, text: str | None, path: Path, schema: Schema) -> Expression | None:
        if text is None:
            return None
        try:
            return self.compiled(text, path, schema)
        except Unplannable:
            return None

    def note(self, code: str, what: str, path: Path, hint: str = "") -> None:
        """Note a problem of this integration."""
        where = self.integration.place_of(*path)
        said = f"{self.integration.id}: {what}"
        self.problems.append(Problem(code=code, what=said, hint=hint, where=where))

    def _know(self, kind: str, name: str, known: Mapping[str, object], path: Path) -> None:
        if name not in known:
            hint = f"Declared are: {', '.join(sorted(known)) or 'none'}."
            what = f"unknown {kind} `{name}`{did_you_mean(name, known)}"
            self.note("EST201", what, path, hint)
            raise Unplannable

    def values(
        self, given: Mapping[str, str | EachSpec], path: Path, schema: Schema, entity: str | None
    ) -> Values:
        """Return the compiled values of a write; unknown fields are problems."""
        declared = self.estate.entities.get(entity) if entity else None
        found: dict[str, Expression | Each] = {}
        for name, origin in given.items():
            where = (*path, name)
            known = declared.spec.fields if declared else None
            if known is not None and name not in known:
                what = f"`{entity}` has no field `{name}`{did_you_mean(name, known)}"
                self.note("EST202", what, where, f"It has: {', '.join(sorted(known))}.")
                continue
            try:
                element = known[name].list if known is not None else None
                found[name] = self._value(origin, where, schema, element)
            except Unplannable:
                continue
        return found

    def _value(
        self, origin: str | EachSpec, path: Path, schema: Schema, element: str | None
    ) -> Expression | Each:
        if isinstance(origin, str):
            return self.compiled(origin, path, schema)
        over = self.compiled(origin.each, (*path, "each"), schema)
        inner = schema.with_name(origin.as_, over.type.item or ANY)
        return Each(
            over=over,
            name=origin.as_,
            values=self.values(origin.set, (*path, "set"), inner, element),
            place=self.integration.place_of(*path),
        )

    def common(self, spec: StepSpec, path: Path, result: Type, schema: Schema) -> "_Common":
        """Return what every step has; `result` is what its undo may read."""
        name = spec.as_ or spec.id
        self._types[spec.id] = result
        undo = None
        if spec.undo is not None:
            undo = self._undo(spec.undo, (*path, "undo"), schema.with_name(name, result))
        place = self.integration.place_of(*path, "id")
        return {"id": spec.id, "name": name, "place": place, "pivot": spec.pivot, "undo": undo}

    def _undo(self, spec: UndoSpec, path: Path, schema: Schema) -> Undo:
        system, operation = self.operation(spec.operation, (*path, "operation"))
        return Undo(
            system=system,
            operation=operation,
            ref=self.compiled(spec.ref, (*path, "ref"), schema),
            place=self.integration.place_of(*path),
        )

    def operation(self, text: str, path: Path) -> tuple[str, str]:
        """Split ``SYSTEM.OBJECT.VERB``; both halves must be known."""
        system, _, operation = text.partition(".")
        self._know("system", system, self.estate.systems, path)
        able = self.estate.capability_of(system)
        if able is not None and operation not in able.operations:
            close = did_you_mean(operation, able.operations)
            hint = f"{able.connector} can: {', '.join(sorted(able.operations))}."
            self.note("EST203", f"`{system}` cannot `{operation}`{close}", path, hint)
            raise Unplannable
        return system, operation

    def _proofs(self, schema: Schema) -> tuple[Proof, ...]:
        found = []
        for index, spec in enumerate(self.integration.spec.proof):
            path: Path = ("spec", "proof", index)
            entity = self.written.get(spec.that, (spec.that, ""))[0]
            if entity not in self.estate.entities:
                known = {*self.written, *self.estate.entities}
                what = f"nothing called `{spec.that}` is written{did_you_mean(spec.that, known)}"
                self.note("EST204", what, (*path, "that"))
                continue
            seen = schema.with_name("seen", record_type(self.estate, entity))
            condition = self._maybe(spec.is_, (*path, "is"), seen)
            if condition is not None:
                proof = Proof(
                    step=spec.that,
                    entity=entity,
                    system=spec.in_,
                    key=self._maybe(spec.key, (*path, "key"), schema),
                    condition=condition,
                    within=spec.within,
                    place=self.integration.place_of(*path),
                )
                found.append(proof)
        return tuple(found)

    def _handlers(self) -> tuple[Handler, ...]:
        schema = Schema({"error": ERROR})
        return tuple(
            Handler(
                when=self._maybe(spec.when, ("spec", "onError", index, "when"), schema),
                then=spec.then,
                route=spec.route,
                respond=spec.respond,
                remedy=spec.remedy,
                place=self.integration.place_of("spec", "onError", index),
            )
            for index, spec in enumerate(self.integration.spec.onError)
        )

    def _retry(self) -> Retry:
        spec = self.integration.spec.retry
        factor = 2 if spec.backoff == "exponential" else 1
        return Retry(limit=spec.limit, delay=spec.delay, factor=factor, max_delay=spec.maxDelay)


_Common = dict[str, object]
Built = tuple[Step, Type]
Builder = Callable[[Planner, StepSpec, Path, Schema], Built]


def _require(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    checks = tuple(
        (self.compiled(each.check, (*path, "require", index, "check"), schema), each.otherwise)
        for index, each in enumerate(spec.require or ())
    )
    return Require(checks=checks, **self.common(spec, path, ANY, schema)), ANY  # type: ignore[arg-type]  # common() gives what Common has


def _get(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    get = spec.get
    assert get is not None  # noqa: S101 (the act says so)
    self._know("entity", get.entity, self.estate.entities, (*path, "get", "entity"))
    self._know("system", get.from_, self.estate.systems, (*path, "get", "from"))
    record = record_type(self.estate, get.entity)
    result = list_of(record) if get.chain else record
    self.origins[spec.as_ or spec.id] = get.from_
    self.written[spec.as_ or spec.id] = (get.entity, get.from_)
    step = Get(
        entity=get.entity,
        system=get.from_,
        key=self.compiled(get.key, (*path, "get", "key"), schema),
        chain=get.chain,
        follow=get.follow,
        **self.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def _put(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    put = spec.put
    assert put is not None  # noqa: S101 (the act says so)
    where = (*path, "put")
    self._know("entity", put.entity, self.estate.entities, (*where, "entity"))
    self._know("system", put.into, self.estate.systems, (*where, "into"))
    entity = self.estate.entities[put.entity]
    if put.into not in entity.spec.identity:
        self.note("EST205", f"`{put.entity}` has no identity in `{put.into}`", (*where, "into"))
        raise Unplannable
    source = None if put.from_ is None else self.compiled(put.from_, (*where, "from"), schema)
    origin = self.origins.get(min(source.roots)) if source and source.roots else None
    key_text = put.key or (f"{put.from_}.id" if put.from_ else None)
    if key_text is None:
        self.note("EST206", "a put needs `key`, or `from`", where, "Give `key:`.")
        raise Unplannable
    result = record_type(self.estate, put.entity)
    name = spec.as_ or spec.id
    self.written[name] = (put.entity, put.into)
    self.origins[name] = put.into
    step = Put(
        entity=put.entity,
        system=put.into,
        operation=_operation(self, put.entity, put.into, where),
        key=self.compiled(key_text, (*where, "key" if put.key else "from"), schema),
        source=source,
        source_system=origin,
        fields=_fields(self, put.entity, put.into, (origin, put.fields), where) if source else (),
        values=self.values(put.set, (*where, "set"), schema, put.entity),
        **self.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def _operation(self: Planner, entity: str, system: str, path: Path) -> str:
    obj = self.estate.entities[entity].spec.identity[system].obj
    able = self.estate.capability_of(system)
    if able is None:
        return f"{obj}.upsert"
    found = able.put(obj)
    if found is None:
        hint = f"{able.connector} can: {', '.join(sorted(able.operations))}."
        self.note("EST203", f"`{system}` cannot put a `{obj}`", path, hint)
        raise Unplannable
    return found.operation


def _fields(
    self: Planner,
    entity: str,
    into: str,
    given: tuple[str | None, tuple[str, ...]],
    path: Path,
) -> tuple[str, ...]:
    """Return the fields that a copy carries: those named, else those the source may originate."""
    origin, named = given
    bound = bound_fields(self.estate, entity, into)
    if named:
        for name in named:
            if name not in bound:
                self.note("EST202", f"`{entity}.{name}` is not bound in `{into}`", path)
        return tuple(name for name in named if name in bound)
    declared = self.estate.entities[entity]
    return tuple(
        name
        for name in declared.spec.fields
        if name in bound
        and origin in declared.spec.fields[name].in_
        and origin == declared.authority_of(name).default
        and not declared.authority_of(name).legalEntities
    )


def _call(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    call = spec.call
    assert call is not None  # noqa: S101 (the act says so)
    where = (*path, "call")
    system, operation = self.operation(call.operation, (*where, "operation"))
    if call.entity is not None:
        self._know("entity", call.entity, self.estate.entities, (*where, "entity"))
    result = ANY if call.entity is None else record_type(self.estate, call.entity)
    name = spec.as_ or spec.id
    self.origins[name] = system
    if call.entity is not None:
        self.written[name] = (call.entity, system)
    step = Call(
        system=system,
        operation=operation,
        entity=call.entity,
        key=self.compiled(call.key, (*where, "key"), schema),
        ref=None if call.ref is None else self.compiled(call.ref, (*where, "ref"), schema),
        values=self.values(call.set, (*where, "set"), schema, call.entity),
        **self.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def _transform(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    transform = spec.transform
    assert transform is not None  # noqa: S101 (the act says so)
    arguments = {
        name: self.compiled(text, (*path, "transform", "with", name), schema)
        for name, text in transform.with_.items()
    }
    writes = {name: written_type(spelling) for name, spelling in transform.writes.items()}
    result = object_of(spec.id, writes)
    step = Transform(
        function=transform.function,
        arguments=arguments,
        writes=writes,
        **self.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def _wait(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    wait = spec.wait
    assert wait is not None  # noqa: S101 (the act says so)
    self._know("system", wait.system, self.estate.systems, (*path, "wait", "system"))
    self._know("entity", wait.entity, self.estate.entities, (*path, "wait", "entity"))
    result = record_type(self.estate, wait.entity)
    self.origins[spec.as_ or spec.id] = wait.system
    self.written[spec.as_ or spec.id] = (wait.entity, wait.system)
    heard = Schema({wait.entity: result})
    step = Wait(
        system=wait.system,
        event=wait.event,
        entity=wait.entity,
        event_match=self.compiled(wait.match.event, (*path, "wait", "match", "event"), heard),
        run_match=self.compiled(wait.match.run, (*path, "wait", "match", "run"), schema),
        at_most=wait.atMost or FOREVER,
        **self.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def _approve(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    approve = spec.approve
    assert approve is not None  # noqa: S101 (the act says so)
    when = None
    if approve.when is not None:
        when = self.compiled(approve.when, (*path, "approve", "when"), schema)
    step = Approve(
        question=approve.question,
        group=approve.by,
        when=when,
        at_most=approve.atMost or FOREVER,
        **self.common(spec, path, STRING, schema),  # type: ignore[arg-type]  # as above
    )
    return step, STRING


def _emit(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    emit = spec.emit
    assert emit is not None  # noqa: S101 (the act says so)
    data = self.values(emit.data, (*path, "emit", "data"), schema, None)
    return Emit(event=emit.event, data=data, **self.common(spec, path, ANY, schema)), ANY  # type: ignore[arg-type]  # as above


def _branch(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    arms: list[Arm] = []
    last = ANY
    for index, arm in enumerate(spec.branch or ()):
        where = (*path, "branch", index)
        if (arm.when is None) == (arm.otherwise is None):
            self.note("EST207", "an arm has either `when` or `otherwise: true`", where)
            raise Unplannable
        when = None if arm.when is None else self.compiled(arm.when, (*where, "when"), schema)
        steps, _, last = self.steps(arm.steps, (*where, "steps"), schema)
        arms.append(Arm(when=when, steps=steps))
    return Branch(arms=tuple(arms), **self.common(spec, path, last, schema)), last  # type: ignore[arg-type]  # as above


def _for_each(self: Planner, spec: StepSpec, path: Path, schema: Schema) -> Built:
    each = spec.forEach
    assert each is not None  # noqa: S101 (the act says so)
    over = self.compiled(each.in_, (*path, "forEach", "in"), schema)
    origin = self.origins.get(min(over.roots)) if over.roots else None
    if origin is not None:
        self.origins[each.as_] = origin
    inner = schema.with_name(each.as_, over.type.item or ANY)
    steps, _, last = self.steps(spec.steps, (*path, "steps"), inner)
    result = list_of(last)
    common = self.common(spec, path, result, schema)
    return ForEach(over=over, item=each.as_, steps=steps, **common), result  # type: ignore[arg-type]  # as above


_BUILDERS: Final[Mapping[str, Builder]] = {
    "require": _require,
    "get": _get,
    "put": _put,
    "call": _call,
    "transform": _transform,
    "wait": _wait,
    "approve": _approve,
    "emit": _emit,
    "branch": _branch,
    "forEach": _for_each,
}


def plan_of(estate: Estate, name: str) -> tuple[Plan | None, tuple[Problem, ...]]:
    """Return the plan of integration `name`, or the problems that stand against it."""
    planner = Planner(estate, estate.integrations[name])
    try:
        plan = planner.plan()
    except Unplannable:
        return None, tuple(planner.problems)
    return plan, tuple(planner.problems)
