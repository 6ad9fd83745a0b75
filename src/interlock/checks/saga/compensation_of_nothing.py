"""SAG008: failures compensate, but nothing can be undone.

`then: compensate` reads as if the failed run cleaned up behind itself. When no step has an `undo`,
it only gives up quietly.

Bad: ``onError: [{then: compensate, ...}]`` in an integration whose steps have no ``undo``.

Good: ``then: park``, or ``undo`` on the steps.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan


@check("SAG008", severity=Severity.WARNING, title="Compensation of nothing")
def compensation_of_nothing(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        if any(step.undo is not None for step in inspection.steps(plan)):
            continue
        for index, handler in enumerate(plan.on_error):
            if handler.then == "compensate":
                yield Complaint(
                    subject=of_plan(plan, "onError", str(index)),
                    what="this compensates, but no step has an `undo`",
                    hint="Say `then: park`, or add `undo:` to the steps.",
                    where=handler.place,
                )
