"""UNU003: no entity is bound in a system.

Bad: a ``System`` that holds nothing that anybody declared.

Good: take it out, or say what it holds.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("UNU003", severity=Severity.WARNING, title="A system that nothing uses")
def unused_system(inspection: Inspection) -> Iterator[Complaint]:
    used = {
        name for entity in inspection.estate.entities.values() for name in entity.spec.identity
    }
    for system in inspection.estate.systems.values():
        if system.name not in used:
            yield Complaint(
                subject=of(system),
                what=f"no entity is bound in `{system.name}`",
                hint="Take it out, or bind an entity: `identity: {SYSTEM: OBJECT.FIELD}`.",
                where=system.place,
            )
