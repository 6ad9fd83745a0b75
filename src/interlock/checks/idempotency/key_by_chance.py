"""IDM004: a key depends on the attempt, not on the business.

A key that is made from the run's id or start is another one after a replay, and the target sees
a new record. Keys come from the trigger and from earlier results only (R59).

Bad: ``key: opportunity.id + run.id``

Good: ``key: opportunity.id``
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_plan, of_step
from interlock.estate.plan import Call, Put
from interlock.expression import Expression
from interlock.foundation.place import Place

_CHANCE: Final = frozenset({"id", "started_at", "posting_date"})
"""What differs from run to run; `run.key` does not."""


@check("IDM004", severity=Severity.ERROR, title="A key that is not deterministic")
def key_by_chance(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        yield from _of(plan.key, of_plan(plan, "key"))
        for step in inspection.steps(plan):
            if isinstance(step, Put | Call):
                yield from _of(step.key, of_step(plan, step, "key"))


def _of(key: Expression, subject: str) -> Iterator[Complaint]:
    for read in key.reads:
        if read.path[0] == "run" and (len(read.path) == 1 or read.path[1] in _CHANCE):
            yield Complaint(
                subject=subject,
                what=f"the key reads `{'.'.join(read.path)}`, which differs in every run",
                hint="Build it from the trigger's record and from earlier results.",
                where=key.place or Place(""),
            )
            return
