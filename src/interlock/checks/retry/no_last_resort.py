"""RTY003: some failures have no handler.

A failure that nobody thought of is the one that happens. The last handler has to take everything
(R41, R63).

Bad: no ``onError``, or a last handler with ``when``.

Good: ``- {then: park, route: group:order-to-cash, respond: 1h}`` at the end.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan


@check("RTY003", severity=Severity.ERROR, title="No handler of last resort")
def no_last_resort(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        last = plan.on_error[-1] if plan.on_error else None
        if last is not None and last.when is None:
            continue
        yield Complaint(
            subject=of_plan(plan, "onError"),
            what=f"a failure of `{plan.integration}` may find no handler",
            hint="End `onError` with a handler without `when`: who is asked about all the rest?",
            where=last.place if last else plan.place,
        )
