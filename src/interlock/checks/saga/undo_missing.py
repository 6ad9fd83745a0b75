"""SAG001: what this run alone has made cannot be taken back.

Before the pivot a failure compensates: every object made for this run has to go. An object whose
key is the run's business key is nobody else's; a customer or a price is shared and stays (R61).

Bad: a subscription under ``key: opportunity.id`` before the pivot, without ``undo``.

Good::

    undo: {operation: billing.subscription.cancel, ref: subscription.ref}
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.course import has_pivot
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import Plan
from interlock.expression import Expression


@check("SAG001", severity=Severity.ERROR, title="A step before the pivot without undo")
def undo_missing(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        if not (has_pivot(plan.steps) or _compensates(plan)):
            continue
        for one in inspection.effective(plan):
            step = one.step
            own = _keys(plan.key) <= _keys(step.key) and step.entity != plan.trigger.entity
            if one.makes and own and step.undo is None and not (step.pivot or one.after_pivot):
                yield Complaint(
                    subject=of_step(plan, step),
                    what=f"`{step.id}` makes a `{step.entity}` for this run and cannot undo it",
                    hint=f"Add `undo:` with an operation of `{step.system}` that takes it back.",
                    where=step.place,
                )


def _compensates(plan: Plan) -> bool:
    return any(handler.then == "compensate" for handler in plan.on_error)


def _keys(key: Expression) -> set[tuple[str, ...]]:
    return {read.path for read in key.reads if read.role == "value"}
