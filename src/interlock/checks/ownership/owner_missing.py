"""OWN001: nobody answers for it.

When it fails, someone must be asked. What belongs to everybody wakes up nobody (R66).

Bad: ``metadata: {name: crm}``

Good: ``metadata: {name: crm, owner: group:order-to-cash}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("OWN001", severity=Severity.ERROR, title="No owner")
def owner_missing(inspection: Inspection) -> Iterator[Complaint]:
    groups = ", ".join(f"group:{name}" for name in sorted(inspection.estate.groups))
    for declared in inspection.estate.declared():
        if declared.metadata.owner is None and declared.kind != "Group":
            yield Complaint(
                subject=of(declared),
                what=f"{declared.kind} `{declared.name}` has no owner",
                hint=f"Add `owner:` to its metadata, one of: {groups or 'a new group'}.",
                where=declared.place,
            )
