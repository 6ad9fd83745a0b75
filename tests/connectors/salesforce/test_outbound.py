from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.connectors.port import DeliveryRefused

ORGANISATION = "00D5g0000012345EAA"
PATH = {":path-secret": "hard-to-guess"}
SECRETS = ["older-secret", "hard-to-guess"]


OPPORTUNITY = "0065g00000AbCdEAAV"


def rows(*records: object) -> httpx2.Response:
    return httpx2.Response(200, json={"done": True, "records": list(records)})


def won(**extra: object) -> dict[str, object]:
    stamp = "2026-01-01T10:00:00.000+0000"
    return {"Id": OPPORTUNITY, "StageName": "Closed Won", "SystemModstamp": stamp, **extra}


def notification(ref: str = OPPORTUNITY, fields: str = "") -> str:
    return (
        '<Notification><Id>04l5g00000AbCdEAAV</Id><sObject xsi:type="sf:Opportunity">'
        f"<sf:Id>{ref}</sf:Id>{fields}</sObject></Notification>"
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


def test_the_records_that_a_message_names_are_read_back_in_one_query(org: Any) -> None:
    other = OPPORTUNITY.replace("AbC", "ZzZ")
    org.queries = [rows(won(), won(Id=other, Amount=7))]
    first, second = org.open().event(PATH, message(notification() + notification(other)), SECRETS)

    assert (first.type, first.object, first.ref) == (
        "Opportunity.changed",
        "Opportunity",
        OPPORTUNITY,
    )
    assert first.at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert (second.ref, second.body["Amount"]) == (other, 7)
    [soql] = org.asked()
    assert soql.endswith(f"WHERE Id IN ('{OPPORTUNITY}', '{other}')")


def test_what_the_message_itself_says_is_not_believed(org: Any) -> None:
    org.queries = [rows(won(Amount=10))]
    lie = message(notification(fields="<sf:Amount>9999</sf:Amount>"))
    [event] = org.open().event(PATH, lie, SECRETS)
    assert event.body["Amount"] == 10


def test_a_message_and_a_poll_notice_one_change_as_one_event(org: Any) -> None:
    org.queries = [rows(won())]
    [told] = org.open().event(PATH, message(notification() * 7), SECRETS)
    [polled] = org.open().changes("Opportunity", "2026-01-01T09:59:00.000Z").events
    assert told == polled


def test_two_changes_within_a_second_are_two_events_though_they_have_one_stamp(org: Any) -> None:
    ids = set()
    for amount in (1, 2):
        org.queries = [rows(won(Amount=amount))]
        ids |= {event.id for event in org.open().event(PATH, message(), SECRETS)}
    assert len(ids) == 2


def test_what_is_not_there_any_more_has_no_event_and_what_was_deleted_says_so(org: Any) -> None:
    org.queries = [rows()]
    assert list(org.open().event(PATH, message(), SECRETS)) == []
    org.queries = [rows(won(IsDeleted=True))]
    assert [event.type for event in org.open().event(PATH, message(), SECRETS)] == [
        "Opportunity.deleted"
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.Response(503, text="<html>busy"), 503),
        (httpx2.Response(403, json=[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]), 503),
        (httpx2.Response(200, json={"records": 7}), 503),
        (httpx2.Response(400, json=[{"errorCode": "INVALID_TYPE", "message": "no"}]), 422),
    ],
)
def test_a_message_whose_records_cannot_be_read_is_not_acknowledged(
    org: Any, answer: httpx2.Response, expected: int
) -> None:
    org.queries = [answer]
    assert status(org, message()) == expected


def test_an_organisation_may_be_named_with_or_without_its_check_characters(org: Any) -> None:
    org.queries = [rows(won())]
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
        message(notification("' OR Name LIKE '%")),
        message(notification().replace("sf:Opportunity", "sf:X FROM User")),
        b'<?xml version="1.0" encoding="no-such"?><x/>',
        message()[:200],
    ],
    ids=range(13),
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
