"""The simulated company: its estate in two versions, its systems, and who may write what."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.foundation.errors import InvariantError
from interlock.proving import tongues
from interlock.proving.tongues import Tongue

KEY_WINDOW: Final = timedelta(hours=24)
"""How long billing remembers an idempotency key (F4): Stripe's promise."""
TONGUES: Final[Mapping[str, Tongue]] = {
    "crm": tongues.CRM,
    "billing": tongues.BILLING,
    "erp": tongues.ERP,
    "legacy": tongues.LEGACY,
}
BOOKS: Final[Mapping[str, str]] = {"north": "erp", "south": "legacy"}
"""Legal entity -> the system that keeps its books."""
CURRENCIES: Final[Mapping[str, str]] = {"north": "USD", "south": "JPY"}
MAY_WRITE: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("crm", "deal"): frozenset({"invoice_number", "payment_status"}),
    ("billing", "customer"): frozenset({"name"}),
    ("billing", "subscription"): frozenset({"customer", "amount", "currency"}),
    ("erp", "customer"): frozenset({"name"}),
    ("erp", "invoice"): frozenset({"customer", "entity", "currency", "date", "lines", "total"}),
    ("legacy", "customer"): frozenset({"name"}),
    ("legacy", "invoice"): frozenset({"customer", "entity", "currency", "date", "lines", "total"}),
}
"""What a flow may ever put into an object: written by hand from the company's table of
authorities, so that the oracle does not ask the code that it judges (I4)."""


def capabilities() -> dict[str, Capabilities]:
    """Return what each simulated system can do, class per operation."""
    changed = frozenset({"account.changed", "deal.changed"})
    return {
        "simulated-crm": _can("simulated-crm", _upsert("deal", Effect.UPDATE), events=changed),
        "simulated-billing": _can(
            "simulated-billing",
            _upsert("customer"),
            Capability(
                operation="subscription.create",
                effect=Effect.CREATE,
                guarantee=Guarantee.KEY,
                window=KEY_WINDOW,
            ),
            _reverse("subscription.cancel"),
            events=frozenset({"payment.received"}),
        ),
        "simulated-erp": _can(
            "simulated-erp",
            _upsert("customer"),
            _invoice(Guarantee.REFERENCE),
            _reverse("invoice.credit"),
        ),
        "simulated-legacy": _can(
            "simulated-legacy",
            _upsert("customer"),
            _invoice(Guarantee.NOTHING),
            _reverse("invoice.credit"),
        ),
    }


def _can(name: str, *able: Capability, events: frozenset[str] = frozenset()) -> Capabilities:
    return Capabilities(
        connector=name,
        operations={each.operation: each for each in able},
        auth_schemes=frozenset({"api-key"}),
        events=events,
    )


def _upsert(obj: str, effect: Effect = Effect.UPSERT) -> Capability:
    verb = "update" if effect is Effect.UPDATE else "upsert"
    return Capability(operation=f"{obj}.{verb}", effect=effect, guarantee=Guarantee.REFERENCE)


def _reverse(operation: str) -> Capability:
    obj = operation.partition(".")[0]
    return Capability(
        operation=operation,
        effect=Effect.REVERSE,
        guarantee=Guarantee.REFERENCE,
        reverses=obj,
    )


def _invoice(guarantee: Guarantee) -> Capability:
    return Capability(
        operation="invoice.create", effect=Effect.CREATE, guarantee=guarantee, posts=True
    )


@cache
def estates() -> tuple[Estate, Estate]:
    """Return the company's estate, and the next version of it: more patient with its systems.

    Raises:
        InvariantError: The estate that comes with this release does not read.
    """
    return _read(_text()), _read(_text().replace("limit: 30,", "limit: 32,"))


@cache
def calling() -> Estate:
    """Return the company's estate with every document made by a `call`, not by a `put`.

    Raises:
        InvariantError: The estate that comes with this release does not read.
    """
    text = _text()
    for entity, system in (("subscription", "billing"), ("invoice", "legacy"), ("invoice", "erp")):
        put = re.compile(rf"put:(\s+)entity: {entity}\s+into: {system}\n")
        called = rf"call:\1operation: {system}.{entity}.create\1entity: {entity}\n"
        text, many = put.subn(called, text)
        if many != 1:
            raise InvariantError(f"`{entity}` is put {many} times", hint="This is a defect.")
    return _read(text)


def _text() -> str:
    return files("interlock.proving").joinpath("company.estate.yaml").read_text("utf-8")


def _read(text: str) -> Estate:
    reading = read_texts({"company.estate.yaml": text}, capabilities=capabilities())
    if reading.problems:
        raise InvariantError(
            f"the simulated company does not read: {reading.problems[0].what}",
            hint="This is a defect of this release.",
        )
    return reading.estate
