"""SEC001: a credential stands in the estate.

The estate is in version control, in pull requests and in every backup. Secrets are names here;
their values live in the environment or in a vault.

Bad: ``credential: sk_live_51H...``

Good: ``credential: "secret:billing"``, or any other place: ``env:``, ``file:``, ``keyring:``,
``vault:``; or one for each field, ``credential: {api_key: "vault:apps/billing#key"}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.estate import Estate
from interlock.estate.kinds import Declared, System
from interlock.foundation.secrets.reference import is_reference


@check("SEC001", severity=Severity.ERROR, title="A credential in plain text")
def credential_in_plain_text(inspection: Inspection) -> Iterator[Complaint]:
    for declared, place, value in _secrets(inspection.estate):
        if not is_reference(value):
            yield Complaint(
                subject=of(declared, *place),
                what=f"the {place[-1]} of `{declared.name}` stands in plain text",
                hint=f'Write `{place[-1]}: "secret:{declared.name}"`, and change the secret: '
                "it has been seen.",
                where=declared.place_of("spec", *place),
            )


def _secrets(estate: Estate) -> Iterator[tuple[Declared, tuple[str, ...], str]]:
    for system in estate.systems.values():
        yield from _of_system(system)
    for subscription in estate.subscriptions.values():
        yield subscription, ("secret",), subscription.spec.secret
    for api in estate.apis.values():
        yield api, ("callers",), api.spec.callers


def _of_system(system: System) -> Iterator[tuple[Declared, tuple[str, ...], str]]:
    given = system.spec.auth.credential
    if isinstance(given, str):
        yield system, ("auth", "credential"), given
    else:
        for name, value in given.items():
            yield system, ("auth", "credential", name), value
    webhook = system.spec.inbound.webhook if system.spec.inbound else None
    if webhook is not None and webhook.secret is not None:
        yield system, ("inbound", "webhook", "secret"), webhook.secret
    if system.spec.outbound.proxy is not None and "@" in system.spec.outbound.proxy:
        yield system, ("outbound", "proxy"), system.spec.outbound.proxy
