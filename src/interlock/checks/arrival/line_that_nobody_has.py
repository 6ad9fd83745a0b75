"""ARR006: changes are to come over a line that the connector does not know.

Nothing comes over it, ever; what the poll behind it finds is late.

Bad: ``connector: netsuite`` with ``inbound: {changes: pubsub, poll: 1h}``

Good: ``connector: salesforce`` with it, or ``inbound: {poll: 1m, overlap: 1m}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("ARR006", severity=Severity.ERROR, title="A line that the connector does not know")
def line_that_nobody_has(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        able = inspection.estate.capability_of(system.name)
        line = system.spec.inbound.changes if system.spec.inbound else None
        if able is None or line is None or line in able.lines:
            continue
        yield Complaint(
            subject=of(system, "inbound", "changes"),
            what=f"`{able.connector}` tells no changes over `{line}`",
            hint="Leave `changes:` out, and poll as often as its integrations need.",
            where=system.place_of("spec", "inbound", "changes"),
        )
