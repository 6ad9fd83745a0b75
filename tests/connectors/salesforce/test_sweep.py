"""What polls by SystemModstamp miss, the replication calls tell (F11, F20)."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed, Event, Kind

BEGUN = "2026-01-01T10:00:00.000Z"
DATE = {"Date": "Thu, 01 Jan 2026 10:06:10 GMT"}
LOST = "0015g00000LaTeREAV"


class Replicating:
    """An org whose quick poll finds nothing new, and which knows more when it is asked well."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self.deleted: list[dict[str, str]] = []
        self.covered = "2026-01-01T10:06:00.000+0000"
        self.records: dict[str, dict[str, object]] = {}
        self.most = 1_000_000
        self.refusal: httpx2.Response | None = None

    def answer(self, request: httpx2.Request) -> httpx2.Response | None:
        path, asked = request.url.path, request.url.params
        if path.endswith(("/updated", "/deleted")):
            return self._replicated(path, asked)
        if path.endswith("/queryAll"):
            found = [row for ref, row in self.records.items() if f"'{ref}'" in asked["q"]]
            return httpx2.Response(200, json={"done": True, "records": found}, headers=DATE)
        return None

    def _replicated(self, path: str, asked: Mapping[str, str]) -> httpx2.Response:
        if self.refusal is not None:
            return self.refusal
        covered = min(self.covered, asked["end"])
        if path.endswith("/deleted"):
            body = {"deletedRecords": self.deleted, "latestDateCovered": covered}
            return httpx2.Response(200, json=body)
        whole = asked["start"].startswith("2026-01-01T10:00:00") and "10:06" in asked["end"]
        ids = self.changed if whole else self.changed[: self.most]
        return httpx2.Response(200, json={"ids": ids, "latestDateCovered": covered})


@pytest.fixture
def vendor(org: Any) -> Replicating:
    found = Replicating()
    org.first = found.answer
    return found


def asked(org: Any) -> list[str]:
    """Return what was asked, less the login and the fields."""
    paths = [request.url.path.rpartition("/")[2] for request in org.requests]
    return [path for path in paths if path not in {"token", "describe"}]


def polled(org: Any, cursor: str, times: int) -> tuple[list[Event], str, list[str]]:
    """Poll some times; return the events, the last cursor and the gaps."""
    connector, events, gaps = org.open(), list[Event](), list[str]()
    for _ in range(times):
        page = connector.changes("Account", cursor)
        events += page.events
        gaps += [page.gap] if page.gap else []
        cursor = page.cursor
    return events, cursor, gaps


def late(ref: str = LOST) -> dict[str, object]:
    return {"Id": ref, "Name": "Late", "SystemModstamp": "2026-01-01T09:59:00.000+0000"}


def test_what_was_committed_behind_the_cursor_is_found_by_the_sweep(
    org: Any, vendor: Replicating
) -> None:
    vendor.changed, vendor.records = [LOST], {LOST: late()}
    events, _, _ = polled(org, BEGUN, 2)

    assert [(event.type, event.ref) for event in events] == [("Account.changed", LOST)]


def test_a_poll_of_a_quiet_object_is_one_request_and_a_sweep_is_two_of_them(
    org: Any, vendor: Replicating
) -> None:
    polled(org, BEGUN, 4)

    assert asked(org) == ["queryAll", "updated", "deleted", "queryAll"]


def test_the_next_sweep_begins_where_the_vendor_was_complete_and_not_at_the_end(
    org: Any, vendor: Replicating
) -> None:
    vendor.covered = "2026-01-01T10:02:00.000+0000"  # a transaction is still open
    _, cursor, _ = polled(org, BEGUN, 3)

    assert cursor.split("|")[3] == "2026-01-01T10:02:00.000Z"
    asked = [request.url.params for request in org.requests]
    spans = [each["start"] for each in asked if "start" in each]
    assert spans == ["2026-01-01T10:00:00+00:00"] * 2


def test_what_is_not_even_in_the_recycle_bin_is_told_as_deleted(
    org: Any, vendor: Replicating
) -> None:
    moment = "2026-01-01T10:03:00.000+0000"
    vendor.deleted = [{"id": LOST, "deletedDate": moment}, {"id": "001x", "deletedDate": moment}]
    vendor.records = {"001x": {**late("001x"), "IsDeleted": True, "MasterRecordId": "001w"}}
    events, _, _ = polled(org, BEGUN, 3)

    assert [(event.type, event.ref) for event in events] == [
        ("Account.merged", "001x"),
        ("Account.deleted", LOST),
    ]
    assert events[1].body == {"Id": LOST, "IsDeleted": True}


def test_a_span_with_very_many_records_is_halved(org: Any, vendor: Replicating) -> None:
    vendor.changed, vendor.most = [f"001{n:015}" for n in range(1_200)], 7
    vendor.records = {ref: late(ref) for ref in vendor.changed}
    events, cursor, _ = polled(org, BEGUN, 2)

    assert len(events) == 7
    assert "2026-01-01T10:03:00" in cursor


def test_what_is_older_than_the_vendor_remembers_is_a_gap_and_the_sweep_goes_on(
    org: Any, vendor: Replicating
) -> None:
    events, cursor, gaps = polled(org, "2025-11-01T10:00:00.000Z", 3)

    assert events == []
    [gap] = gaps
    assert gap.startswith("Salesforce no longer says what was deleted since 2025-11-01T10:00:00")
    assert gap.endswith("it is known again from 2025-12-18T10:06:00.000Z on")
    assert cursor.split("|")[3] >= "2025-12-18"


def test_a_recycle_bin_that_was_emptied_early_is_a_gap_too(org: Any, vendor: Replicating) -> None:
    polled_once, cursor, _ = polled(org, BEGUN, 2)
    vendor.refusal = httpx2.Response(
        400, json=[{"errorCode": "INVALID_REPLICATION_DATE", "message": "start"}]
    )
    events, cursor, gaps = polled(org, cursor, 1)

    assert polled_once == events == []
    assert len(gaps) == 1
    assert cursor.split("|")[3] == "2026-01-01T10:06:00.000Z"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"ids": "001"}',
        b'{"ids": [{}], "latestDateCovered": "2026-01-01T10:06:00Z"}',
        b'{"ids": [""], "latestDateCovered": "2026-01-01T10:06:00Z"}',
        b'{"ids": ["001"]}',
        b'{"ids": ["001"], "latestDateCovered": "soon"}',
    ],
)
def test_an_answer_that_does_not_say_how_far_it_is_complete_is_malformed(
    org: Any, vendor: Replicating, body: bytes
) -> None:
    _, cursor, _ = polled(org, BEGUN, 1)
    vendor.refusal = httpx2.Response(200, content=body)
    with pytest.raises(CallFailed) as caught:
        polled(org, cursor, 1)
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_sweeps_can_be_switched_off(org: Any, vendor: Replicating) -> None:
    org.options = {"sweep": "0"}
    polled(org, BEGUN, 4)

    assert asked(org) == ["queryAll"] * 4
