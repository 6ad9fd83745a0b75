"""PER004: personal data is part of a key.

Keys stand in logs, in URLs, in idempotency headers and in the trail, for years and in clear.

Bad: ``key: customer.billing_email``

Good: ``key: customer.id``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.protection.classes import protected
from interlock.checks.subject import of_step
from interlock.estate.plan import Call, Get, Put


@check("PER004", severity=Severity.ERROR, title="Personal data in a key")
def personal_data_in_key(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        trace = inspection.trace(plan)
        for step in inspection.steps(plan):
            if not isinstance(step, Put | Call | Get):
                continue
            value = trace.scopes[step.id].scope.value(step.key.text)
            source = protected(inspection, value.sources)
            if source is not None:
                yield Complaint(
                    subject=of_step(plan, step, "key"),
                    what=f"the key of `{step.id}` is made from `{source}`",
                    hint="Use an id: keys stand in logs, URLs and the trail in clear.",
                    where=step.key.place or step.place,
                )
