"""QTA003: a system is written to without any limit.

The vendor has one. Not knowing it means finding it at month end, together with everybody else who
shares the account.

Bad: ``spec`` without ``limits``, and an integration writes there.

Good: ``limits: {concurrency: 5, perSecond: 50}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.plan import Call, Put


@check("QTA003", severity=Severity.WARNING, title="A system without limits")
def system_without_limits(inspection: Inspection) -> Iterator[Complaint]:
    written = {
        step.system
        for plan in inspection.plans.values()
        for step in inspection.steps(plan)
        if isinstance(step, Put | Call)
    }
    for name in sorted(written & inspection.estate.systems.keys()):
        system = inspection.estate.systems[name]
        limits = system.spec.limits
        if limits.concurrency is None and limits.perSecond is None:
            yield Complaint(
                subject=of(system, "limits"),
                what=f"`{name}` is written to without any limit",
                hint="Add `limits:` with the `concurrency` and `perSecond` of its account.",
                where=system.place,
            )
