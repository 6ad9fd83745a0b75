"""The envelope: what goes in comes out, and what is no event is refused."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.foundation.cloudevents import CloudEvent, NotAnEventError, read_cloud_event

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
EVENT = CloudEvent(
    id="e1",
    source="urn:interlock:bill",
    type="com.example.invoice.posted.v1",
    time=AT,
    subject="order-1",
    correlationid="run_1",
    causationid="evt_9",
    partitionkey="order-1",
    data={"total": "10.00"},
)

_words = st.text(min_size=1, max_size=20)
_data = st.dictionaries(_words, st.one_of(_words, st.integers(), st.booleans(), st.none()))


@given(
    identity=_words,
    source=_words,
    subject=st.text(max_size=20),
    data=_data,
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1)),  # noqa: DTZ001 (hypothesis wants it bare)
)
def test_what_is_written_is_read_again(
    identity: str, source: str, subject: str, data: dict[str, object], at: datetime
) -> None:
    event = CloudEvent(id=identity, source=source, type="t", subject=subject, data=data, time=at)

    assert read_cloud_event(event.to_json()) == event


def test_the_attributes_are_those_of_the_specification() -> None:
    body = json.loads(EVENT.to_json())

    assert body == {
        "specversion": "1.0",
        "id": "e1",
        "source": "urn:interlock:bill",
        "type": "com.example.invoice.posted.v1",
        "datacontenttype": "application/json",
        "time": "2026-11-24T08:30:00.000000Z",
        "subject": "order-1",
        "correlationid": "run_1",
        "causationid": "evt_9",
        "partitionkey": "order-1",
        "data": {"total": "10.00"},
    }


def test_money_days_and_durations_travel_as_text() -> None:
    data = {
        "total": Decimal("10.10"),
        "day": date(2026, 11, 24),
        "lines": [{"net": Decimal("0.10"), "term": timedelta(hours=1, milliseconds=500)}],
    }
    body = json.loads(CloudEvent(id="1", source="s", type="t", data=data).to_json())

    assert body["data"] == {
        "total": "10.10",
        "day": "2026-11-24",
        "lines": [{"net": "0.10", "term": "PT3600.5S"}],
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"source": None}, "source"),
        ({"type": None}, "type"),
        ({"time": "yesterday"}, "time"),
        ({"data": [1]}, "data"),
        ({"subject": {}}, "subject"),
        ({"traceParent": "x"}, "traceParent"),
        ({"nested": {"a": 1}}, "nested"),
        ({"a" * 21: "x"}, "attribute name"),
    ],
)
def test_what_is_no_event_is_refused_by_name(changes: dict[str, object], wrong: str) -> None:
    body = {**json.loads(EVENT.to_json()), **changes}

    with pytest.raises(NotAnEventError, match=wrong):
        read_cloud_event(json.dumps(body))


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnEventError):
        read_cloud_event(content)
