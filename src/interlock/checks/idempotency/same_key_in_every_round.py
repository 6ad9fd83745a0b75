"""IDM006: every round of a loop writes the same record.

The key does not depend on the element, so each round overwrites what the one before wrote, and
only the last element arrives.

Bad::

    forEach: {in: order.lines, as: line}
    steps: [{id: item, put: {entity: item, into: erp, key: order.id, set: {sku: line.sku}}}]

Good: ``key: order.id + ":" + line.number``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.plan import ForEach, Plan, Put, every_step


@check("IDM006", severity=Severity.ERROR, title="Every round writes the same record")
def same_key_in_every_round(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for loop in inspection.steps(plan):
            if isinstance(loop, ForEach):
                yield from _loop(plan, loop)


def _loop(plan: Plan, loop: ForEach) -> Iterator[Complaint]:
    names = {loop.item} | {step.name for step in every_step(loop.steps)}
    for step in every_step(loop.steps):
        if isinstance(step, Put) and not step.key.roots & names:
            yield Complaint(
                subject=of_step(plan, step, "key"),
                what=f"every round of `{loop.id}` writes the record `{step.key.text}`",
                hint=f"Build the key from `{loop.item}`.",
                where=step.key.place or step.place,
            )
