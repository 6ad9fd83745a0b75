"""CON001: an integration uses a version of an interface that its vendor has given up.

It still works. The date on which it stops is known, and it is not yours to choose.

Bad: ``deprecation: {date: 2026-01-01, sunset: 2027-01-01}`` on a contract that is written to.

Good: the successor's version.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CON001", severity=Severity.WARNING, title="A deprecated contract version")
def deprecated_contract(inspection: Inspection) -> Iterator[Complaint]:
    today = inspection.now.date()
    for contract in inspection.estate.contracts.values():
        given_up = contract.spec.deprecation
        late = given_up is not None and given_up.date <= today
        if not late and contract.spec.lifecycle != "deprecated":
            continue
        end = f"; it ends on {given_up.sunset}" if given_up else ""
        successor = given_up.successor if given_up else None
        yield Complaint(
            subject=of(contract),
            what=f"`{contract.spec.system}` version `{contract.spec.version}` is deprecated{end}",
            hint=f"Move to `{successor}`." if successor else "Move to a supported version.",
            where=contract.place_of("spec", "deprecation"),
        )
