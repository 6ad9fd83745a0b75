"""IDM003: the target forgets the idempotency key while the step is still being retried.

A key protects only within its window (F4: Stripe remembers for 24 hours). An attempt after that
is a new write.

Bad: ``retry: {limit: 40, maxDelay: 6h}`` on a target that remembers keys for a day.

Good: retries that end within the window; later attempts are a person's decision.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.durations import spoken
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step


@check("IDM003", severity=Severity.ERROR, title="Retries outlive the idempotency key")
def key_forgotten_too_soon(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        horizon = plan.retry.horizon()
        for one in inspection.effective(plan):
            window = one.capability.window
            if window is None or horizon < window:
                continue
            yield Complaint(
                subject=of_step(plan, one.step),
                what=(
                    f"`{one.step.system}` remembers the key of `{one.step.operation}` for "
                    f"{spoken(window)}, but retries may take {spoken(horizon)}"
                ),
                hint="Lower `retry.limit` or `retry.maxDelay`.",
                where=one.step.place,
            )
