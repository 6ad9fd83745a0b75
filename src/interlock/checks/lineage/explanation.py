"""What people ask (R5): who owns this value, and what makes this record."""

from dataclasses import dataclass
from datetime import datetime

from interlock.checks.inspection import Inspection
from interlock.estate.authority import Ruling, authority
from interlock.estate.estate import Estate
from interlock.estate.plan import Call, Plan, Put, Trigger, every_step
from interlock.expression.errors import did_you_mean
from interlock.foundation.errors import UsageError
from interlock.foundation.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which field, and for which records."""

    entity: str
    field: str
    at: datetime
    legal_entity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A write that carries the field into a system."""

    integration: str
    step: str
    system: str
    sources: tuple[str, ...]
    """``entity.field from system``; none for a constant."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who may originate a field, where else it is held, and what carries it there."""

    ruling: Ruling
    by_legal_entity: tuple[tuple[str, Ruling], ...]
    """When it depends on the legal entity, and none was given."""
    held_in: tuple[tuple[str, str, Place], ...]
    """(system, path, where the binding is declared)."""
    written: tuple[Written, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An event that makes or changes records of an entity."""

    integration: str
    trigger: Trigger
    steps: tuple[Put | Call, ...]
    """The steps that write the entity; none when its own changes only start the run."""


def who_owns(inspection: Inspection, asked: Asked) -> Owner:
    """Return who may originate a field.

    Raises:
        UsageError: There is no such entity, field or legal entity.
    """
    estate = inspection.estate
    known = estate.legal_entities
    if asked.legal_entity is not None and asked.legal_entity not in known:
        hint = f"Declared are: {', '.join(sorted(known)) or 'none'}."
        raise UsageError(f"there is no legal entity `{asked.legal_entity}`", hint=hint)
    ruling = _ruling(inspection, asked, asked.legal_entity)
    each: tuple[tuple[str, Ruling], ...] = ()
    if not ruling.certain and asked.legal_entity is None:
        each = tuple((name, _ruling(inspection, asked, name)) for name in sorted(known))
    entity = estate.entities[asked.entity]
    bindings = entity.spec.fields[asked.field].in_
    return Owner(
        ruling=ruling,
        by_legal_entity=each if len({one.system for _, one in each}) > 1 else (),
        held_in=tuple(
            (name, binding.path, entity.place_of("spec", "fields", asked.field, "in", name))
            for name, binding in bindings.items()
        ),
        written=_written(inspection, asked),
    )


def _ruling(inspection: Inspection, asked: Asked, legal_entity: str | None) -> Ruling:
    return authority(
        inspection.estate, asked.entity, asked.field, legal_entity=legal_entity, at=asked.at
    )


def _written(inspection: Inspection, asked: Asked) -> tuple[Written, ...]:
    found: list[Written] = []
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            if (write.entity, write.field) == (asked.entity, asked.field):
                sources = sorted(f"{one} from {one.system}" for one in write.value.sources)
                found.append(
                    Written(
                        integration=plan.integration,
                        step=write.step.id,
                        system=write.system,
                        sources=tuple(dict.fromkeys(sources)),
                        place=write.place,
                    )
                )
    return tuple(found)


def what_starts(inspection: Inspection, entity: str) -> tuple[Start, ...]:
    """Return every event that makes, changes or carries records of `entity`.

    Raises:
        UsageError: There is no such entity.
    """
    if entity not in inspection.estate.entities:
        known = ", ".join(sorted(inspection.estate.entities)) or "none"
        raise UsageError(f"there is no entity `{entity}`", hint=f"Declared are: {known}.")
    found = (_start(plan, entity) for plan in inspection.plans.values())
    return tuple(one for one in found if one.steps or one.trigger.entity == entity)


def plan_of(estate: Estate, integration: str) -> Plan:
    """Return an integration as it runs.

    Raises:
        UsageError: There is none, or it cannot be understood.
    """
    found = estate.plans.get(integration)
    if found is None:
        close = did_you_mean(integration, estate.plans)
        known = ", ".join(sorted(estate.plans)) or "none"
        raise UsageError(
            f"there is no integration `{integration}`{close}", hint=f"There are: {known}."
        )
    return found


def _start(plan: Plan, entity: str) -> Start:
    steps = tuple(
        step
        for step in every_step(plan.steps)
        if isinstance(step, Put | Call) and step.entity == entity
    )
    return Start(integration=plan.integration, trigger=plan.trigger, steps=steps)
