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
from interlock.estate.estate import Estate
from interlock.estate.kinds import Declared


@check("SEC001", severity=Severity.ERROR, title="A credential in plain text")
def credential_in_plain_text(inspection: Inspection) -> Iterator[Complaint]:
    for declared, place, value in _secrets(inspection.estate):
        if not value.startswith("secret:"):
            yield Complaint(
                subject=of(declared, *place),
                what=f"the {place[-1]} of `{declared.name}` stands in plain text",
                hint=f'Write `{place[-1]}: "secret:{declared.name}"`, and change the secret: '
                "it has been seen.",
                where=declared.place_of("spec", *place),
            )


def _secrets(estate: Estate) -> Iterator[tuple[Declared, tuple[str, ...], str]]:
    for system in estate.systems.values():
        yield system, ("auth", "credential"), system.spec.auth.credential
        webhook = system.spec.inbound.webhook if system.spec.inbound else None
        if webhook is not None and webhook.secret is not None:
            yield system, ("inbound", "webhook", "secret"), webhook.secret
    for subscription in estate.subscriptions.values():
        yield subscription, ("secret",), subscription.spec.secret
