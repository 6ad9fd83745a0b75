"""SEC007: a credential is never changed.

Bad: ``auth`` without ``rotate``.

Good: ``rotate: 90d``; `doctor` then says when it is due.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("SEC007", severity=Severity.WARNING, title="A credential for ever")
def credential_for_ever(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        if system.spec.auth.rotate is None and system.spec.lifecycle == "production":
            yield Complaint(
                subject=of(system, "auth", "rotate"),
                what=f"the credential of `{system.name}` is never changed",
                hint="Add `rotate: 90d` to its `auth`.",
                where=system.place_of("spec", "auth"),
            )
