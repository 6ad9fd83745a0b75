"""SEC003: the vendor is closing this way of logging in.

Bad: ``auth: {scheme: oauth2-password, ...}`` with Salesforce.

Good: a scheme that stays open, such as ``oauth2-client-credentials``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("SEC003", severity=Severity.ERROR, title="An auth scheme that the vendor is closing")
def closing_scheme(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        able = inspection.estate.capability_of(system.name)
        why = able.closing_auth_schemes.get(system.spec.auth.scheme) if able else None
        if able is not None and why is not None:
            open_ = sorted(able.auth_schemes - able.closing_auth_schemes.keys())
            yield Complaint(
                subject=of(system, "auth", "scheme"),
                what=f"`{system.name}` logs in with `{system.spec.auth.scheme}`: {why}",
                hint=f"Open are: {', '.join(open_)}.",
                where=system.place_of("spec", "auth", "scheme"),
            )
