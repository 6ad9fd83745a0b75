"""SAG007: a run has two points of no return.

Between the two it can neither go back nor is it sure to go on.

Bad: two steps on one way, both with ``pivot: true``.

Good: one pivot, the step that posts; every arm of a branch may have its own.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step


@check("SAG007", severity=Severity.ERROR, title="Two pivots on one way")
def second_pivot(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for step, passed in inspection.course(plan):
            if passed and step.pivot:
                yield Complaint(
                    subject=of_step(plan, step),
                    what=f"`{step.id}` is a pivot, and there is one before it",
                    hint="Keep the one that posts.",
                    where=step.place,
                )
