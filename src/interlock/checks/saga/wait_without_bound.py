"""SAG004: a run may wait for ever.

An event that never comes is not an error anywhere, so nobody is told. A bound turns silence
into a case (peers.md 4.2).

Bad: ``wait`` or ``approve`` without ``atMost``.

Good: ``atMost: 45d``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import Approve, Wait
from interlock.estate.planning.planner import FOREVER


@check("SAG004", severity=Severity.ERROR, title="A wait without a bound")
def wait_without_bound(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for step in inspection.steps(plan):
            if isinstance(step, Wait | Approve) and step.at_most >= FOREVER:
                yield Complaint(
                    subject=of_step(plan, step),
                    what=f"`{step.id}` may wait for ever",
                    hint="Add `atMost:`; when it has passed, a person is asked.",
                    where=step.place,
                )
