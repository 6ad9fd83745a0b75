"""IDM002: a write that nothing protects, and that cannot be looked up reliably.

The target honours no key and enforces no reference (class C), and its search does not see its own
writes at once (F10). "Not found" then proves nothing, and the second attempt is a second invoice.

Bad: an operation of class C whose connector has only a lagging search.

Good: an operation with a key or a unique reference, or one whose look-up is strong.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.capability import Guarantee


@check("IDM002", severity=Severity.ERROR, title="An unprotected write without a strong look-up")
def weak_lookup(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for one in inspection.effective(plan):
            step, capability = one.step, one.capability
            if capability.guarantee is Guarantee.NOTHING and not capability.strong_lookup:
                yield Complaint(
                    subject=of_step(plan, step),
                    what=(
                        f"`{step.operation}` of `{step.system}` is protected by nothing, and its "
                        "look-up does not see its own writes"
                    ),
                    hint="Use an operation with a key, a unique reference or a strong look-up.",
                    where=step.place,
                )
