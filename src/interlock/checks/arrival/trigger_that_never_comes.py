"""ARR001: an integration waits for a system from which nothing arrives.

Bad: ``trigger: {system: erp, ...}`` or ``wait: {system: erp, ...}``, and ``erp`` has no
``inbound``.

Good: ``inbound: {poll: 1m, overlap: 10s}``, or a channel that receives events about it
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan, of_step
from interlock.estate.estate import Estate
from interlock.estate.plan import Wait


@check("ARR001", severity=Severity.ERROR, title="A trigger that never comes")
def trigger_that_never_comes(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        heard = [(of_plan(plan, "trigger"), plan.trigger.system, plan.trigger.where)]
        waits = (step for step in inspection.steps(plan) if isinstance(step, Wait))
        heard += [(of_step(plan, step), step.system, step.where) for step in waits]
        for subject, name, where in heard:
            if not _arrives(inspection.estate, name):
                yield Complaint(
                    subject=subject,
                    what=f"nothing arrives from `{name}`: it has no `inbound`",
                    hint=f"Add `inbound:` with a webhook or a poll to `{name}`.",
                    where=where(),
                )


def _arrives(estate: Estate, name: str) -> bool:
    inbound = estate.systems[name].spec.inbound
    if inbound is not None and (inbound.poll is not None or inbound.webhook is not None):
        return True
    channels = estate.channels.values()
    return any(each.system == name for channel in channels for each in channel.spec.receive)
