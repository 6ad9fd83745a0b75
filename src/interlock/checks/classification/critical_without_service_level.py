"""CLS005: a critical integration promises no service level.

Without a number nobody can say whether last month was good (R18).

Bad: ``criticality: critical`` and no ``sla``.

Good::

    sla: [{name: on-time, indicator: latency, threshold: 10m, target: 0.995, window: 30d}]
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.classification.critical import critical
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS005", severity=Severity.ERROR, title="Critical without service level")
def critical_without_service_level(inspection: Inspection) -> Iterator[Complaint]:
    for integration in critical(inspection):
        if not integration.spec.sla:
            yield Complaint(
                subject=of(integration),
                what=f"critical integration `{integration.name}` promises no service level",
                hint="Add `sla:` with an indicator, a threshold and a target.",
                where=integration.place_of("spec", "classification", "criticality"),
            )
