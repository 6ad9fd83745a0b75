from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.connectors.port import DeliveryRefused

ORGANISATION = "00D5g0000012345EAA"
PATH = {":path-secret": "hard-to-guess"}
SECRETS = ["older-secret", "hard-to-guess"]


def notification(number: str = "04l5g00000AbCdEAAV", fields: str = "") -> str:
    return (
        f'<Notification><Id>{number}</Id><sObject xsi:type="sf:Opportunity">'
        f"<sf:Id>0065g00000AbCdEAAV</sf:Id>{fields}</sObject></Notification>"
    )


def message(
    inside: str | None = None, organisation: str = ORGANISATION, prolog: str = ""
) -> bytes:
    inside = notification() if inside is None else inside
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound"'
        ' xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<OrganizationId>{organisation}</OrganizationId><ActionId>04k</ActionId>{inside}"
        "</notifications></soapenv:Body></soapenv:Envelope>"
    ).encode()


def status(org: Any, body: bytes, headers: dict[str, str] | None = None) -> int:
    with pytest.raises(DeliveryRefused) as caught:
        list(org.open().event(PATH if headers is None else headers, body, SECRETS))
    return caught.value.status


def test_each_notification_is_an_event_with_the_vendors_id_and_time(org: Any) -> None:
    stamp = "<sf:SystemModstamp>2026-01-01T09:59:00.000Z</sf:SystemModstamp>"
    body = message(notification(fields=stamp) + notification("04l5g00000ZzZzZAAV"))
    first, second = org.open().event(PATH, body, SECRETS)
    assert (first.id, first.type) == ("04l5g00000AbCdEAAV", "Opportunity.changed")
    assert (first.object, first.ref) == ("Opportunity", "0065g00000AbCdEAAV")
    assert first.at == datetime(2026, 1, 1, 9, 59, tzinfo=UTC)
    assert second.id == "04l5g00000ZzZzZAAV"
    assert second.at == org.clock.now()
    assert first.body == {}


def test_an_organisation_may_be_named_with_or_without_its_check_characters(org: Any) -> None:
    assert list(org.open().event(PATH, message(organisation=ORGANISATION[:15]), SECRETS))


@pytest.mark.parametrize("headers", [{}, {":path-secret": ""}, {":path-secret": "guess"}])
def test_an_unknown_path_is_refused_before_anything_is_read(
    org: Any, headers: dict[str, str]
) -> None:
    assert status(org, b"<not xml", headers) == 401


def test_another_organisation_is_refused(org: Any) -> None:
    assert status(org, message(organisation="00D9z0000099999EAA")) == 401


def test_without_a_declared_organisation_everything_is_refused(org: Any) -> None:
    org.options = {}
    assert status(org, message()) == 401
    assert status(org, message(organisation="")) == 401


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY c SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<x/>",
        b"\xff\xfe",
        message(prolog=BOMB),
        message(""),
        message(notification() * 101),
        message("<Notification><Id>04l</Id></Notification>"),
        message('<Notification><Id>04l</Id><sObject xsi:type="sf:X"/></Notification>'),
        message(notification(number="04l|evil")),
        b'<?xml version="1.0" encoding="no-such"?><x/>',
        message()[:200],
    ],
    ids=range(12),
)
def test_what_is_no_message_is_refused_with_400(org: Any, body: bytes) -> None:
    assert status(org, body) == 400


def test_a_message_that_is_too_long_is_refused(org: Any) -> None:
    assert status(org, b" " * 2_000_000 + message()) == 413


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_worse(org: Any, body: bytes) -> None:
    assert status(org, body) == 400


def test_the_acknowledgement_is_the_one_that_ends_repetition(org: Any) -> None:
    ack = org.open().capabilities.acknowledgement
    assert "<Ack>true</Ack>" in ack
    assert "http://soap.sforce.com/2005/09/outbound" in ack
