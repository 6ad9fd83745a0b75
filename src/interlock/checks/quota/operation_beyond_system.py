"""QTA001: an operation is allowed more than its whole system.

The system's limit is shared by everything that speaks to it. A larger limit of one operation
promises what the system refuses.

Bad: ``limits: {concurrency: 5, operations: {invoice.upsert: {concurrency: 10}}}``

Good: limits of operations at or below the system's.
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

_NAMES: Final = ("concurrency", "perSecond", "perDay")


@check("QTA001", severity=Severity.ERROR, title="An operation beyond its system's limit")
def operation_beyond_system(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        whole = system.spec.limits
        for operation, limits in whole.operations.items():
            for name in _NAMES:
                part, most = getattr(limits, name), getattr(whole, name)
                if part is not None and most is not None and part > most:
                    yield Complaint(
                        subject=of(system, "limits", operation, name),
                        what=f"`{operation}` may take {part}, but `{system.name}` has only {most}",
                        hint=f"Set its `{name}` to at most {most}.",
                        where=system.place_of("spec", "limits", "operations", operation, name),
                    )
