"""ARR005: a subscriber or a channel waits for events that no integration emits.

Nothing fails, nothing is missed by a machine; the partner just never hears of anything.

Bad: ``events: [com.example.invoice.payed.v1]``

Good: ``events: [com.example.invoice.paid.v1]``, or ``com.example.invoice.*``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.estate import Estate
from interlock.estate.kinds import Declared
from interlock.estate.kinds.events import wants
from interlock.estate.plan import Emit
from interlock.expression.errors import did_you_mean


@check("ARR005", severity=Severity.WARNING, title="An event that nobody tells")
def event_that_nobody_tells(inspection: Inspection) -> Iterator[Complaint]:
    steps = (step for plan in inspection.plans.values() for step in inspection.steps(plan))
    told = {step.event for step in steps if isinstance(step, Emit)}
    for declared, place, pattern in _asked(inspection.estate):
        if not any(wants((pattern,), each) for each in told):
            meant = "" if pattern.endswith("*") else did_you_mean(pattern, told)
            yield Complaint(
                subject=of(declared, *(str(part) for part in place)),
                what=f"no integration tells `{pattern}`{meant}",
                hint=f"Told are: {', '.join(sorted(told)) or 'no events at all'}.",
                where=declared.place_of("spec", *place),
            )


def _asked(estate: Estate) -> Iterator[tuple[Declared, tuple[str | int, ...], str]]:
    for subscription in estate.subscriptions.values():
        for index, pattern in enumerate(subscription.spec.events):
            yield subscription, ("events", index), pattern
    for channel in estate.channels.values():
        for index, pattern in enumerate(channel.spec.publish):
            yield channel, ("publish", index), pattern
