"""SAG009: a wait is longer than the run may take.

The run's own timeout strikes first, so the wait never ends as it says, and the case that people
get is about the wrong thing.

Bad: ``timeout: 30d`` with ``wait: {..., atMost: 45d}``.

Good: ``timeout: 60d``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import Approve, Wait
from interlock.estate.planning.planner import FOREVER


@check("SAG009", severity=Severity.ERROR, title="A wait longer than the run")
def wait_beyond_timeout(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for step in inspection.steps(plan):
            if not isinstance(step, Wait | Approve) or step.at_most >= FOREVER:
                continue
            if step.at_most > plan.timeout:
                yield Complaint(
                    subject=of_step(plan, step),
                    what=(
                        f"`{step.id}` may wait {spoken(step.at_most)}, but the run ends after "
                        f"{spoken(plan.timeout)}"
                    ),
                    hint="Raise `timeout`, or lower `atMost`.",
                    where=step.place,
                )
