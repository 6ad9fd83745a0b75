"""UNU001: no integration, reconciliation, data product or other entity uses an entity.

A table that nothing reads is believed and not kept.

Bad: an ``Entity`` that nothing names.

Good: take it out, or use it.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.kinds import Entity
from interlock.estate.plan import Call, Get, Plan, Put, Wait


@check("UNU001", severity=Severity.WARNING, title="An entity that nothing uses")
def unused_entity(inspection: Inspection) -> Iterator[Complaint]:
    if not inspection.complete:
        return
    used = set(_used(inspection))
    for entity in inspection.estate.entities.values():
        if entity.name not in used:
            yield Complaint(
                subject=of(entity),
                what=f"nothing uses the entity `{entity.name}`",
                hint="Take it out, or use it.",
                where=entity.place,
            )


def _used(inspection: Inspection) -> Iterator[str]:
    estate = inspection.estate
    undone: set[tuple[str, str]] = set()
    for plan in estate.plans.values():
        yield plan.trigger.entity
        yield from _named_by_steps(inspection, plan)
        yield from (proof.entity for proof in plan.proofs)
        undone |= {
            (step.undo.system, step.undo.operation.rpartition(".")[0])
            for step in inspection.steps(plan)
            if step.undo is not None
        }
    for entity in estate.entities.values():
        yield from _named_by(entity)
        if any((name, one.obj) in undone for name, one in entity.spec.identity.items()):
            yield entity.name
    for reconciliation in estate.reconciliations.values():
        yield reconciliation.spec.entity
        for side in reconciliation.spec.sides.values():
            yield from (source.entity or "" for source in side.sources())
    for product in estate.data_products.values():
        yield product.spec.rows.entity
        yield from (lookup.entity for lookup in product.spec.rows.lookups.values())


def _named_by(entity: Entity) -> Iterator[str]:
    """Yield the entities that fields of `entity` hold or point to."""
    for field in entity.spec.fields.values():
        other = field.list or field.refers_to
        if other is not None and other != entity.name:
            yield other


def _named_by_steps(inspection: Inspection, plan: Plan) -> Iterator[str]:
    for step in inspection.steps(plan):
        if isinstance(step, Get | Put | Call | Wait) and step.entity is not None:
            yield step.entity
