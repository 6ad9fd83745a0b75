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
from interlock.estate.kinds import Declared

_LOOPBACK: Final = ("http://127.0.0.1", "http://localhost", "http://[::1]")


@check("SEC006", severity=Severity.ERROR, title="A URL without encryption")
def unencrypted_url(inspection: Inspection) -> Iterator[Complaint]:
    estate = inspection.estate
    called: list[tuple[Declared, str]] = [
        (each, each.spec.url) for each in estate.systems.values()
    ]
    called += [(each, each.spec.url) for each in estate.subscriptions.values()]
    for declared, url in called:
        if url.startswith("http://") and not url.startswith(_LOOPBACK):
            yield Complaint(
                subject=of(declared, "url"),
                what=f"`{declared.name}` is called without encryption",
                hint="Use https.",
                where=declared.place_of("spec", "url"),
            )
