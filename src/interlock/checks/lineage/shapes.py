"""Values, records and lists as the analysis sees them: not what they are, but where from."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from interlock.checks.lineage.among import Among, Facts, Spot, both
from interlock.estate.estate import Estate
from interlock.estate.kinds.entity import Field
from interlock.foundation.place import Placed

IMPLIED = frozenset({"id", "ref"})
"""What every record has beside its fields: our key, and the system's own id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One field that a value comes from, and the system that it was read from."""

    entity: str
    field: str
    system: str
    spot: Spot
    record: "Record" = dataclasses.field(compare=False, repr=False)
    """The record that it was read from, at the place where the plan reads it."""
    when: tuple[tuple[Spot, Among], ...] = ()
    """Under which facts it flows: the arms of branches that lead to it."""

    def __str__(self) -> str:
        return f"{self.entity}.{self.field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that was read, written as a constant, or worked out."""

    sources: frozenset[Source] = frozenset()
    exact: bool = False
    """Whether it is one field as it was read, not worked out."""
    spot: Spot | None = None
    """Which field of which record it is, when it is one."""
    choices: frozenset[object] | None = None
    """The values that it can have at all, when they are countable."""
    constants: frozenset[object] = frozenset()
    """Literals that it can be; null is none, because nothing is written for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Placed):
    """A record of an entity, read from one system."""

    id: str
    """Which record of the run it is."""
    entity: str
    system: str
    known: Mapping[str, "Shape"] = dataclasses.field(default_factory=dict)
    """Fields whose value we wrote ourselves: the record echoes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A list."""

    element: "Shape"
    chain: str | None = None
    """The field by which it was read parents first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """One of several, each under the facts of the branch that it came through."""

    ways: tuple[tuple[Facts, "Shape"], ...]


Shape = Value | Record | Row | Either

_BOOLEANS: Final = frozenset[object]({True, False})
NOTHING = Value()
"""Worked out, but from nothing of the estate."""
NULL = Value(exact=True)
"""Null: nothing is written for it, so nothing flows."""


def select(estate: Estate, shape: Shape, name: str) -> Shape:
    """Return the shape of ``shape.name``."""
    match shape:
        case Record():
            return _of_record(estate, shape, name)
        case Either():
            return Either(ways=tuple((f, select(estate, way, name)) for f, way in shape.ways))
        case Row():
            return worked_out(estate, shape)
        case Value():
            return replace(shape, exact=False, spot=None, choices=None)


def element(estate: Estate, shape: Shape) -> Shape:
    """Return the shape of an element of a list."""
    match shape:
        case Row():
            return shape.element
        case Either():
            return Either(ways=tuple((facts, element(estate, way)) for facts, way in shape.ways))
        case Value() | Record():
            return worked_out(estate, shape)


def singled_out(shape: Shape, name: str) -> Shape:
    """Return one element as a record of its own: guards on it say nothing of the others."""
    match shape:
        case Record():
            return replace(shape, id=f"{shape.id}.{name}")
        case Either():
            return Either(ways=tuple((facts, singled_out(way, name)) for facts, way in shape.ways))
        case _:
            return shape


def _of_record(estate: Estate, record: Record, name: str) -> Shape:
    if name in record.known:
        return record.known[name]
    declared = estate.entities.get(record.entity)
    found = declared.field(name) if declared else None
    if found is not None and found.list is not None:
        inner = f"{record.id}.{name}[]"
        part = Record(id=inner, entity=found.list, system=record.system, where=record.where)
        return Row(element=part)
    spot = (record.id, name)
    source = Source(
        entity=record.entity, field=name, system=record.system, spot=spot, record=record
    )
    return Value(
        sources=frozenset({source}),
        exact=True,
        spot=spot,
        choices=None if found is None else _choices(found, record.system),
    )


def choices_of(
    estate: Estate, entity: str, name: str, system: str | None
) -> frozenset[object] | None:
    """Return the values that a field can have when it is read from `system`.

    A codec that maps the system's values knows fewer than the entity: what the system cannot
    express cannot be read from it.
    """
    declared = estate.entities.get(entity)
    found = declared.field(name) if declared else None
    return None if found is None else _choices(found, system)


def _choices(found: Field, system: str | None) -> frozenset[object] | None:
    if found.type == "boolean":
        return _BOOLEANS
    binding = found.in_.get(system) if system else None
    if binding is not None and isinstance(binding.as_, dict):
        return frozenset(binding.as_.values())
    return frozenset(found.values) if found.values else None


def fields_of(estate: Estate, record: Record) -> list[str]:
    """Return the names of the fields that the record can carry."""
    declared = estate.entities.get(record.entity)
    if declared is None:
        return sorted(record.known)
    bound = [name for name, each in declared.spec.fields.items() if record.system in each.in_]
    return sorted({*bound, *record.known})


def worked_out(estate: Estate, *shapes: Shape) -> Value:
    """Return a value that is worked out from `shapes`: everything in them may flow into it."""
    sources: set[Source] = set()
    for shape in shapes:
        sources |= deep_sources(estate, shape)
    return Value(sources=frozenset(sources))


def deep_sources(estate: Estate, shape: Shape, depth: int = 4) -> frozenset[Source]:
    """Return every source in `shape`, also of the fields of records inside it."""
    match shape:
        case Value():
            return shape.sources
        case Row():
            return deep_sources(estate, shape.element, depth)
        case Either():
            found = (_under(facts, deep_sources(estate, way, depth)) for facts, way in shape.ways)
            return frozenset().union(*found)
        case Record():
            if depth == 0:
                return frozenset()
            inner = (select(estate, shape, name) for name in fields_of(estate, shape))
            return frozenset().union(*(deep_sources(estate, one, depth - 1) for one in inner))


def value_of(estate: Estate, shape: Shape) -> Value:
    """Return `shape` as one value; the ways of a branch flow together, each under its facts."""
    match shape:
        case Value():
            return shape
        case Either():
            return _merged([(facts, value_of(estate, way)) for facts, way in shape.ways])
        case Row() | Record():
            return Value(sources=deep_sources(estate, shape), exact=True)


def _merged(ways: list[tuple[Facts, Value]]) -> Value:
    sources = frozenset().union(*(_under(facts, value.sources) for facts, value in ways))
    spots = {value.spot for _, value in ways}
    constants = frozenset().union(*(value.constants for _, value in ways))
    return Value(
        sources=sources,
        exact=all(value.exact or not value.sources for _, value in ways),
        spot=spots.pop() if len(spots) == 1 else None,
        choices=None,
        constants=constants,
    )


def _under(facts: Facts, sources: frozenset[Source]) -> frozenset[Source]:
    if not facts:
        return sources
    return frozenset(
        replace(source, when=tuple(sorted(both(dict(source.when), facts).items(), key=str)))
        for source in sources
    )
