"""SEC005: deliveries of a system are not signed.

Whoever finds the address can start runs. An allow-list of addresses is weak: it holds until the
vendor moves or someone shares the vendor's cloud.

Bad: ``webhook: {scheme: allow-list, ...}``

Good: a signed scheme; or take only the hint from the delivery, and read the record back.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("SEC005", severity=Severity.WARNING, title="Deliveries that are not signed")
def unsigned_webhook(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        inbound = system.spec.inbound
        if inbound and inbound.webhook and inbound.webhook.scheme == "allow-list":
            yield Complaint(
                subject=of(system, "inbound", "webhook"),
                what=f"deliveries of `{system.name}` are not signed",
                hint="Use a signed scheme where the vendor has one.",
                where=system.place_of("spec", "inbound", "webhook", "scheme"),
            )
