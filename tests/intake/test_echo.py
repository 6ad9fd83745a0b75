"""An early filter for the echo of our own writes, that hides nothing from anybody."""

from dataclasses import replace
from pathlib import Path

import pytest

from interlock.connectors.stream import Notice
from interlock.estate.reading.load import read_estate
from interlock.foundation.clock import from_iso
from interlock.intake.echo import is_echo, looked_at

ESTATE = read_estate(Path(__file__).parents[2] / "examples" / "quote-to-cash").estate
KNOWN = frozenset({"Id", "Name", "Payment_Hold__c", "Rating", "BillingAddress"})
ECHO = Notice(
    object="Account",
    refs=("0015g00000AbCdEAAV",),
    deleted=False,
    at=from_iso("2026-01-01T10:00:00Z"),
    fields=frozenset({"Payment_Hold__c"}),
    known=KNOWN,
    ours=True,
)
LOOKED_AT = frozenset({"Id", "Name"})


def test_our_own_write_to_what_nobody_looks_at_is_an_echo() -> None:
    assert is_echo(ECHO, LOOKED_AT)


@pytest.mark.parametrize(
    "notice",
    [
        replace(ECHO, ours=False),
        replace(ECHO, fields=frozenset({"Payment_Hold__c", "Name"})),
        replace(ECHO, fields=frozenset({"Name.First"})),
        replace(ECHO, fields=frozenset()),
        replace(ECHO, known=frozenset({"Payment_Hold__c"})),
    ],
    ids=["somebody else", "set off a change", "inside a field", "not told which", "a formula"],
)
def test_what_somebody_may_look_at_is_none(notice: Notice) -> None:
    assert not is_echo(notice, LOOKED_AT)


def test_an_object_that_is_waited_for_has_no_echo() -> None:
    assert not is_echo(ECHO, None)


def test_what_integrations_look_at_is_known_from_the_estate() -> None:
    account = looked_at(ESTATE, "crm", "Account")
    assert account is not None
    assert {"Name", "Id"} <= account
    assert "Payment_Terms__c" not in account  # the books say those, everywhere
    assert looked_at(ESTATE, "billing", "invoice") is None
    assert looked_at(ESTATE, "crm", "Nothing") == frozenset()
