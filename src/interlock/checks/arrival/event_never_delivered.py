"""ARR004: a run waits for an event that the connector does not deliver.

Bad: ``wait: {system: billing, event: invoice.payed, ...}``

Good: ``event: invoice.paid``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of_step
from interlock.estate.kinds.events import wants
from interlock.estate.plan import Wait
from interlock.expression.errors import did_you_mean


@check("ARR004", severity=Severity.ERROR, title="An event that is never delivered")
def event_never_delivered(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for step in inspection.steps(plan):
            if not isinstance(step, Wait):
                continue
            able = inspection.estate.capability_of(step.system)
            if able is None or step.event in able.events | _received(inspection, step):
                continue
            yield Complaint(
                subject=of_step(plan, step),
                what=(
                    f"`{step.system}` never delivers `{step.event}`"
                    f"{did_you_mean(step.event, able.events)}"
                ),
                hint=f"It delivers: {', '.join(sorted(able.events)) or 'nothing'}.",
                where=step.place,
            )


def _received(inspection: Inspection, step: Wait) -> frozenset[str]:
    """Return what channels bring about the system, if the awaited event is among it."""
    for channel in inspection.estate.channels.values():
        for each in channel.spec.receive:
            if each.system == step.system and wants((each.type,), step.event):
                return frozenset({step.event})
    return frozenset()
