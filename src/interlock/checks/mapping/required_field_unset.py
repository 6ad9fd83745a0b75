"""MAP004: a step makes a record without a field that it must have.

The entity says `required`; the step that makes the record leaves the field out, and no system
fills it in (R48).

Bad: ``put: {entity: subscription, into: billing, key: ..., set: {currency: ...}}`` and
``customer`` is required.

Good: the step sets every required field that is bound in the system.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.steps import amending
from interlock.checks.subject import of_step
from interlock.estate.plan import Put


@check("MAP004", severity=Severity.ERROR, title="A required field is not set")
def required_field_unset(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        declared = inspection.estate.integrations[plan.integration]
        named = amending(declared.spec.steps)
        for one in inspection.effective(plan):
            step = one.step
            if not one.makes or not isinstance(step, Put) or step.id in named:
                continue
            written = {*step.fields, *step.values}
            for name in _required(inspection, step.entity, step.system):
                if name not in written:
                    yield Complaint(
                        subject=of_step(plan, step, name),
                        what=f"`{step.id}` makes a `{step.entity}` without its `{name}`",
                        hint=f"Set `{name}`, or let the entity not require it.",
                        where=step.place,
                    )


def _required(inspection: Inspection, entity: str, system: str) -> Iterator[str]:
    """Yield the fields that a record in `system` must have and does not fill in by itself."""
    declared = inspection.estate.entities[entity]
    for name, field in declared.spec.fields.items():
        if not field.required or system not in field.in_:
            continue
        rule = declared.authority_of(name)
        if system not in {rule.default, *rule.legalEntities.values()}:
            yield name
