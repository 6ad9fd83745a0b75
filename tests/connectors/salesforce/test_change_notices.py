"""What a change event says, and what of it is believed."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import fastavro
import pytest

from interlock.connectors.salesforce.pubsub import messages
from interlock.connectors.salesforce.pubsub.messages import UnreadableMessageError
from interlock.connectors.salesforce.pubsub.notices import (
    Form,
    UnreadableEventError,
    changed,
    form_of,
    is_ours,
    notice_of,
)

TEXT = ["null", "string"]
ADDRESS = {
    "type": "record",
    "name": "Address",
    "fields": [{"name": n, "type": TEXT} for n in "ABC"],
}
TEXTS = {"type": "array", "items": "string"}
HEADER = {
    "type": "record",
    "name": "ChangeEventHeader",
    "fields": [
        {"name": "entityName", "type": "string"},
        {"name": "recordIds", "type": TEXTS},
        {"name": "changeType", "type": "string"},
        {"name": "changeOrigin", "type": "string"},
        {"name": "transactionKey", "type": "string"},
        {"name": "commitTimestamp", "type": "long"},
        {"name": "changedFields", "type": TEXTS},
    ],
}
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "AccountChangeEvent",
    "fields": [
        {"name": "ChangeEventHeader", "type": HEADER},
        {"name": "Name", "type": TEXT},
        {"name": "BillingAddress", "type": ["null", ADDRESS]},
        {"name": "Payment_Hold__c", "type": ["null", "boolean"]},
        {"name": "LastModifiedDate", "type": ["null", "long"]},
    ],
}
REF = "0015g00000AbCdEAAV"
AT = 1_767_261_600_000


def form(**instead: object) -> Form:
    return form_of(json.dumps({**SCHEMA, **instead}))


def payload(**header: object) -> bytes:
    given = {
        "entityName": "Account",
        "recordIds": [REF],
        "changeType": "UPDATE",
        "changeOrigin": "",
        "transactionKey": "0002343d-9d90-e395-ed20-cf416ba652ad",
        "commitTimestamp": AT,
        "changedFields": ["0x12"],
        **header,
    }
    into = io.BytesIO()
    event = {"ChangeEventHeader": given, "Name": None, "BillingAddress": None}
    fastavro.schemaless_writer(into, fastavro.parse_schema(SCHEMA), event)
    return into.getvalue()


def test_a_change_names_its_records_its_fields_and_its_time() -> None:
    notice = notice_of(form(), payload(changedFields=["0x1A", "2-0x05"]), "interlock")
    assert (notice.object, notice.refs, notice.deleted) == ("Account", (REF,), False)
    assert notice.at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert notice.fields == {
        "Name",
        "Payment_Hold__c",
        "BillingAddress",
        "BillingAddress.A",
        "BillingAddress.C",
    }
    assert "Name" in notice.known
    assert "ChangeEventHeader" not in notice.known


@pytest.mark.parametrize(
    "kind", ["CREATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "NEW_KIND"]
)
def test_only_an_update_says_which_fields_changed(kind: str) -> None:
    notice = notice_of(form(), payload(changeType=kind), "interlock")
    assert notice.fields == frozenset()
    assert notice.refs == (REF,)
    assert notice.deleted is ("DELETE" in kind and "UN" not in kind)
    assert not notice.gap


def test_records_that_changed_alike_come_in_one_notice_each_once() -> None:
    other = REF.replace("AbC", "ZzZ")
    notice = notice_of(form(), payload(recordIds=[REF, other, REF]), "interlock")
    assert notice.refs == (REF, other)


def test_an_overflow_names_nobody_and_is_left_to_the_poll() -> None:
    ref = "000000000000000AAA"
    overflow = payload(changeType="GAP_OVERFLOW", recordIds=[ref], changedFields=[])
    notice = notice_of(form(), overflow, "interlock")
    assert (notice.refs, notice.gap) == ((), "")


def test_a_wildcard_for_records_is_a_question_for_people() -> None:
    notice = notice_of(form(), payload(recordIds=["001*"]), "interlock")
    assert notice.refs == ()
    assert "001*" in notice.gap
    assert "0002343d-9d90" in notice.gap


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("com/salesforce/api/rest/62.0;client=interlock", True),
        ("com/salesforce/api/rest/62.0;client=interlock/", True),
        ("com/salesforce/api/rest/62.0;client=interlocked", False),
        ("com/salesforce/api/soap/58.0;client=Astro", False),
        ("com/salesforce/api/rest/62.0", False),
        ("interlock", False),
        ("", False),
    ],
)
def test_only_our_own_client_is_ours(origin: str, *, ours: bool) -> None:
    assert is_ours(origin, "interlock") is ours
    assert not is_ours(origin, "")
    assert notice_of(form(), payload(changeOrigin=origin), "interlock").ours is ours


@pytest.mark.parametrize(
    "told",
    [["0xFFFF"], ["junk"], ["12"], ["0x"], ["9-0x01"], ["-0x01"], ["1-0x01"], ["x-0x01"]],
)
def test_bitmaps_that_do_not_fit_the_schema_are_not_guessed_at(told: list[str]) -> None:
    with pytest.raises(UnreadableEventError):
        list(changed(form(), told))


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\xff" * 20,
        payload()[:-3][:20],
        payload(entityName="Account WHERE"),
        payload(commitTimestamp=9_000_000_000_000_000),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(hostile: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        notice_of(form(), hostile, "interlock")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '"string"',
        "{}",
        json.dumps({**SCHEMA, "fields": SCHEMA["fields"][1:]}),
        json.dumps({**SCHEMA, "fields": [*SCHEMA["fields"], {"name": "X", "type": "nothing"}]}),
        "[" * 100_000,
        "x" * (1024 * 1024 + 1),
    ],
)
def test_a_schema_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UnreadableEventError):
        form_of(text)


@pytest.mark.parametrize(
    "items",
    [
        "null",
        {"type": "record", "name": "E", "fields": []},
        {"type": "fixed", "name": "F", "size": 0},
    ],
)
def test_a_schema_whose_small_events_fill_the_memory_is_refused(items: object) -> None:
    bomb = {"name": "Bomb", "type": {"type": "array", "items": items}}
    with pytest.raises(UnreadableEventError, match="lists of nothing"):
        form(fields=[*SCHEMA["fields"], bomb])


def test_bytes_that_are_no_message_are_refused() -> None:
    for read in (messages.topic, messages.schema_json, messages.fetched):
        with pytest.raises(UnreadableMessageError):
            read(b"\xff\xff\xff")
