"""Steps that ask, read, compute or wait: one builder for each."""

from interlock.estate.kinds.steps import GetSpec, StepSpec
from interlock.estate.plan import Approve, Get, Require, Transform, Wait
from interlock.estate.planning.scope import record_type, unknown_types, written_type
from interlock.estate.planning.walk import CONDITION, FOREVER, KEY, Path, Unplannable, Walk
from interlock.estate.planning.writing import Built
from interlock.expression import Schema
from interlock.expression.errors import did_you_mean
from interlock.expression.types import ANY, STRING, list_of, object_of


def require(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Facts that must hold."""
    checks = tuple(
        (
            walk.compiled(each.check, (*path, "require", index, "check"), schema, CONDITION),
            each.otherwise,
        )
        for index, each in enumerate(spec.require or ())
    )
    return Require(checks=checks, **walk.common(spec, path, ANY, schema)), ANY  # type: ignore[arg-type]  # common() gives what Common has


def get(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Read a record by its key."""
    given = spec.get
    assert given is not None  # noqa: S101 (the act says so)
    where = (*path, "get")
    walk.know("entity", given.entity, walk.estate.entities, (*where, "entity"))
    walk.holds(given.entity, given.from_, (*where, "from"))
    for word, name in (("chain", given.chain), ("follow", given.follow)):
        if name is not None:
            _points_to_itself(walk, given.entity, name, (*where, word))
            walk.read.add(name)
    record = record_type(walk.estate, given.entity)
    result = list_of(record) if given.chain else record
    walk.origins[spec.as_ or spec.id] = given.from_
    walk.written[spec.as_ or spec.id] = (given.entity, given.from_)
    step = Get(
        entity=given.entity,
        system=given.from_,
        key=walk.compiled(*_named(given, where), schema, KEY),
        by_ref=given.ref is not None,
        chain=given.chain,
        follow=given.follow,
        **walk.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def _named(given: GetSpec, where: Path) -> tuple[str, Path]:
    """Return what names the record, and where that is written."""
    if given.ref is not None:
        return given.ref, (*where, "ref")
    assert given.key is not None  # noqa: S101 (one of the two is there)
    return given.key, (*where, "key")


def _points_to_itself(walk: Walk, entity: str, name: str, path: Path) -> None:
    fields = walk.estate.entities[entity].spec.fields
    if name not in fields:
        what = f"`{entity}` has no field `{name}`{did_you_mean(name, fields)}"
        walk.note("EST202", what, path, f"It has: {', '.join(sorted(fields))}.")
        raise Unplannable
    if fields[name].refers_to != entity:
        what = f"`{name}` does not point to another `{entity}`"
        walk.note("EST303", what, path, f"Its type would be `ref({entity})`.")
        raise Unplannable


def transform(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Call a pure Python function beside the estate."""
    given = spec.transform
    assert given is not None  # noqa: S101 (the act says so)
    where = (*path, "transform")
    module, _, function = given.function.partition(":")
    if not (module.isidentifier() and function.isidentifier()):
        what, hint = f"`{given.function}` names no function", "Write MODULE:FUNCTION."
        walk.note("EST304", what, (*where, "function"), hint)
    arguments = {
        name: walk.compiled(text, (*where, "with", name), schema)
        for name, text in given.with_.items()
    }
    for name, spelling in given.writes.items():
        for type_, known in unknown_types(spelling):
            what = f"unknown type `{type_}`{did_you_mean(type_, known)}"
            hint = f"Types are: {', '.join(sorted(known))}; or {{list: {{name: type}}}}."
            walk.note("EST305", what, (*where, "writes", name), hint)
    writes = {name: written_type(spelling) for name, spelling in given.writes.items()}
    result = object_of(spec.id, writes)
    step = Transform(
        function=given.function,
        arguments=arguments,
        writes=writes,
        **walk.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def wait(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Wait for an event."""
    given = spec.wait
    assert given is not None  # noqa: S101 (the act says so)
    where = (*path, "wait")
    walk.know("entity", given.entity, walk.estate.entities, (*where, "entity"))
    walk.holds(given.entity, given.system, (*where, "system"))
    result = record_type(walk.estate, given.entity)
    walk.origins[spec.as_ or spec.id] = given.system
    walk.written[spec.as_ or spec.id] = (given.entity, given.system)
    heard = Schema({given.entity: result})
    step = Wait(
        system=given.system,
        event=given.event,
        entity=given.entity,
        event_match=walk.compiled(given.match.event, (*where, "match", "event"), heard, KEY),
        run_match=walk.compiled(given.match.run, (*where, "match", "run"), schema, KEY),
        at_most=given.atMost or FOREVER,
        **walk.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    return step, result


def approve(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Ask a person."""
    given = spec.approve
    assert given is not None  # noqa: S101 (the act says so)
    walk.is_group(given.by, (*path, "approve", "by"))
    step = Approve(
        question=given.question,
        group=given.by,
        when=walk.maybe(given.when, (*path, "approve", "when"), schema),
        at_most=given.atMost or FOREVER,
        **walk.common(spec, path, STRING, schema),  # type: ignore[arg-type]  # as above
    )
    return step, STRING
