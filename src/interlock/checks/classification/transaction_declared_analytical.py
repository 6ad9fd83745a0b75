"""CLS010: transactional work is declared analytical.

Analytical copies may be late, may be repeated and wake up nobody. What puts records into a CRM, a
billing engine or an ERP is none of that (R19, R21).

Bad: ``purpose: analytical`` with ``put: {entity: invoice, into: erp, ...}``.

Good: ``purpose: transactional``, which is the default.
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.classification.written import written_types
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

_TRANSACTIONAL: Final = frozenset({"crm", "erp", "billing", "bank", "tax"})


@check("CLS010", severity=Severity.ERROR, title="Transactional work declared analytical")
def transaction_declared_analytical(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        integration = inspection.estate.integrations[plan.integration]
        classification = integration.spec.classification
        if classification is None or classification.purpose != "analytical":
            continue
        types = sorted(written_types(inspection, plan) & _TRANSACTIONAL)
        if types:
            yield Complaint(
                subject=of(integration, "classification", "purpose"),
                what=f"`{plan.integration}` is analytical, but writes to: {', '.join(types)}",
                hint="Say `purpose: transactional`, or write to a warehouse only.",
                where=integration.place_of("spec", "classification", "purpose"),
            )
