"""OWN002: cases are routed to a group without anybody in it.

Bad: ``kind: Group`` without ``contact`` and ``members``.

Good: ``spec: {contact: ledger@example.com, members: [fatou]}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("OWN002", severity=Severity.ERROR, title="A group of nobody")
def group_of_nobody(inspection: Inspection) -> Iterator[Complaint]:
    for group in inspection.estate.groups.values():
        if not group.spec.contact and not group.spec.members:
            yield Complaint(
                subject=of(group),
                what=f"group `{group.name}` has neither contact nor members",
                hint="Add `contact:` or `members:`: somebody has to read its cases.",
                where=group.place,
            )
