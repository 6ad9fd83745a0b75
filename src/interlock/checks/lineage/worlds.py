"""Every way that the undecided part of a record can be, so that a rule is tried in each.

A rule is broken when it is broken in every world that the guards leave open; it is undecided
when it holds in some and not in others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from math import prod
from typing import Final

from interlock.checks.lineage.among import Facts, Spot
from interlock.checks.lineage.shapes import IMPLIED, Record, Value, select, value_of
from interlock.estate.authority import Ruling, authority
from interlock.estate.estate import Estate
from interlock.expression import compile_expression

MOST: Final = 256
"""How many worlds are tried; beyond that the answer is unknown."""
World = Mapping[Spot, object]
NOWHERE_KNOWN: Final[Spot] = ("run", "legal_entity")
"""The legal entity of a run whose trigger does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field of one record, whose authority is asked for."""

    record: Record
    field: str


@dataclass(slots=True)
class Court:
    """Answers who may originate a field, in one world after the other."""

    estate: Estate
    at: datetime
    run: Spot | None
    """The trigger's field that says to which legal entity the run belongs."""
    _known: dict[tuple[object, ...], Ruling] = field(default_factory=dict)
    _needed: dict[tuple[str, str], "Needs"] = field(default_factory=dict)

    def worlds(self, asked: tuple[Asked, ...], facts: Facts) -> Iterator[World] | None:
        """Yield every world that `facts` leave open; ``None`` when there are too many."""
        if all(self._needs(one) is NOTHING for one in asked):
            return iter(({},))
        options: dict[Spot, list[object]] = {}
        for one in asked:
            for spot, choices in self._depends_on(one):
                if (left := _left(spot, choices, facts)) is not None:
                    options[spot] = left
        if prod(map(len, options.values())) > MOST:
            return None
        return (dict(zip(options, found, strict=True)) for found in product(*options.values()))

    def ruling(self, asked: Asked, world: World) -> Ruling:
        """Return who may originate the field in `world`."""
        record = asked.record
        if asked.field in IMPLIED:
            system = record.system
            because = f"`{asked.field}` of a record is what its own system says"
            candidates = frozenset({system})
            return Ruling(
                system=system,
                candidates=candidates,
                because=because,
                where=record.where,
            )
        needs = self._needs(asked)
        state: dict[str, object] = {}
        legal_entity: object = None
        if needs is not NOTHING:
            spots = {name: self._value(record, name)[0] for name in needs.state}
            state = {name: world[spot] for name, spot in spots.items() if spot in world}
            legal_entity = world.get(self.legal_entity(record))
        key = (record.entity, asked.field, legal_entity, *state.items())
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = authority(
                self.estate,
                record.entity,
                asked.field,
                state=state or None,
                legal_entity=None if legal_entity is None else str(legal_entity),
                at=self.at,
            )
        return found

    def legal_entity(self, record: Record) -> Spot:
        """Return the field that says which legal entity a record belongs to.

        The record's own if it has one; else the run's, as the gate decides.
        """
        declared = self.estate.entities.get(record.entity)
        name = declared.spec.legalEntity if declared else None
        if name is not None:
            return self._value(record, name)[0]
        return self.run or NOWHERE_KNOWN

    def _value(self, record: Record, name: str) -> tuple[Spot, Value]:
        """Return the field, followed to where its value was copied from."""
        value = value_of(self.estate, select(self.estate, record, name))
        return (value.spot if value.exact and value.spot else (record.id, name)), value

    def _depends_on(self, asked: Asked) -> Iterator[tuple[Spot, frozenset[object] | None]]:
        """Yield what the authority of a field depends on, and which values it can have."""
        needs = self._needs(asked)
        if needs.legal_entity:
            spot = self.legal_entity(asked.record)
            yield spot, self._legal_entities(asked.record, spot)
        for name in needs.state:
            spot, value = self._value(asked.record, name)
            yield spot, value.choices or value.constants or None

    def _legal_entities(self, record: Record, spot: Spot) -> frozenset[object]:
        every = frozenset[object](self.estate.legal_entities)
        declared = self.estate.entities.get(record.entity)
        name = declared.spec.legalEntity if declared else None
        if name is None:
            return every
        found, value = self._value(record, name)
        choices = value.choices or value.constants
        return every & choices if found == spot and choices else every

    def _needs(self, asked: Asked) -> "Needs":
        key = (asked.record.entity, asked.field)
        found = NOTHING if asked.field in IMPLIED else self._needed.get(key)
        if found is None:
            found = self._needed[key] = _needs(self.estate, *key)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one must know of a record to say who may originate a field of it."""

    legal_entity: bool
    state: tuple[str, ...]


NOTHING: Final = Needs(legal_entity=False, state=())
"""The authority of most fields is the same in every world."""


def _needs(estate: Estate, entity: str, field: str) -> Needs:
    by_legal_entity = _by_legal_entity(estate, entity, field)
    state = _state_fields(estate, entity, field)
    if by_legal_entity or state:
        return Needs(legal_entity=by_legal_entity, state=state)
    return NOTHING


def _by_legal_entity(estate: Estate, entity: str, field: str) -> bool:
    if estate.entities[entity].authority_of(field).legalEntities:
        return True
    return any(
        transfer.legalEntities
        for cutover in estate.cutovers.values()
        for transfer in cutover.spec.transfers
        if transfer.entity == entity and transfer.field in {None, field}
    )


def _state_fields(estate: Estate, entity: str, field: str) -> tuple[str, ...]:
    """Return the fields that decide whether the authority was handed off."""
    declared = estate.entities[entity]
    handoff = declared.authority_of(field).handoff
    if handoff is None:
        return ()
    paths = {read.path for read in compile_expression(handoff.when).reads}
    names = {path[1] if path[0] == entity and len(path) > 1 else path[0] for path in paths}
    return tuple(sorted(name for name in names if declared.field(name)))


def _left(spot: Spot, choices: frozenset[object] | None, facts: Facts) -> list[object] | None:
    """Return the values that `facts` leave open; ``None`` when they cannot be counted."""
    among = facts.get(spot)
    if choices is not None:
        return sorted(choices if among is None else among.within(choices), key=str)
    if among is None or among.outside:
        return None
    return sorted(among.values, key=str)
