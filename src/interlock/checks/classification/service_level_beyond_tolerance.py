"""CLS007: the service level promises less than the business tolerates.

`latencyTolerance` is what the business can bear; the threshold of a latency objective is what it
is promised. A promise that is looser is kept while the business suffers (R14, R18).

Bad: ``latencyTolerance: 5m`` with ``sla: [{indicator: latency, threshold: 1h, ...}]``.

Good: a threshold of at most five minutes, or a tolerance of an hour.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS007", severity=Severity.ERROR, title="Service level looser than the tolerance")
def service_level_beyond_tolerance(inspection: Inspection) -> Iterator[Complaint]:
    for integration in inspection.estate.integrations.values():
        classification = integration.spec.classification
        if classification is None:
            continue
        tolerance = classification.latencyTolerance
        for index, objective in enumerate(integration.spec.sla):
            threshold = objective.threshold
            late = threshold is not None and threshold > tolerance
            if threshold is not None and late and objective.indicator == "latency":
                yield Complaint(
                    subject=of(integration, "sla", objective.name),
                    what=(
                        f"`{objective.name}` promises {spoken(threshold)}, but only "
                        f"{spoken(tolerance)} are tolerated"
                    ),
                    hint="Tighten `threshold`, or state the true `latencyTolerance`.",
                    where=integration.place_of("spec", "sla", index, "threshold"),
                )
