"""SAG010: a record is referred to in a system before it is there.

The reference is written as the vendor's own id. When no earlier step put the referred record into
that system, there is no id, and the first new customer fails.

Bad: an invoice for a customer goes into the ERP, and no step puts the customer there first.

Good: put the customer into the ERP in an earlier step.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.write import Write
from interlock.checks.places import place_of
from interlock.checks.subject import of_write
from interlock.estate.plan import Get, Plan, Put, every_step


@check("SAG010", severity=Severity.ERROR, title="A reference before its record")
def reference_before_record(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            entity = _referred(write)
            if entity is None or _there(plan, write, entity):
                continue
            yield Complaint(
                subject=of_write(plan, write),
                what=(
                    f"`{write.path}` refers to a `{entity}` in `{write.system}`, and no earlier "
                    "step puts it there"
                ),
                hint=f"Put the `{entity}` into `{write.system}` before `{write.step.id}`.",
                where=place_of(inspection, plan, write),
            )


def _referred(write: Write) -> str | None:
    """Return the entity that is referred to by the system's own id."""
    field = write.declared
    binding = field.in_.get(write.system) if field else None
    if field is None or binding is None or binding.as_ != "reference":
        return None
    return field.refers_to if field.refers_to != write.entity else None


def _there(plan: Plan, write: Write, entity: str) -> bool:
    """Tell whether the record came from that system, or was put there, before."""
    if plan.trigger.entity == entity and plan.trigger.system == write.system:
        return True
    for step in every_step(plan.steps):
        if step.id == write.step.id:
            return False
        if isinstance(step, Get | Put) and (step.entity, step.system) == (entity, write.system):
            return True
    return False
