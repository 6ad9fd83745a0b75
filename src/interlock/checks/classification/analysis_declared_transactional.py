"""CLS009: copying for analysis is declared transactional.

Everything it writes goes to a warehouse. Declared transactional, it gets guarantees and alarms
that nobody needs, and it competes for quota with what posts invoices (R19, R21).

Bad: every step writes to a system of type ``warehouse``, without ``purpose: analytical``.

Good: ``classification: {..., purpose: analytical}``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.classification.written import written_types
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS009", severity=Severity.WARNING, title="Analytical copy declared transactional")
def analysis_declared_transactional(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        integration = inspection.estate.integrations[plan.integration]
        classification = integration.spec.classification
        if classification is None or classification.purpose != "transactional":
            continue
        if written_types(inspection, plan) == {"warehouse"}:
            yield Complaint(
                subject=of(integration, "classification"),
                what=f"`{plan.integration}` only fills a warehouse, but is transactional",
                hint="Say `purpose: analytical`.",
                where=integration.place_of("spec", "classification"),
            )
