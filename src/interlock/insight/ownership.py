"""Who owns which field, and where else is it held? The published matrix (R5)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from interlock.estate.authority import authority
from interlock.estate.estate import Estate
from interlock.foundation.errors import UsageError


class Part(StrEnum):
    """What a system is to a field."""

    ORIGINATES = "originates"
    """It alone may."""
    MAY = "depends"
    """It may for some records: it depends on state, legal entity or date."""
    HOLDS = "holds"
    """It has a copy."""
    NONE = ""
    """It does not know the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One field, over all systems."""

    field: str
    type: str
    sensitivity: str
    parts: tuple[tuple[str, Part, str], ...]
    """System, what it is to the field, and what the field is called there."""
    because: str
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One entity."""

    entity: str
    owner: str
    domain: str
    systems: tuple[str, ...]
    lines: tuple[Line, ...]


def matrix(estate: Estate, entity: str, at: datetime) -> Matrix:
    """Return who owns which field of `entity` at a moment.

    Raises:
        UsageError: There is no such entity.
    """
    declared = estate.entities.get(entity)
    if declared is None:
        known = ", ".join(sorted(estate.entities)) or "none"
        raise UsageError(f"there is no entity `{entity}`", hint=f"Declared are: {known}.")
    systems = set(declared.spec.identity)
    for each in declared.spec.fields.values():
        systems |= set(each.in_)
    ordered = tuple(name for name in estate.systems if name in systems)
    return Matrix(
        entity=entity,
        owner=declared.metadata.owner or "",
        domain=declared.spec.domain,
        systems=ordered,
        lines=tuple(_line(estate, entity, name, ordered, at) for name in declared.spec.fields),
    )


def _line(estate: Estate, entity: str, field: str, systems: tuple[str, ...], at: datetime) -> Line:
    spec = estate.entities[entity].spec.fields[field]
    ruling = authority(estate, entity, field, at=at)

    def part(system: str) -> Part:
        if system in ruling.candidates:
            return Part.ORIGINATES if ruling.certain else Part.MAY
        return Part.HOLDS if system in spec.in_ else Part.NONE

    return Line(
        field=field,
        type=spec.type or f"list of {spec.list}",
        sensitivity=spec.class_,
        parts=tuple(
            (name, part(name), str(spec.in_[name].path) if name in spec.in_ else "")
            for name in systems
        ),
        because=ruling.because,
        certain=ruling.certain,
    )
