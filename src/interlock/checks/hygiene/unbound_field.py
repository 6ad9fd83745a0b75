"""UNU002: a field is bound in no system.

Nobody can read it, nobody can write it, and reconciliation will never compare it.

Bad: ``note: {type: string}``

Good: ``note: {type: string, in: {crm: Note__c}}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("UNU002", severity=Severity.WARNING, title="A field that is bound nowhere")
def unbound_field(inspection: Inspection) -> Iterator[Complaint]:
    for entity in inspection.estate.entities.values():
        for name, field in entity.spec.fields.items():
            if not field.in_:
                yield Complaint(
                    subject=of(entity, name),
                    what=f"`{entity.name}.{name}` is bound in no system",
                    hint="Bind it with `in:`, or take it out.",
                    where=entity.place_of("spec", "fields", name),
                )
