"""SAG006: the run may be refused after its point of no return.

After the pivot a run only goes forward. A requirement or an approval there can only park it:
the time to say no has passed.

Bad: a ``require`` after the step with ``pivot: true``.

Good: ask before the pivot.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import Approve, Require


@check("SAG006", severity=Severity.ERROR, title="A refusal after the pivot")
def refusal_after_pivot(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for step, passed in inspection.course(plan):
            if passed and isinstance(step, Require | Approve):
                word = "requires something" if isinstance(step, Require) else "asks for approval"
                yield Complaint(
                    subject=of_step(plan, step),
                    what=f"`{step.id}` {word} after the point of no return",
                    hint="Move it before the pivot.",
                    where=step.place,
                )
