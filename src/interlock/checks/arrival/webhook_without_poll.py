"""ARR002: what a webhook loses is never found.

Deliveries get lost, endpoints are disabled, certificates expire, and no error tells (F12). A slow
poll behind the webhook finds what it lost.

Bad: ``inbound: {webhook: {...}}``

Good: ``inbound: {webhook: {...}, poll: 10m, overlap: 1m}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("ARR002", severity=Severity.ERROR, title="A webhook without a poll behind it")
def webhook_without_poll(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        inbound = system.spec.inbound
        if inbound is not None and inbound.webhook is not None and inbound.poll is None:
            yield Complaint(
                subject=of(system, "inbound"),
                what=f"deliveries that `{system.name}` loses are never found",
                hint="Add `poll: 10m` to its `inbound`: it finds what the webhook lost.",
                where=system.place_of("spec", "inbound"),
            )
