"""SEC004: the connector does not know this way of logging in.

Bad: ``connector: stripe`` with ``auth: {scheme: basic, ...}``.

Good: ``auth: {scheme: api-key, ...}``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.expression.errors import did_you_mean


@check("SEC004", severity=Severity.ERROR, title="An auth scheme that the connector does not know")
def unknown_scheme(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        able = inspection.estate.capability_of(system.name)
        if able is None:
            continue
        scheme = system.spec.auth.scheme
        known = able.auth_schemes | able.closing_auth_schemes.keys()
        if scheme not in known:
            yield Complaint(
                subject=of(system, "auth", "scheme"),
                what=(
                    f"`{able.connector}` does not know the scheme `{scheme}`"
                    f"{did_you_mean(scheme, known)}"
                ),
                hint=f"It knows: {', '.join(sorted(able.auth_schemes))}.",
                where=system.place_of("spec", "auth", "scheme"),
            )
