"""CLS003: a critical integration is covered by no reconciliation.

Lost events, edits by hand and restores from backup happen outside of every run. Only a comparison
of the systems finds them.

Bad: ``criticality: critical``, and no ``Reconciliation`` names it in ``covers``.

Good::

    kind: Reconciliation
    spec: {covers: [quote-to-cash], entity: invoice, systems: [crm, erp]}
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.classification.critical import critical
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS003", severity=Severity.ERROR, title="Critical without reconciliation")
def critical_without_reconciliation(inspection: Inspection) -> Iterator[Complaint]:
    reconciliations = inspection.estate.reconciliations.values()
    covered = {name for one in reconciliations for name in one.spec.covers}
    for integration in critical(inspection):
        if integration.name not in covered:
            yield Complaint(
                subject=of(integration),
                what=f"critical integration `{integration.name}` is covered by no reconciliation",
                hint="Add a `Reconciliation` that names it in `covers`.",
                where=integration.place_of("spec", "classification", "criticality"),
            )
