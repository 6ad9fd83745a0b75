"""IDM005: the business key is a field that people can change.

The key names the run for ever: ordering, de-duplication and search use it. When a user corrects
the field, the same deal becomes a second run and a second invoice.

Bad: ``key: opportunity.name``

Good: ``key: opportunity.id``
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan

_LASTING: Final = frozenset({"id", "ref"})


@check("IDM005", severity=Severity.WARNING, title="A business key that can change")
def changing_business_key(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        fields = {read.path[-1] for read in plan.key.reads if read.path[0] != "run"}
        if not fields or fields & _LASTING:
            continue
        yield Complaint(
            subject=of_plan(plan, "key"),
            what=f"the business key is `{plan.key.text}`, which people can change",
            hint=f"Use `{plan.trigger.entity}.id`.",
            where=plan.key.place or plan.place,
        )
