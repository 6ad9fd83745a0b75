"""PER001: a class of data is bound in a system that may not hold it.

Bad: ``billing_email: {class: personal, in: {warehouse: email}}`` and the warehouse does not say
``holds: [personal]``.

Good: leave the binding out; or let the system hold it, with its owner's agreement.
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

_OPEN: Final = frozenset({"public", "internal"})


@check("PER001", severity=Severity.ERROR, title="Data in a system that may not hold it")
def personal_data_in_wrong_system(inspection: Inspection) -> Iterator[Complaint]:
    for entity in inspection.estate.entities.values():
        for name, field in entity.spec.fields.items():
            if field.class_ in _OPEN:
                continue
            for system in field.in_:
                declared = inspection.estate.systems.get(system)
                if declared is not None and field.class_ not in declared.spec.holds:
                    yield Complaint(
                        subject=of(entity, name, system),
                        what=(
                            f"`{entity.name}.{name}` is {field.class_}, and `{system}` may not "
                            f"hold {field.class_} data"
                        ),
                        hint=f"Take the binding out, or add `{field.class_}` to its `holds`.",
                        where=entity.place_of("spec", "fields", name, "in", system),
                    )
