"""From which systems the fields of a table may come: the authority function, asked for a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from interlock.estate.authority import authority
from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity
from interlock.estate.table import Table, Taken
from interlock.expression import compile_expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who may originate one field, whatever the record is, and who of them shows it."""

    taken: Taken
    systems: frozenset[str]
    """Everybody who may, over all legal entities and states of the record."""
    decided: bool
    """Whether the record itself tells which of them."""
    blind: frozenset[str]
    """Those of them where the field cannot be read: what the others hold is a copy."""


def existence(entity: Entity) -> str | None:
    """Return a field whose authority is the entity's own: whose records are the originals.

    ``None``: every field names another authority, so nobody is said to originate the record.
    """
    found = (name for name, field in entity.spec.fields.items() if field.authority is None)
    return next(found, None)


def origins(estate: Estate, table: Table, at: datetime) -> Iterator[Origin]:
    """Yield where every field of a table may come from, at a moment."""
    for taken in table.taken():
        entity = estate.entities[taken.entity]
        if entity.field(taken.field) is None:
            continue
        scope = () if taken.lookup else table.legal_entities
        systems = _originators(estate, (taken.entity, taken.field), scope, at)
        yield Origin(
            taken=taken,
            systems=systems,
            decided=_decided(estate, table, taken),
            blind=frozenset(each for each in systems if not _shows(estate, table, taken, each)),
        )


def _originators(
    estate: Estate, field: tuple[str, str], scope: tuple[str, ...], at: datetime
) -> frozenset[str]:
    """Return who may originate a field for any of these legal entities; all if none is named."""
    return frozenset(
        system
        for name in scope or tuple(estate.legal_entities) or (None,)
        for system in authority(estate, *field, legal_entity=name, at=at).candidates
    )


def _decided(estate: Estate, table: Table, taken: Taken) -> bool:
    """Tell whether a rule that depends on the legal entity finds one in the record."""
    entity = estate.entities[taken.entity]
    rule = entity.authority_of(taken.field)
    if not rule.legalEntities:
        return True
    holder = estate.entities[table.entity] if taken.within else entity
    return holder.spec.legalEntity is not None


def _shows(estate: Estate, table: Table, taken: Taken, system: str) -> bool:
    if taken.within is not None:
        holder = estate.entities[table.entity]
        field = holder.field(taken.within)
        return field is not None and system in field.in_ and system in holder.spec.identity
    entity = estate.entities[taken.entity]
    field = entity.field(taken.field)
    return field is not None and system in field.in_ and system in entity.spec.identity


def sources(
    estate: Estate, table: Table, at: datetime
) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return what must be read: (entity, system) -> its fields; references point to no field."""
    found: dict[tuple[str, str], set[str]] = {}
    for origin in origins(estate, table, at):
        taken = origin.taken
        entity, field = (
            (table.entity, taken.within) if taken.within else (taken.entity, taken.field)
        )
        for system in origin.systems:
            _also(estate, found, (entity, system), field)
    base = existence(estate.entities[table.entity])
    if base is not None:
        for system in _originators(estate, (table.entity, base), table.legal_entities, at):
            _also(estate, found, (table.entity, system), base)
    return {source: frozenset(names) for source, names in found.items()}


def _also(
    estate: Estate, found: dict[tuple[str, str], set[str]], source: tuple[str, str], field: str
) -> None:
    """Note a field, with what makes it readable: its currency, legal entity and hand-off."""
    entity = estate.entities[source[0]]
    if source[1] not in entity.spec.identity:
        return
    names = found.setdefault(source, set())
    handoff = entity.authority_of(field).handoff
    wanted = {field, entity.spec.legalEntity or field, "currency"}
    if handoff is not None:
        wanted |= {part for read in compile_expression(handoff.when).reads for part in read.path}
    for name in wanted:
        bound = entity.field(name)
        if bound is None or source[1] not in bound.in_:
            continue
        names.add(name)
        if bound.refers_to is not None and bound.in_[source[1]].as_ == "reference":
            target = (bound.refers_to, source[1])
            if source[1] in estate.entities[bound.refers_to].spec.identity:
                found.setdefault(target, set())
