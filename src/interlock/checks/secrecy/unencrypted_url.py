"""SEC006: a system is called without encryption.

Bad: ``url: http://erp.example.com``

Good: ``url: https://erp.example.com``, or a setting: ``url: "setting:erp_url"``
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

_LOOPBACK: Final = ("http://127.0.0.1", "http://localhost", "http://[::1]")


@check("SEC006", severity=Severity.ERROR, title="A URL without encryption")
def unencrypted_url(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        url = system.spec.url
        if url.startswith("http://") and not url.startswith(_LOOPBACK):
            yield Complaint(
                subject=of(system, "url"),
                what=f"`{system.name}` is called without encryption",
                hint="Use https.",
                where=system.place_of("spec", "url"),
            )
