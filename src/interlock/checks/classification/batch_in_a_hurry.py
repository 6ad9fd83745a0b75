"""CLS012: a batch or file transfer has no time to be one.

Collecting records takes time. A tolerance of minutes asks for events (R20, R21: unacceptable lag).

Bad: ``pattern: batch`` with ``latencyTolerance: 1m``.

Good: ``pattern: event``, or a tolerance of at least a quarter of an hour.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

SHORTEST: Final = timedelta(minutes=15)
"""Below this, collecting a batch costs more than it saves."""


@check("CLS012", severity=Severity.WARNING, title="A batch in a hurry")
def batch_in_a_hurry(inspection: Inspection) -> Iterator[Complaint]:
    for integration in inspection.estate.integrations.values():
        classification = integration.spec.classification
        if classification is None:
            continue
        tolerance = classification.latencyTolerance
        if classification.pattern in {"batch", "file"} and tolerance < SHORTEST:
            yield Complaint(
                subject=of(integration, "classification", "pattern"),
                what=f"`{integration.name}` collects batches, and has {spoken(tolerance)} for it",
                hint="Use `pattern: event`, or state the true `latencyTolerance`.",
                where=integration.place_of("spec", "classification", "pattern"),
            )
