"""ARR003: a poll may step over late rows.

Rows become visible later than their timestamp says: long transactions, clocks, indexes. A cursor
that moves to the newest row never looks back (F11). Overlap looks back; duplicates cost nothing.

Bad: ``inbound: {poll: 10s}``

Good: ``inbound: {poll: 10s, overlap: 1m}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("ARR003", severity=Severity.WARNING, title="A poll without overlap")
def poll_without_overlap(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        inbound = system.spec.inbound
        if inbound is not None and inbound.poll is not None and not inbound.overlap:
            yield Complaint(
                subject=of(system, "inbound", "overlap"),
                what=f"the poll of `{system.name}` may step over late rows",
                hint="Add `overlap:`, at least the vendor's lag.",
                where=system.place_of("spec", "inbound", "poll"),
            )
