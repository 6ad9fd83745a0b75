"""IDM001: a write that nothing protects, into a system whose requests have no bound.

The target honours no key and enforces no reference (class C). After a lost response the only safe
way is to wait until the request can no longer be applied, and then to look (F3). Without a
bound nobody knows how long that is.

Bad: an operation of class C into a system without ``requestBound``.

Good: ``requestBound: 15m`` in the system, as its vendor documents it.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.capability import Guarantee


@check("IDM001", severity=Severity.ERROR, title="An unprotected write without a bound")
def unbounded_write(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for one in inspection.effective(plan):
            step = one.step
            if one.capability.guarantee is not Guarantee.NOTHING:
                continue
            if inspection.estate.systems[step.system].spec.requestBound is None:
                yield Complaint(
                    subject=of_step(plan, step),
                    what=(
                        f"`{step.operation}` of `{step.system}` is protected by nothing, and "
                        f"`{step.system}` states no `requestBound`"
                    ),
                    hint=f"Add `requestBound:` to `{step.system}`: its longest request.",
                    where=step.place,
                )
