"""CLS008: changes are polled more slowly than the integration tolerates.

A change waits for the next poll before anything starts. When one poll interval is longer than the
tolerance, the integration is late before it has begun (R21: unacceptable lag).

Bad: ``latencyTolerance: 5m``, triggered by a system with ``inbound: {poll: 1h}``.

Good: a shorter poll, or a webhook or `changes: pubsub` with the poll as its safety net.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS008", severity=Severity.ERROR, title="Polled more slowly than tolerated")
def polled_too_slowly(inspection: Inspection) -> Iterator[Complaint]:
    for integration in inspection.estate.integrations.values():
        classification = integration.spec.classification
        if classification is None:
            continue
        system = inspection.estate.systems.get(integration.spec.trigger.system)
        inbound = system.spec.inbound if system else None
        if inbound is None or inbound.poll is None:
            continue
        if inbound.webhook is not None or inbound.changes is not None:
            continue
        if inbound.poll > classification.latencyTolerance:
            yield Complaint(
                subject=of(integration, "trigger"),
                what=(
                    f"`{integration.spec.trigger.system}` is polled every "
                    f"{spoken(inbound.poll)}, but `{integration.name}` tolerates "
                    f"{spoken(classification.latencyTolerance)}"
                ),
                hint="Poll more often, add a webhook or `changes:`, or tolerate what is true.",
                where=integration.place_of("spec", "classification", "latencyTolerance"),
            )
