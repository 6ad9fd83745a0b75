"""CLS006: recovery must be quicker than the retries alone may take.

`rto` promises that the integration works again after so long. While a step is still being retried
nobody is asked, so the retries have to end well before the promise does.

Bad: ``recovery: {rto: 10m}`` with ``retry: {limit: 12, delay: 1m, maxDelay: 30m}``.

Good: fewer or quicker retries, or an honest ``rto``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS006", severity=Severity.ERROR, title="Recovery time shorter than the retries")
def recovery_shorter_than_retries(inspection: Inspection) -> Iterator[Complaint]:
    retries = {plan.retry for plan in inspection.plans.values()}
    horizons = {retry: retry.horizon() for retry in retries}
    for plan in inspection.plans.values():
        integration = inspection.estate.integrations[plan.integration]
        classification = integration.spec.classification
        horizon = horizons[plan.retry]
        if classification is not None and horizon > classification.recovery.rto:
            yield Complaint(
                subject=of(integration, "retry"),
                what=(
                    f"retries of `{plan.integration}` may take {spoken(horizon)}, but it must "
                    f"recover within {spoken(classification.recovery.rto)}"
                ),
                hint="Lower `retry.limit` or `retry.maxDelay`, or promise a longer `rto`.",
                where=integration.place_of("spec", "classification", "recovery", "rto"),
            )
