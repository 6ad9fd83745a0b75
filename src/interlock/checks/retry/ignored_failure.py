"""RTY004: a failure of something financial is ignored.

`then: ignore` drops the transaction: nobody is asked, and nothing remembers it but the trail
(R63: no silent drop).

Bad: ``{when: error.kind == "rejected", then: ignore, ...}`` in an integration that posts.

Good: ``then: park``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.steps import posts
from interlock.checks.subject import of_plan


@check("RTY004", severity=Severity.ERROR, title="A failure is ignored")
def ignored_failure(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        vital = plan.criticality in {"critical", "high"} or posts(inspection, plan)
        for index, handler in enumerate(plan.on_error):
            if vital and handler.then == "ignore":
                yield Complaint(
                    subject=of_plan(plan, "onError", str(index)),
                    what=f"`{plan.integration}` drops failed transactions",
                    hint="Say `then: park`: someone has to decide.",
                    where=handler.place,
                )
