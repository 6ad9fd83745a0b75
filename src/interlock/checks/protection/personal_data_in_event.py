"""PER003: personal data leaves in an event.

Events go to whoever listens, now and later, and cannot be called back.

Bad: ``emit: {event: ..., data: {email: customer.billing_email}}``

Good: emit the key; who may see more reads it from the authority.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.shapes import deep_sources
from interlock.checks.protection.classes import protected
from interlock.checks.subject import of_step
from interlock.estate.plan import Each, Emit


@check("PER003", severity=Severity.ERROR, title="Personal data in an event")
def personal_data_in_event(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for step in inspection.steps(plan):
            if not isinstance(step, Emit):
                continue
            scope = inspection.trace(plan).scopes[step.id].scope
            for name, origin in step.data.items():
                text = origin.over.text if isinstance(origin, Each) else origin.text
                source = protected(inspection, deep_sources(inspection.estate, scope.of(text)))
                if source is not None:
                    yield Complaint(
                        subject=of_step(plan, step, name),
                        what=f"`{source}` leaves the house in event `{step.event}`",
                        hint="Emit the key instead, and let the listener read the rest.",
                        where=step.place,
                    )
