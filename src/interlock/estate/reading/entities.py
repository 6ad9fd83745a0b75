"""What an entity table must be besides spelled right: every row can be carried, both ways."""

from collections.abc import Iterator
from typing import Final

from interlock.estate.codec import FITTING
from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity
from interlock.estate.kinds.entity import Binding, Field
from interlock.estate.planning.scope import entity_scope
from interlock.estate.problem import Problem
from interlock.expression import ExpressionError, Schema, compile_expression

RESERVED: Final = frozenset({"id", "ref"})
"""Every record has them: our key, and the vendor's own id."""
Path = tuple[str | int, ...]


def entity_problems(estate: Estate) -> Iterator[Problem]:
    """Yield what would keep records of an entity from crossing between systems."""
    for entity in estate.entities.values():
        for name, field in entity.spec.fields.items():
            yield from _field(entity, name, field)
        yield from _paths(entity)
        yield from _formulas(estate, entity)


def _problem(entity: Entity, code: str, what: str, path: Path, hint: str) -> Problem:
    said = f"{entity.id}: {what}"
    return Problem(code=code, what=said, hint=hint, where=entity.place_of(*path))


def _field(entity: Entity, name: str, field: Field) -> Iterator[Problem]:
    path: Path = ("spec", "fields", name)
    if name in RESERVED:
        what = f"`{name}` is a name that every record has already"
        hint = "`id` is our key and `ref` the vendor's id; give the field another name."
        yield Problem(
            code="EST208", what=f"{entity.id}: {what}", hint=hint, where=entity.place_of_key(*path)
        )
    for system, binding in field.in_.items():
        if binding.as_ is None:
            continue
        where = (*path, "in", system, "as")
        if isinstance(binding.as_, dict):
            yield from _table(entity, (name, field), binding.as_, where)
        else:
            yield from _codec(entity, (name, field), binding, where)


def _table(
    entity: Entity, named: tuple[str, Field], table: dict[str, str], path: Path
) -> Iterator[Problem]:
    name, field = named
    allowed = ("true", "false") if field.type == "boolean" else field.values
    if field.type not in {"enum", "boolean"}:
        what = f"`{name}` is no enum, and has a table of values"
        hint = "A table spells the values of an enum or of a boolean."
        yield _problem(entity, "EST209", what, path, hint)
        return
    for theirs, ours in table.items():
        if ours not in allowed:
            what = f"`{theirs}` is spelled `{ours}`, which is no value of `{name}`"
            hint = f"Values are: {', '.join(allowed)}."
            yield _problem(entity, "EST209", what, (*path, theirs), hint)


def _codec(
    entity: Entity, named: tuple[str, Field], binding: Binding, path: Path
) -> Iterator[Problem]:
    name, field = named
    fitting = FITTING.get(str(binding.as_))
    type_ = "ref" if field.refers_to else field.type or "list"
    if fitting is not None and type_ not in fitting:
        what = f"`{name}` is a {type_}, which cannot be spelled as `{binding.as_}`"
        hint = f"`{binding.as_}` is for: {', '.join(sorted(fitting))}."
        yield _problem(entity, "EST209", what, path, hint)


def _paths(entity: Entity) -> Iterator[Problem]:
    """Yield the fields of one system of which one lies inside the other."""
    taken: dict[str, dict[str, str]] = {}
    for name, field in entity.spec.fields.items():
        for system, binding in field.in_.items():
            taken.setdefault(system, {})[binding.path] = name
    for system, paths in sorted(taken.items()):
        for path, name in paths.items():
            around = next((paths[above] for above in _above(path) if above in paths), None)
            if around is not None:
                what = f"`{path}` of `{system}` lies inside what `{around}` is bound to"
                where: Path = ("spec", "fields", name, "in", system)
                yield _problem(entity, "EST211", what, where, "A path holds a value or parts.")


def _above(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts)))


def _formulas(estate: Estate, entity: Entity) -> Iterator[Problem]:
    """Yield what is wrong with the conditions over a record's own fields."""
    spec = entity.spec
    asked: list[tuple[str, Path]] = []
    if spec.posted is not None:
        asked.append((spec.posted, ("spec", "posted")))
    if spec.authority.handoff is not None:
        asked.append((spec.authority.handoff.when, ("spec", "authority", "handoff", "when")))
    for name, field in spec.fields.items():
        if field.authority is not None and field.authority.handoff is not None:
            where: Path = ("spec", "fields", name, "authority", "handoff", "when")
            asked.append((field.authority.handoff.when, where))
    if asked:
        schema = entity_scope(estate, entity.name)
        for text, path in asked:
            yield from condition_problems(entity, text, path, schema)


def condition_problems(entity: Entity, text: str, path: Path, schema: Schema) -> Iterator[Problem]:
    """Yield what is wrong with a condition: it cannot be read, or is no yes or no."""
    where = entity.where(*path)
    try:
        found = compile_expression(text, schema=schema, where=where)
    except ExpressionError as error:
        what, place = f"{entity.id}: {error.reason}", error.where or where()
        yield Problem(code="EST301", what=what, hint=error.hint, where=place)
        return
    if found.type.kind not in {"bool", "any"}:
        what = f"a condition is true or false; this is a {found.type}"
        yield _problem(entity, "EST302", what, path, "Compare it with something.")
