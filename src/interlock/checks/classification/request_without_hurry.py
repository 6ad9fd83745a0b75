"""CLS015: a synchronous request that nobody waits for.

A request couples two systems in time. When hours are tolerated, an event does the same without
the coupling (R20, R21: overengineered).

Bad: ``pattern: request`` with ``latencyTolerance: 4h``.

Good: ``pattern: event``.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

LONGEST: Final = timedelta(hours=1)
"""Nobody waits for an answer longer than this."""


@check("CLS015", severity=Severity.WARNING, title="A request that nobody waits for")
def request_without_hurry(inspection: Inspection) -> Iterator[Complaint]:
    for integration in inspection.estate.integrations.values():
        classification = integration.spec.classification
        if classification is None:
            continue
        tolerance = classification.latencyTolerance
        if classification.pattern == "request" and tolerance >= LONGEST:
            yield Complaint(
                subject=of(integration, "classification", "pattern"),
                what=f"`{integration.name}` is a request, but {spoken(tolerance)} are tolerated",
                hint="Use `pattern: event`: it does the same without the coupling.",
                where=integration.place_of("spec", "classification", "pattern"),
            )
