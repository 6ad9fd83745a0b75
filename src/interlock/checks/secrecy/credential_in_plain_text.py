"""SEC001: a credential stands in the estate.

The estate is in version control, in pull requests and in every backup. Secrets are names here;
their values live in the environment or in a vault.

Bad: ``credential: sk_live_51H...``

Good: ``credential: "secret:billing"``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("SEC001", severity=Severity.ERROR, title="A credential in plain text")
def credential_in_plain_text(inspection: Inspection) -> Iterator[Complaint]:
    for system in inspection.estate.systems.values():
        places: list[tuple[str, ...]] = [("auth", "credential")]
        values = [system.spec.auth.credential]
        if system.spec.inbound is not None and system.spec.inbound.webhook is not None:
            places.append(("inbound", "webhook", "secret"))
            values.append(system.spec.inbound.webhook.secret)
        for place, value in zip(places, values, strict=True):
            if not value.startswith("secret:"):
                yield Complaint(
                    subject=of(system, *place),
                    what=f"the {place[-1]} of `{system.name}` stands in plain text",
                    hint=f'Write `{place[-1]}: "secret:{system.name}"`, and change the secret: '
                    "it has been seen.",
                    where=system.place_of("spec", *place),
                )
