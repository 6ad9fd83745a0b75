"""SAG005: something is posted, and no step is the point of no return.

Until the pivot a failure takes everything back. Without one, a late hiccup would reverse an
invoice that the customer already holds.

Bad: a step that posts, and no step with ``pivot: true`` at or before it.

Good: ``pivot: true`` on the step that posts.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step


@check("SAG005", severity=Severity.ERROR, title="A posting without a pivot")
def posting_without_pivot(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for one in inspection.effective(plan):
            if one.capability.posts and not (one.step.pivot or one.after_pivot):
                yield Complaint(
                    subject=of_step(plan, one.step),
                    what=f"`{one.step.id}` posts, and is not after the point of no return",
                    hint="Mark it `pivot: true`.",
                    where=one.step.place,
                )
