"""CON002: an interface stops within the time that a change takes.

After its sunset the vendor answers with errors (RFC 8594). A quarter is what a migration with
tests and a freeze takes.

Bad: ``sunset`` is less than ninety days away, or has passed.

Good: migrate before, and remove the contract.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of

HORIZON: Final = timedelta(days=90)


@check("CON002", severity=Severity.ERROR, title="A contract version that ends soon")
def sunset_near(inspection: Inspection) -> Iterator[Complaint]:
    today = inspection.now.date()
    for contract in inspection.estate.contracts.values():
        given_up = contract.spec.deprecation
        if given_up is None or given_up.sunset - today > HORIZON:
            continue
        ended = "ended" if given_up.sunset <= today else "ends"
        yield Complaint(
            subject=of(contract, "sunset"),
            what=(
                f"version `{contract.spec.version}` of `{contract.spec.system}` {ended} on "
                f"{given_up.sunset}"
            ),
            hint="Migrate now; a release freeze may take the last weeks.",
            where=contract.place_of("spec", "deprecation", "sunset"),
        )
