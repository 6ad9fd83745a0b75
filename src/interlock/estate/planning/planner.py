"""Compile an integration: walk its steps in order, each with the names that are known by then."""

from collections.abc import Callable, Mapping
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds.integration import ProofSpec
from interlock.estate.kinds.steps import StepSpec
from interlock.estate.plan import (
    Arm,
    Branch,
    Change,
    ForEach,
    Handler,
    Plan,
    Proof,
    Retry,
    Step,
    Trigger,
)
from interlock.estate.planning import acts, writing
from interlock.estate.planning.scope import ERROR, RUN, record_type
from interlock.estate.planning.walk import (
    CONDITION,
    FOREVER,
    KEY,
    LIST,
    WHOLE,
    Path,
    Unplannable,
    Walk,
)
from interlock.estate.planning.writing import Built
from interlock.estate.problem import Problem
from interlock.expression import Schema, Type
from interlock.expression.errors import did_you_mean
from interlock.expression.types import ANY, list_of

__all__ = ["FOREVER", "plan_of"]

Builder = Callable[[Walk, StepSpec, Path, Schema], Built]


def plan_of(estate: Estate, name: str) -> tuple[Plan | None, tuple[Problem, ...]]:
    """Return the plan of integration `name`, or the problems that stand against it."""
    walk = Walk(estate, estate.integrations[name])
    try:
        plan = _plan(walk)
    except Unplannable:
        return None, tuple(walk.problems)
    return plan, tuple(walk.problems)


def _plan(walk: Walk) -> Plan:
    spec = walk.integration.spec
    started, schema = _trigger(walk)
    key = walk.compiled(spec.key, ("spec", "key"), schema, KEY)
    if not spec.steps:
        walk.note("EST207", "an integration has at least one step", ("spec", "steps"))
    steps, after, _ = _steps(walk, spec.steps, ("spec", "steps"), schema)
    proofs, change = _proofs(walk, after), _change(walk, schema)
    carried = _carried(walk)
    return Plan(
        integration=walk.integration.name,
        estate=walk.estate.said,
        criticality=spec.classification.criticality if spec.classification else "low",
        trigger=started,
        key=key,
        steps=steps,
        proofs=proofs,
        on_error=_handlers(walk),
        retry=_retry(walk),
        timeout=spec.timeout or FOREVER,
        change=change,
        carried=carried,
        asked=tuple(name for name in carried if _asks(walk, name)),
        where=walk.integration.where("metadata", "name"),
    )


def _carried(walk: Walk) -> tuple[str, ...]:
    """Return the fields of the triggering record that anything in this integration looks at."""
    spec = walk.integration.spec
    fields = sorted(walk.estate.entities[spec.trigger.entity].spec.fields)
    return tuple(name for name in fields if name in walk.read or WHOLE in walk.read)


def _asks(walk: Walk, field: str) -> bool:
    """Tell whether a field says what is asked for: read of the record itself, and no reference."""
    entity = walk.estate.entities[walk.integration.spec.trigger.entity]
    refers = (entity.spec.fields[field].type or "").startswith("ref(")
    return not refers and (field in walk.asked or WHOLE in walk.asked)


def _trigger(walk: Walk) -> tuple[Trigger, Schema]:
    given = walk.integration.spec.trigger
    path: Path = ("spec", "trigger")
    walk.know("system", given.system, walk.estate.systems, (*path, "system"))
    walk.know("entity", given.entity, walk.estate.entities, (*path, "entity"))
    walk.holds(given.entity, given.system, (*path, "system"))
    walk.origins[given.entity] = given.system
    schema = Schema({given.entity: record_type(walk.estate, given.entity), "run": RUN})
    started = Trigger(
        system=given.system,
        entity=given.entity,
        when=walk.maybe(given.when, (*path, "when"), schema),
        event=given.event,
        each=given.each,
        where=walk.integration.where(*path),
    )
    return started, schema


def _change(walk: Walk, schema: Schema) -> Change:
    spec = walk.integration.spec
    fields = walk.estate.entities[spec.trigger.entity].spec.fields
    for index, name in enumerate(spec.change.amendOn):
        if name not in fields:
            what = f"`{spec.trigger.entity}` has no field `{name}`{did_you_mean(name, fields)}"
            path: Path = ("spec", "change", "amendOn", index)
            walk.note("EST202", what, path, f"It has: {', '.join(sorted(fields))}.")
    when = walk.maybe(spec.change.cancelWhen, ("spec", "change", "cancelWhen"), schema)
    return Change(cancel_when=when, amend_on=spec.change.amendOn)


def _steps(
    walk: Walk, specs: tuple[StepSpec, ...], path: Path, schema: Schema
) -> tuple[tuple[Step, ...], Schema, Type]:
    """Return the compiled steps, the names known after them, the type of the last result."""
    found: list[Step] = []
    last = ANY
    for index, spec in enumerate(specs):
        try:
            step, last = _BUILDERS[spec.act](walk, spec, (*path, index), schema)
        except Unplannable:
            last = ANY
        else:
            found.append(step)
        schema = schema.with_name(spec.as_ or spec.id, last)
        if spec.act == "branch":
            schema = _merged(walk, schema, found[-1] if found else None)
    return tuple(found), schema, last


def _merged(walk: Walk, schema: Schema, branch: Step | None) -> Schema:
    """Make the names that a branch's arms gave known behind it."""
    if isinstance(branch, Branch):
        for arm in branch.arms:
            for step in arm.steps:
                schema = schema.with_name(step.name, walk.types.get(step.id, ANY))
    return schema


def _branch(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    arms: list[Arm] = []
    last = ANY
    for index, arm in enumerate(spec.branch or ()):
        where = (*path, "branch", index)
        if (arm.when is None) == (arm.otherwise is None):
            walk.note("EST207", "an arm has either `when` or `otherwise: true`", where)
            raise Unplannable
        when = walk.maybe(arm.when, (*where, "when"), schema)
        steps, _, last = _steps(walk, arm.steps, (*where, "steps"), schema)
        arms.append(Arm(when=when, steps=steps))
    return Branch(arms=tuple(arms), **walk.common(spec, path, last, schema)), last  # type: ignore[arg-type]  # common() gives what Common has


def _for_each(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    given = spec.forEach
    assert given is not None  # noqa: S101 (the act says so)
    over = walk.compiled(given.in_, (*path, "forEach", "in"), schema, LIST)
    origin = walk.origins.get(min(over.roots)) if over.roots else None
    if origin is not None:
        walk.origins[given.as_] = origin
    inner = schema.with_name(given.as_, over.type.item or ANY)
    steps, _, last = _steps(walk, spec.steps, (*path, "steps"), inner)
    result = list_of(last)
    common = walk.common(spec, path, result, schema)
    return ForEach(over=over, item=given.as_, steps=steps, **common), result  # type: ignore[arg-type]  # as above


_BUILDERS: Final[Mapping[str, Builder]] = {
    "require": acts.require,
    "get": acts.get,
    "put": writing.put,
    "call": writing.call,
    "transform": acts.transform,
    "wait": acts.wait,
    "approve": acts.approve,
    "emit": writing.emit,
    "branch": _branch,
    "forEach": _for_each,
}


def _proofs(walk: Walk, schema: Schema) -> tuple[Proof, ...]:
    found = []
    for index, spec in enumerate(walk.integration.spec.proof):
        try:
            found.append(_proof(walk, spec, ("spec", "proof", index), schema))
        except Unplannable:
            continue
    return tuple(found)


def _proof(walk: Walk, spec: ProofSpec, path: Path, schema: Schema) -> Proof:
    entity = walk.written.get(spec.that, (spec.that, ""))[0]
    if entity not in walk.estate.entities:
        known = {*walk.written, *walk.estate.entities}
        what = f"nothing called `{spec.that}` is written{did_you_mean(spec.that, known)}"
        walk.note("EST204", what, (*path, "that"))
        raise Unplannable
    if spec.in_ is not None:
        walk.holds(entity, spec.in_, (*path, "in"))
    seen = schema.with_name("seen", record_type(walk.estate, entity))
    key = None if spec.key is None else walk.compiled(spec.key, (*path, "key"), schema, KEY)
    return Proof(
        step=spec.that,
        entity=entity,
        system=spec.in_,
        key=key,
        when=walk.maybe(spec.when, (*path, "when"), schema),
        condition=walk.compiled(spec.is_, (*path, "is"), seen, CONDITION),
        within=spec.within,
        where=walk.integration.where(*path),
    )


def _handlers(walk: Walk) -> tuple[Handler, ...]:
    schema = Schema({"error": ERROR})
    return tuple(
        Handler(
            when=walk.maybe(spec.when, ("spec", "onError", index, "when"), schema),
            then=spec.then,
            route=spec.route,
            respond=spec.respond,
            remedy=spec.remedy,
            where=walk.integration.where("spec", "onError", index),
        )
        for index, spec in enumerate(walk.integration.spec.onError)
    )


def _retry(walk: Walk) -> Retry:
    spec = walk.integration.spec.retry
    factor = 2 if spec.backoff == "exponential" else 1
    return Retry(limit=spec.limit, delay=spec.delay, factor=factor, max_delay=spec.maxDelay)
