"""CLS011: immediate consistency is promised by a pattern that cannot keep it.

Batches, files and waits for events agree later by their nature (R22).

Bad: ``consistency: immediate`` with ``pattern: batch``, or with a step that waits.

Good: ``consistency: eventual``, with the trade-off written down; or a request.
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.plan import Approve, Wait

_LATER: Final = frozenset({"batch", "file", "event"})


@check("CLS011", severity=Severity.ERROR, title="Immediate consistency that cannot be kept")
def immediate_in_batches(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        integration = inspection.estate.integrations[plan.integration]
        classification = integration.spec.classification
        if classification is None or classification.consistency != "immediate":
            continue
        waits = any(isinstance(step, Wait | Approve) for step in inspection.steps(plan))
        if waits or classification.pattern in _LATER:
            why = "waits" if waits else f"is a {classification.pattern}"
            yield Complaint(
                subject=of(integration, "classification", "consistency"),
                what=f"`{plan.integration}` promises immediate consistency, but {why}",
                hint="Say `consistency: eventual` and write the `tradeoff` down.",
                where=integration.place_of("spec", "classification", "consistency"),
            )
