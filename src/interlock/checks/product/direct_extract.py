"""DPR003: records go straight into a warehouse, past every data product.

A direct extract has no owner who answers for its figures, no contract that a change must keep, no
freshness and no reconciliation; two of them disagree, and executives stop believing either (R108).

Bad: an integration that puts what it hears into a system of `type: warehouse`::

    steps: [{id: row, put: {entity: fact, into: lake, ...}}]

Good: declare a `DataProduct`; it is built from the authorities only, tested, and published with
its proof.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import Call, Put


@check("DPR003", severity=Severity.ERROR, title="A direct extract into a warehouse")
def direct_extract(inspection: Inspection) -> Iterator[Complaint]:
    systems = inspection.estate.systems
    for plan in inspection.plans.values():
        for step in inspection.steps(plan):
            if not isinstance(step, Put | Call) or step.system not in systems:
                continue
            if systems[step.system].spec.type == "warehouse":
                yield Complaint(
                    subject=of_step(plan, step),
                    what=f"`{step.id}` of `{plan.integration}` extracts into `{step.system}`, "
                    "past every data product",
                    hint="Declare a `DataProduct`, and let reports read that.",
                    where=step.place,
                )
