"""ARR001: an integration waits for a system from which nothing arrives.

Bad: ``trigger: {system: erp, ...}`` or ``wait: {system: erp, ...}``, and ``erp`` has no
``inbound``.

Good: ``inbound: {poll: 1m, overlap: 10s}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan, of_step
from interlock.estate.plan import Wait


@check("ARR001", severity=Severity.ERROR, title="A trigger that never comes")
def trigger_that_never_comes(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        heard = [(of_plan(plan, "trigger"), plan.trigger.system, plan.trigger.place)]
        waits = (step for step in inspection.steps(plan) if isinstance(step, Wait))
        heard += [(of_step(plan, step), step.system, step.place) for step in waits]
        for subject, name, place in heard:
            inbound = inspection.estate.systems[name].spec.inbound
            if inbound is None or (inbound.poll is None and inbound.webhook is None):
                yield Complaint(
                    subject=subject,
                    what=f"nothing arrives from `{name}`: it has no `inbound`",
                    hint=f"Add `inbound:` with a webhook or a poll to `{name}`.",
                    where=place,
                )
