"""API001: a synchronous call depends on a financial write.

While the caller waits, the books are slow, locked or closed; when the caller gives up, nobody
knows what was posted (R24). Whether an integration may be waited for follows from what it writes,
not from what it calls itself: `interlock explain latency` shows it.

Bad: ``operations: {close: {integration: quote-to-cash, wait: 5s}}``, and quote-to-cash posts.

Good: leave `wait` out: the call is answered 202 at once, and its status URL tells the rest.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.latency import LatencyClass, latency_of


@check("API001", severity=Severity.ERROR, title="A synchronous call that depends on the books")
def waiting_for_the_books(inspection: Inspection) -> Iterator[Complaint]:
    for api in inspection.estate.apis.values():
        for name, operation in api.spec.operations.items():
            plan = inspection.plans.get(operation.integration)
            if operation.wait is None or plan is None:
                continue
            latency = latency_of(inspection.estate, plan)
            if latency.found is LatencyClass.INTERACTIVE:
                continue
            why = next((one.what for one in latency.reasons), "is done in batches")
            yield Complaint(
                subject=of(api, "operations", name, "wait"),
                what=f"`{name}` lets its caller wait for `{operation.integration}`: {why}",
                hint="Leave `wait` out: the call is answered 202, its status URL tells the rest.",
                where=api.place_of("spec", "operations", name, "wait"),
            )
