"""What integrations write into a system: which fields, and which they leave out."""

from collections.abc import Iterator, Mapping
from typing import Final

from interlock.bootstrap.doctor.misfit import Misfit, Shapes, some
from interlock.checks.course import Effective
from interlock.checks.inspection import Inspection
from interlock.checks.steps import amending
from interlock.estate.capability import Effect
from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity
from interlock.estate.plan import Each, Plan, Put

MAKING: Final = frozenset({Effect.CREATE, Effect.UPSERT})
"""What there may be a new object after."""


def written(
    inspection: Inspection, system: str, shapes: Shapes
) -> Mapping[tuple[str, str], frozenset[Effect]]:
    """Return what integrations do to which field of which entity in `system`.

    Whatever a step does to a record, the elements of a list in it are made anew.
    """
    found: dict[tuple[str, str], frozenset[Effect]] = {}
    for _, one, entity in _steps(inspection, system):
        effect = _effect(one, entity, system, shapes)
        done = [((entity.name, name), effect) for name in _set(one)]
        done += [(each, Effect.CREATE) for each in _inside(inspection.estate, one, entity)]
        for key, each in done:
            found[key] = found.get(key, frozenset()) | {each}
    return found


def _inside(estate: Estate, one: Effective, entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield (entity, field) of what is set in the lists that a step writes."""
    for name in _set(one):
        declared = entity.spec.fields.get(name)
        part = estate.entities.get(declared.list or "") if declared else None
        if part is None:
            continue
        given = one.step.values.get(name)
        named = given.values if isinstance(given, Each) else part.spec.fields
        yield from ((part.name, inner) for inner in named)


def unfilled(inspection: Inspection, system: str, shapes: Shapes) -> Iterator[Misfit]:
    """Yield the fields that a new record needs and that the step which makes it leaves out."""
    for plan, one, entity in _steps(inspection, system):
        named = amending(inspection.estate.integrations[plan.integration].spec.steps)
        effect, identity = _effect(one, entity, system, shapes), entity.spec.identity[system]
        shape = shapes.get(identity.obj)
        if shape is None or effect not in MAKING or one.step.id in named:
            continue
        filled = _set(one) | _originated(entity, system)
        heads = {*_heads(entity, system, filled), identity.field.partition(".")[0]}
        needed = [name for name, found in shape.fields.items() if found.mandatory]
        lacking = [name for name in needed if name not in heads]
        if lacking:
            yield Misfit(
                where=one.step.place,
                what=f"`{one.step.id}` makes a `{identity.obj}` without {some(lacking)}",
                hint=f"Bind a field of `{entity.name}` to it and set it in this step.",
            )


def _steps(inspection: Inspection, system: str) -> Iterator[tuple[Plan, Effective, Entity]]:
    for plan in inspection.plans.values():
        for one in inspection.effective(plan):
            entity = inspection.estate.entities.get(one.step.entity or "")
            if one.step.system == system and entity is not None:
                yield plan, one, entity


def _effect(one: Effective, entity: Entity, system: str, shapes: Shapes) -> Effect:
    """Return what a step does: under an id that only the system gives, nothing new is made."""
    effect, identity = one.capability.effect, entity.spec.identity.get(system)
    shape = shapes.get(identity.obj) if identity is not None else None
    key = shape.fields.get(identity.field) if shape is not None and identity is not None else None
    given = key is not None and key.createable is False
    return Effect.UPDATE if effect is Effect.UPSERT and given else effect


def _originated(entity: Entity, system: str) -> set[str]:
    """Return the fields that `system` may originate: what it makes itself it fills itself."""
    rules = {name: entity.authority_of(name) for name in entity.spec.fields}
    return {name for name, r in rules.items() if system in {r.default, *r.legalEntities.values()}}


def _set(one: Effective) -> set[str]:
    copied = one.step.fields if isinstance(one.step, Put) else ()
    return {*copied, *one.step.values}


def _heads(entity: Entity, system: str, names: set[str]) -> set[str]:
    fields = entity.spec.fields
    bound = [fields[name].in_.get(system) for name in names if name in fields]
    return {binding.path.partition(".")[0] for binding in bound if binding is not None}
