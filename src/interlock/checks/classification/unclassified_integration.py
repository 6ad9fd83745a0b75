"""CLS001: an integration is not classified.

Criticality, pattern, latency, compliance and recovery decide what an integration must have
(R12-R18). Without them nothing can be asked of it, so nothing is found, which looks like fine.

Bad: ``spec`` without ``classification``.

Good::

    classification: {criticality: medium, pattern: event, latencyTolerance: 1h, ...}
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS001", severity=Severity.ERROR, title="An integration without classification")
def unclassified_integration(inspection: Inspection) -> Iterator[Complaint]:
    for integration in inspection.estate.integrations.values():
        if integration.spec.classification is None:
            yield Complaint(
                subject=of(integration),
                what=f"integration `{integration.name}` is not classified",
                hint="Add `classification:`: criticality, pattern, latencyTolerance, recovery.",
                where=integration.place,
            )
