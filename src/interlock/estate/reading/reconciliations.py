"""What a reconciliation must be besides spelled right: its sides, its fields, its passes."""

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity, Reconciliation
from interlock.estate.kinds.declared import duration_of
from interlock.estate.kinds.reconciliation import ReconciliationSpec, SourceSpec
from interlock.estate.problem import Problem
from interlock.estate.reading.forms import Form, Path, formed, plain_text, tolerance
from interlock.estate.reading.names import formula, known, known_group, unknown
from interlock.foundation.cron import Cron

ROLES: Final = frozenset(
    {
        "amount",
        "money",
        "tax",
        "currency",
        "rate",
        "legal-entity",
        "account",
        "date",
        "status",
        "plain",
    }
)
"""What a difference in a field can be called; `interlock.reconciliation.comparison.Role`."""
RECORD: Final = frozenset({"id", "ref"})
"""What every record has besides the entity's fields."""
_CURRENCY: Final = 3
_SIDES: Final = 2


def _bounds(value: object) -> object:
    if isinstance(value, Mapping):
        return {_code(code): tolerance(bound) for code, bound in value.items()}
    return tolerance(value)


def _code(value: object) -> str:
    if len(str(value)) != _CURRENCY or not str(value).isupper():
        raise ValueError
    return str(value)


def _role(value: object) -> object:
    if value not in ROLES:
        raise ValueError
    return value


def _whole_days(value: object) -> object:
    return int(str(value))


_SCHEDULE: Final[Form] = {
    "cron": lambda value: Cron.parse(str(value)),
    "timezone": lambda value: ZoneInfo(str(value)),
    "settle": duration_of,
}
_COMPARISON: Final[Form] = {
    "field": plain_text,
    "tolerance": _bounds,
    "days": _whole_days,
    "role": _role,
}


def reconciliation_problems(estate: Estate) -> Iterator[Problem]:
    """Yield what keeps reconciliations from being carried out."""
    for found in estate.reconciliations.values():
        yield from _reconciliation(estate, found)


def _reconciliation(estate: Estate, found: Reconciliation) -> Iterator[Problem]:
    spec = found.spec
    yield from formed(found, ("spec", "schedule"), spec.schedule, _SCHEDULE)
    for name, given in (
        ("tolerance", spec.tolerance),
        ("rounding", spec.rounding),
        ("limit", spec.writeOff.limit),
    ):
        path: Path = ("spec", "writeOff", name) if name == "limit" else ("spec", name)
        yield from formed(found, path, given, dict.fromkeys(filter(_is_code, given), tolerance))
    if spec.route is not None:
        yield from known_group(found, ("spec", "route"), spec.route, ("route", estate.groups))
    yield from _sides(estate, found)
    yield from _compared(estate, found)
    yield from _passes(found)


def _is_code(value: object) -> bool:
    return len(str(value)) == _CURRENCY and str(value).isupper()


def _sides(estate: Estate, found: Reconciliation) -> Iterator[Problem]:
    sides = found.spec.whole()
    if len(sides) < _SIDES or (found.spec.sides and found.spec.systems):
        yield Problem(
            code="EST104",
            what=f"{found.id}: a comparison needs two sides, said once",
            hint="Name at least two `systems`, or at least two `sides`.",
            where=found.place_of("spec"),
        )
    for name, side in sides.items():
        path: Path = ("spec", "sides", name) if found.spec.sides else ("spec", "systems")
        yield from _source(estate, found, path, side)
        for index, other in enumerate(side.also):
            yield from _source(estate, found, (*path, "also", index), other)


def _source(
    estate: Estate, found: Reconciliation, path: Path, side: SourceSpec
) -> Iterator[Problem]:
    entity = estate.entities.get(side.entity or "")
    if found.spec.sides:
        for system in side.systems:
            yield from known(found, path, system, ("system", estate.systems))
        yield from known(found, path, side.entity or "", ("entity", estate.entities))
    if entity is None:
        return
    yield from _identities(estate, found, path, (entity, side.systems))
    roots = frozenset(entity.spec.fields) | RECORD | {entity.name}
    roots |= {"element"} if side.each else frozenset()
    for key, text in _formulas(side):
        yield from formula(found, (*path, *key), text, roots)
    if side.each is not None:
        yield from known(found, (*path, "each"), side.each, ("field", entity.spec.fields))


def _identities(
    estate: Estate,
    found: Reconciliation,
    path: Path,
    held: tuple[Entity, tuple[str, ...]],
) -> Iterator[Problem]:
    entity, systems = held
    for system in systems:
        if system in estate.systems and system not in entity.spec.identity:
            yield Problem(
                code="EST205",
                what=f"{found.id}: `{entity.name}` has no identity in `{system}`",
                hint=f"Its identity names: {', '.join(entity.spec.identity)}.",
                where=found.place_of(*path),
            )


def _formulas(side: SourceSpec) -> Iterator[tuple[Path, str]]:
    for name in ("key", "where", "dated", "run"):
        text = getattr(side, name)
        if text is not None:
            yield (name,), text
    for field, text in side.fields.items():
        yield ("fields", field), text


def compared(estate: Estate, spec: ReconciliationSpec) -> frozenset[str]:
    """Return the names under which sides may be compared."""
    names: set[str] = set()
    for side in (source for each in spec.whole().values() for source in each.sources()):
        entity = estate.entities.get(side.entity or "")
        names |= set(side.fields or (entity.spec.fields if entity else ()))
    return frozenset(names)


def _compared(estate: Estate, found: Reconciliation) -> Iterator[Problem]:
    if not (found.spec.compare or found.spec.passes):
        return
    names = compared(estate, found.spec)
    for index, each in enumerate(found.spec.compare):
        path: Path = ("spec", "compare", index)
        yield from formed(found, path, each, _COMPARISON)
        name = str(each.get("field"))
        if names and name not in names:
            yield unknown(found, (*path, "field"), "field", name, names)
    for index, look in enumerate(found.spec.passes):
        for number, name in enumerate(look.on):
            where = ("spec", "passes", index, "on", number)
            yield from known(found, where, name, ("field", names))


def _passes(found: Reconciliation) -> Iterator[Problem]:
    for index, each in enumerate(found.spec.passes):
        path: Path = ("spec", "passes", index)
        given = {"tolerance": each.tolerance}
        yield from formed(found, path, given, {"tolerance": tolerance})
        if not each.on and each.mode == "automatic":
            yield Problem(
                code="EST104",
                what=f"{found.id}: equal amounts alone prove nothing",
                hint="Name fields in `on`, or write `mode: suggested`.",
                where=found.place_of(*path),
            )
    if found.spec.passes and len(found.spec.whole()) > _SIDES:
        yield Problem(
            code="EST104",
            what=f"{found.id}: passes are between two sides",
            hint="Declare one reconciliation for each pair.",
            where=found.place_of("spec", "passes"),
        )
