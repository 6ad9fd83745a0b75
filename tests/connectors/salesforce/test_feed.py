from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed, Changes, Kind
from interlock.foundation.errors import UsageError

MORE = "/services/data/v62.0/query/01g5g00000AbCdE-2000"
ID = "0015g00000AbCdEAAV"


def rows(*records: object, date: str = "", more: str = "") -> httpx2.Response:
    body: dict[str, object] = {"done": not more, "records": list(records)}
    if more:
        body["nextRecordsUrl"] = more
    return httpx2.Response(200, json=body, headers={"Date": date} if date else {})


def row(name: str, second: int, **extra: object) -> dict[str, object]:
    stamp = f"2026-01-01T10:00:{second:02}.123+0000"
    return {"Id": name, "SystemModstamp": stamp, **extra}


def since(page: Changes) -> str:
    """Return from when on the next poll asks."""
    return page.cursor.partition("|")[0]


def test_the_first_poll_begins_now_by_the_vendors_clock(org: Any) -> None:
    org.queries = [rows(row("a", 7), date="Thu, 01 Jan 2026 09:00:00 GMT")]
    begun = org.open().changes("Account", None)
    assert not begun.events
    assert since(begun) == "2026-01-01T10:00:07.123Z"
    org.queries = [rows(date="Thu, 01 Jan 2026 11:00:00 GMT")]
    assert since(org.open().changes("Account", None)) == "2026-01-01T11:00:00.000Z"


def test_the_cursor_is_the_vendors_time_less_the_overlap(org: Any) -> None:
    org.queries = [rows(row("a", 2), date="Thu, 01 Jan 2026 10:00:30 GMT")]
    page = org.open().changes("Account", "2026-01-01T10:00:00.000Z")
    assert since(page) == "2026-01-01T10:00:20.000Z"
    assert "WHERE SystemModstamp >= 2026-01-01T10:00:00.000Z" in org.asked()[0]
    assert org.asked()[0].endswith("ORDER BY SystemModstamp, Id")


def test_the_cursor_never_goes_back(org: Any) -> None:
    org.queries = [rows(date="Thu, 01 Jan 2026 09:00:00 GMT")]
    page = org.open().changes("Account", "2026-01-01T10:00:00.000Z")
    assert since(page) == "2026-01-01T10:00:00.000Z"


def test_without_the_vendors_time_the_newest_record_stands_in(org: Any) -> None:
    org.queries = [rows(row("a", 30))]
    page = org.open().changes("Account", "2026-01-01T10:00:00.000Z")
    assert since(page) == "2026-01-01T10:00:20.123Z"


def test_pages_are_walked_and_the_time_is_that_of_the_first(org: Any) -> None:
    org.queries = [
        rows(row("a", 1), date="Thu, 01 Jan 2026 10:00:30 GMT", more=MORE),
        rows(row("b", 2), date="Thu, 01 Jan 2026 10:59:59 GMT"),
    ]
    connector = org.open()
    first = connector.changes("Account", "2026-01-01T10:00:00.000Z")
    assert first.more
    second = connector.changes("Account", first.cursor)
    assert not second.more
    assert since(second) == "2026-01-01T10:00:20.000Z"
    assert [event.ref for event in [*first.events, *second.events]] == ["a", "b"]


def test_a_walk_whose_pages_are_forgotten_begins_again(org: Any) -> None:
    gone = httpx2.Response(400, json=[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "gone"}])
    org.queries = [rows(row("a", 1), more=MORE), gone, rows(row("a", 1), row("b", 2))]
    connector = org.open()
    first = connector.changes("Account", "2026-01-01T10:00:00.000Z")
    second = connector.changes("Account", first.cursor)
    assert {event.ref for event in second.events} == {"a", "b"}


def test_the_same_change_has_the_same_id_and_a_later_one_another(org: Any) -> None:
    org.queries = [rows(row("a", 1)), rows(row("a", 1)), rows(row("a", 9))]
    connector = org.open()
    ids = [connector.changes("Account", "2026-01-01T10:00:00.000Z").events[0].id for _ in range(3)]
    assert ids[0] == ids[1] != ids[2]


def test_deleted_and_merged_records_are_seen(org: Any) -> None:
    merged = row("b", 2, IsDeleted=True, MasterRecordId=ID)
    org.queries = [rows(row("a", 1, IsDeleted=True), merged, row("c", 3, IsDeleted=False))]
    events = org.open().changes("Account", "2026-01-01T10:00:00.000Z").events
    assert [event.type for event in events] == [
        "Account.deleted",
        "Account.merged",
        "Account.changed",
    ]
    assert events[1].body["MasterRecordId"] == ID
    assert org.requests[-1].url.path.endswith("/queryAll")


@pytest.mark.parametrize("broken", [{"Id": "a"}, {"SystemModstamp": "2026-01-01T10:00:00Z"}])
def test_a_row_without_id_or_time_is_malformed_not_skipped(org: Any, broken: object) -> None:
    org.queries = [rows(broken)]
    with pytest.raises(CallFailed) as caught:
        org.open().changes("Account", "2026-01-01T10:00:00.000Z")
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_an_unfinished_answer_without_a_next_page_is_malformed(org: Any) -> None:
    org.queries = [httpx2.Response(200, json={"done": False, "records": []})]
    with pytest.raises(CallFailed):
        org.open().changes("Account", "2026-01-01T10:00:00.000Z")


@pytest.mark.parametrize(
    "cursor", ["", "yesterday", "2026-01-01T10:00:00Z|x|https://evil.example.com/", "|||"]
)
def test_a_foreign_cursor_is_refused(org: Any, cursor: str) -> None:
    with pytest.raises(UsageError):
        org.open().changes("Account", cursor)


def test_a_vendor_that_does_not_answer_fails_the_poll(org: Any) -> None:
    org.queries = [httpx2.Response(503, text="<html>")]
    with pytest.raises(CallFailed) as caught:
        org.open().changes("Account", "2026-01-01T10:00:00.000Z")
    assert caught.value.outcome.kind is Kind.OUTAGE
