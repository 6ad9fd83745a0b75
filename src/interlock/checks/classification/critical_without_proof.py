"""CLS002: a critical integration proves nothing.

A run that only counts its own successes says "completed" while the invoice is still a draft
(R71). A proof reads the business outcome back from the target.

Bad: ``criticality: critical`` and no ``proof``.

Good::

    proof: [{that: invoice, in: erp, is: seen.status == "posted", within: 15m}]
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.classification.critical import critical
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS002", severity=Severity.ERROR, title="Critical without proof")
def critical_without_proof(inspection: Inspection) -> Iterator[Complaint]:
    for integration in critical(inspection):
        if not integration.spec.proof:
            yield Complaint(
                subject=of(integration),
                what=f"critical integration `{integration.name}` proves nothing",
                hint="Add `proof:` that reads the business outcome back from the target.",
                where=integration.place_of("spec", "classification", "criticality"),
            )
