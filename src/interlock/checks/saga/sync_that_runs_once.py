"""SAG012: a synchronisation carries the first change only.

One run per business key for ever is right for a deal that is won once. A record that is kept
equal changes again and again; only the first change would travel.

Bad: ``trigger: {system: crm, entity: customer}`` and a step that copies the customer.

Good: ``trigger: {system: crm, entity: customer, each: change}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan
from interlock.estate.plan import Put


@check("SAG012", severity=Severity.ERROR, title="A synchronisation that runs once")
def sync_that_runs_once(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        trigger = plan.trigger
        if trigger.each == "change":
            continue
        copies = any(
            isinstance(step, Put) and step.entity == trigger.entity and step.source is not None
            for step in inspection.steps(plan)
        )
        if copies:
            yield Complaint(
                subject=of_plan(plan, "trigger"),
                what=f"`{plan.integration}` copies each `{trigger.entity}` once, and never again",
                hint="Add `each: change` to the trigger.",
                where=trigger.place,
            )
