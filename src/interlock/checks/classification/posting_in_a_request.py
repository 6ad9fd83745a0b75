"""CLS013: a user waits while the ledger is posted.

A synchronous call that posts couples the screen to the ERP: when the ERP is slow, sales stands
still, and when the user gives up, nobody knows what was posted (R24).

Bad: ``pattern: request`` with a step that posts an invoice, waits or asks for approval.

Good: answer the user after the request is stored, and post in an orchestration.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.steps import posts
from interlock.checks.subject import of
from interlock.estate.plan import Approve, Wait


@check("CLS013", severity=Severity.ERROR, title="A user-facing request that posts")
def posting_in_a_request(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        integration = inspection.estate.integrations[plan.integration]
        classification = integration.spec.classification
        if classification is None or classification.pattern != "request":
            continue
        pauses = any(isinstance(step, Wait | Approve) for step in inspection.steps(plan))
        if pauses or posts(inspection, plan):
            yield Complaint(
                subject=of(integration, "classification", "pattern"),
                what=f"`{plan.integration}` answers a user, and {'waits' if pauses else 'posts'}",
                hint="Use `pattern: orchestration`, started by the stored request.",
                where=integration.place_of("spec", "classification", "pattern"),
            )
