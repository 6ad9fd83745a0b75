"""Which systems are there, who feeds whom, and what stops when one of them does?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from interlock.checks.inspection import Inspection
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Integrations that carry something from one system to another."""

    source: str
    target: str
    integrations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One system."""

    name: str
    type: str
    connector: str
    owner: str
    domain: str
    lifecycle: str
    integrations: tuple[str, ...]
    """Those that touch it: they stop when it does."""
    critical: tuple[str, ...]
    """Of these, the critical ones."""
    originates: int
    """Fields that it alone may originate, or some records of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """A release that a vendor announced."""

    name: str
    system: str
    version: str
    status: str
    begins: str
    """ISO date; empty: no window is declared."""


def feeds(inspection: Inspection) -> list[Feed]:
    """Return who feeds whom, by what the integrations write and where that comes from."""
    found: dict[tuple[str, str], set[str]] = {}
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            origins = {source.system for source in write.value.sources} or {plan.trigger.system}
            for origin in origins - {write.system}:
                found.setdefault((origin, write.system), set()).add(plan.integration)
    return [
        Feed(source=source, target=target, integrations=tuple(sorted(names)))
        for (source, target), names in sorted(found.items())
    ]


def touched(inspection: Inspection, plan: Plan) -> frozenset[str]:
    """Return the systems that an integration hears, reads or writes."""
    found = {plan.trigger.system}
    for write in inspection.trace(plan).writes:
        found.add(write.system)
        found |= {source.system for source in write.value.sources}
    return frozenset(found)


def stations(inspection: Inspection) -> list[Station]:
    """Return every system with what depends on it."""
    estate = inspection.estate
    by_system: dict[str, list[Plan]] = {name: [] for name in estate.systems}
    for plan in inspection.plans.values():
        for name in touched(inspection, plan) & by_system.keys():
            by_system[name].append(plan)
    originated = _originated(estate)
    return [
        Station(
            name=name,
            type=system.spec.type,
            connector=system.spec.connector,
            owner=system.metadata.owner or "",
            domain=str(system.spec.domain or ""),
            lifecycle=system.spec.lifecycle,
            integrations=tuple(sorted(plan.integration for plan in by_system[name])),
            critical=tuple(
                sorted(
                    plan.integration for plan in by_system[name] if plan.criticality == "critical"
                )
            ),
            originates=originated.get(name, 0),
        )
        for name, system in estate.systems.items()
    ]


def _originated(estate: Estate) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for entity in estate.entities.values():
        for field in entity.spec.fields:
            rule = entity.authority_of(field)
            names = {rule.default, *rule.legalEntities.values()}
            for name in names | ({rule.handoff.to} if rule.handoff else set()):
                found[name] = found.get(name, 0) + 1
    return found


def upcoming(estate: Estate, today: date) -> list[Upcoming]:
    """Return what vendors announced and is not over yet, the next first."""
    found = []
    for release in estate.releases.values():
        starts = sorted(str(window.get("start", ""))[:10] for window in release.spec.windows)
        ahead = [start for start in starts if start >= today.isoformat()]
        if release.spec.status != "cancelled" and (ahead or not starts):
            found.append(
                Upcoming(
                    name=release.name,
                    system=release.spec.system,
                    version=release.spec.version,
                    status=release.spec.status,
                    begins=ahead[0] if ahead else "",
                )
            )
    return sorted(found, key=lambda each: (each.begins or "9999", each.name))
