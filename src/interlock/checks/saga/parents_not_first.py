"""SAG011: a child may arrive before its parent.

The record refers to another of its own kind. Unless the hierarchy is read parents first, the
parent is not there when its child is put, and the hierarchy is flat in the target (R8).

Bad: ``put: {entity: customer, from: customer, into: erp}`` straight from the trigger, and
``parent`` is bound in the ERP.

Good: ``get: {entity: customer, ..., chain: parent}``, and a ``forEach`` over its result.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.places import place_of
from interlock.checks.subject import of_write
from interlock.estate.plan import ForEach, Get, Step, every_step


@check("SAG011", severity=Severity.ERROR, title="A child before its parent")
def parents_not_first(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        chained = _chained(inspection.steps(plan))
        for write in inspection.trace(plan).writes:
            field = write.declared
            if field is None or field.refers_to != write.entity:
                continue
            if (write.step.id, write.field) not in chained:
                yield Complaint(
                    subject=of_write(plan, write),
                    what=(
                        f"`{write.step.id}` writes `{write.path}`, and nothing puts the parent "
                        f"into `{write.system}` first"
                    ),
                    hint=f"Read with `chain: {write.field}`, and put in a `forEach` over that.",
                    where=place_of(inspection, plan, write),
                )


def _chained(steps: tuple[Step, ...]) -> set[tuple[str, str]]:
    """Return (step, field) for every step that is repeated parents first."""
    chains = {
        step.name: step.chain for step in steps if isinstance(step, Get) and step.chain is not None
    }
    return {
        (inner.id, chains[name])
        for loop in steps
        if isinstance(loop, ForEach)
        for name in loop.over.roots & chains.keys()
        for inner in every_step(loop.steps)
    }
