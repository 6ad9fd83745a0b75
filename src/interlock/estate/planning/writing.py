"""Steps that write or tell: every value compiled, of its field's type, in a place of its own."""

from collections.abc import Iterable, Mapping

from interlock.estate.binding import bound_fields
from interlock.estate.kinds import Entity
from interlock.estate.kinds.steps import EachSpec, StepSpec
from interlock.estate.plan import Call, Each, Emit, Put, Step, Values
from interlock.estate.planning.scope import field_type, fits, record_type
from interlock.estate.planning.walk import KEY, LIST, Path, Unplannable, Walk
from interlock.expression import Expression, Schema, Type
from interlock.expression.errors import did_you_mean
from interlock.expression.types import ANY

Built = tuple[Step, Type]


def put(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Bring a record into a system."""
    given = spec.put
    assert given is not None  # noqa: S101 (the act says so)
    where = (*path, "put")
    walk.know("entity", given.entity, walk.estate.entities, (*where, "entity"))
    walk.holds(given.entity, given.into, (*where, "into"))
    source = _source(walk, given.from_, given.entity, (where, schema))
    origin = walk.origins.get(min(source.roots)) if source and source.roots else None
    key_text = given.key or (f"{given.from_}.id" if given.from_ else None)
    if key_text is None:
        walk.note("EST206", "a put needs `key`, or `from`", where, "Give `key:`.")
        raise Unplannable
    result = record_type(walk.estate, given.entity)
    name = spec.as_ or spec.id
    step = Put(
        entity=given.entity,
        system=given.into,
        operation=_operation(walk, given.entity, given.into, where),
        key=walk.compiled(key_text, (*where, "key" if given.key else "from"), schema, KEY),
        source=source,
        source_system=origin,
        fields=_fields(walk, given.entity, given.into, (origin, given.fields), where)
        if source
        else (),
        values=values(walk, given.set, (*where, "set"), schema, given.entity),
        **walk.common(spec, path, result, schema),  # type: ignore[arg-type]  # common() gives what Common has
    )
    _spelled(walk, (given.entity, given.into), (*step.fields, *step.values), where)
    walk.read.update(step.fields)
    walk.written[name] = (given.entity, given.into)
    walk.origins[name] = given.into
    return step, result


def call(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Ask a system for an operation."""
    given = spec.call
    assert given is not None  # noqa: S101 (the act says so)
    where = (*path, "call")
    system, operation = walk.operation(given.operation, (*where, "operation"))
    if given.entity is not None:
        walk.know("entity", given.entity, walk.estate.entities, (*where, "entity"))
    result = ANY if given.entity is None else record_type(walk.estate, given.entity)
    step = Call(
        system=system,
        operation=operation,
        entity=given.entity,
        key=walk.compiled(given.key, (*where, "key"), schema, KEY),
        ref=None if given.ref is None else walk.compiled(given.ref, (*where, "ref"), schema, KEY),
        values=values(walk, given.set, (*where, "set"), schema, given.entity),
        **walk.common(spec, path, result, schema),  # type: ignore[arg-type]  # as above
    )
    name = spec.as_ or spec.id
    walk.origins[name] = system
    if given.entity is not None:
        _spelled(walk, (given.entity, system), step.values, where)
        walk.written[name] = (given.entity, system)
    return step, result


def emit(walk: Walk, spec: StepSpec, path: Path, schema: Schema) -> Built:
    """Tell the world."""
    given = spec.emit
    assert given is not None  # noqa: S101 (the act says so)
    data = values(walk, given.data, (*path, "emit", "data"), schema, None)
    return Emit(event=given.event, data=data, **walk.common(spec, path, ANY, schema)), ANY  # type: ignore[arg-type]  # as above


def values(
    walk: Walk, given: Mapping[str, str | EachSpec], path: Path, schema: Schema, entity: str | None
) -> Values:
    """Return the compiled values of a write; unknown fields and wrong types are problems."""
    declared = walk.estate.entities.get(entity) if entity else None
    found: dict[str, Expression | Each] = {}
    for name, origin in given.items():
        where = (*path, name)
        if declared is not None and name not in declared.spec.fields:
            known = declared.spec.fields
            what = f"`{entity}` has no field `{name}`{did_you_mean(name, known)}"
            walk.note("EST202", what, where, f"It has: {', '.join(sorted(known))}.")
            continue
        try:
            value = _value(walk, origin, where, schema, (declared, name))
        except Unplannable:
            continue
        found[name] = value
    return found


def _value(
    walk: Walk, origin: str | EachSpec, path: Path, schema: Schema, of: tuple[Entity | None, str]
) -> Expression | Each:
    declared, name = of
    field = declared.spec.fields[name] if declared is not None else None
    wanted = ANY if field is None else field_type(walk.estate, field)
    if isinstance(origin, str):
        found = walk.compiled(origin, path, schema)
        if not fits(found.type, wanted):
            hint = "Convert it, or fix the type of the field."
            walk.note("EST303", f"`{name}` is a {wanted}; this is a {found.type}", path, hint)
        return found
    if field is not None and field.list is None:
        hint = "Give one expression; `each:` builds lists."
        walk.note("EST303", f"`{name}` is a {wanted}; this is a list", path, hint)
    over = walk.compiled(origin.each, (*path, "each"), schema, LIST)
    inner = schema.with_name(origin.as_, over.type.item or ANY)
    element = field.list if field is not None else None
    return Each(
        over=over,
        name=origin.as_,
        values=values(walk, origin.set, (*path, "set"), inner, element),
        where=walk.integration.where(*path),
    )


def _source(
    walk: Walk, text: str | None, entity: str, at: tuple[Path, Schema]
) -> Expression | None:
    if text is None:
        return None
    where, schema = at
    found = walk.parsed(text, (*where, "from"), schema)
    if not found.type.is_any and found.type.name != entity:
        what = f"`from` is a {found.type}, and a `{entity}` is put"
        walk.note("EST303", what, (*where, "from"), "Use `set:` to build one from another.")
    return found


def _operation(walk: Walk, entity: str, system: str, path: Path) -> str:
    obj = walk.estate.entities[entity].spec.identity[system].obj
    able = walk.estate.capability_of(system)
    if able is None:
        return f"{obj}.upsert"
    found = able.put(obj)
    if found is None:
        hint = f"{able.connector} can: {', '.join(sorted(able.operations))}."
        walk.note("EST203", f"`{system}` cannot put a `{obj}`", path, hint)
        raise Unplannable
    return found.operation


def _fields(
    walk: Walk, entity: str, into: str, given: tuple[str | None, tuple[str, ...]], path: Path
) -> tuple[str, ...]:
    """Return the fields that a copy carries: those named, else those the source may originate."""
    origin, named = given
    bound = bound_fields(walk.estate, entity, into)
    if named:
        for index, name in enumerate(named):
            if name not in bound:
                what = f"`{entity}.{name}` is not bound in `{into}`{did_you_mean(name, bound)}"
                hint = f"Bound there are: {', '.join(sorted(bound))}."
                walk.note("EST202", what, (*path, "fields", index), hint)
        return tuple(name for name in named if name in bound)
    declared = walk.estate.entities[entity]
    return tuple(
        name
        for name, field in declared.spec.fields.items()
        if name in bound
        and origin in field.in_
        and origin == (rule := declared.authority_of(name)).default
        and not rule.legalEntities
    )


def _spelled(walk: Walk, at: tuple[str, str], names: Iterable[str], path: Path) -> None:
    """Note the fields that would overwrite one another, or whose currency nobody tells."""
    entity, system = at
    fields = walk.estate.entities[entity].spec.fields
    taken: dict[str, str] = {}
    for name in dict.fromkeys(names):
        binding = fields[name].in_.get(system)
        if binding is None:
            continue
        other = taken.setdefault(binding.path, name)
        if other != name:
            what = f"`{other}` and `{name}` are both written to `{binding.path}` of `{system}`"
            walk.note("EST308", what, path, "Write one of them, or bind it elsewhere.")
        if binding.as_ == "minor_units" and "currency" not in fields:
            what = f"`{name}` is written in minor units, and `{entity}` has no field `currency`"
            walk.note("EST309", what, path, f"Give `{entity}` a field `currency`.")
