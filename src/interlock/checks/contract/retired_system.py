"""CON003: an integration still speaks to a retired system.

Bad: ``put: {..., into: legacy}`` where ``legacy`` has ``lifecycle: retired``.

Good: take the steps out, or the system back.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import Call, Get, Put, Wait


@check("CON003", severity=Severity.ERROR, title="A retired system is still used")
def retired_system(inspection: Inspection) -> Iterator[Complaint]:
    retired = {
        name for name, one in inspection.estate.systems.items() if one.spec.lifecycle == "retired"
    }
    for plan in inspection.plans.values():
        for step in inspection.steps(plan):
            if isinstance(step, Get | Put | Call | Wait) and step.system in retired:
                yield Complaint(
                    subject=of_step(plan, step),
                    what=f"`{step.id}` speaks to `{step.system}`, which is retired",
                    hint=f"Take `{step.id}` out, or say when `{step.system}` really ends.",
                    where=step.place,
                )
