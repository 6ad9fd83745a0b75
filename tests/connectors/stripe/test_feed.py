from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed
from interlock.foundation.errors import UsageError

NOW = 1767261605
PAST = "Thu, 01 Jan 2026 10:00:05 GMT"


def event(number: int, at: int, kind: str = "invoice.paid") -> dict[str, Any]:
    about = {"id": f"in_{number}", "object": "invoice"}
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": kind,
        "created": at,
        "data": {"object": about},
    }


def test_a_feed_begins_now_by_the_vendors_clock(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/events", vendor["page"](event(1, NOW - 5)))
    account.clock.advance_to(account.clock.now().replace(year=2027))
    begun = account.open().changes("invoice", None)
    assert (begun.events, begun.cursor, begun.more) == ((), str(NOW), False)


def test_a_window_is_read_to_its_end_and_told_oldest_first(account: Any, vendor: Any) -> None:
    newer = vendor["page"](event(4, NOW), event(3, NOW - 1), more=True)
    older = vendor["page"](event(2, NOW - 2), event(1, NOW - 3))
    account.on("GET", "/v1/events", newer, older)
    page = account.open().changes("invoice", str(NOW - 60))
    assert [found.id for found in page.events] == ["evt_1", "evt_2", "evt_3", "evt_4"]
    assert page.cursor == str(NOW - 10)
    assert not page.more
    first, second = account.requests
    assert first.url.params["created[gte]"] == str(NOW - 60)
    assert "invoice.paid" in first.url.params.get_list("types[]")
    assert second.url.params["starting_after"] == "evt_3"


def test_the_cursor_never_goes_back(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/events", vendor["page"]())
    page = account.open().changes("invoice", str(NOW - 3))
    assert int(page.cursor) >= NOW - 3


def test_what_is_long_ago_is_read_by_windows_that_come_to_an_end(
    account: Any, vendor: Any
) -> None:
    account.on("GET", "/v1/events", vendor["page"]())
    connector, cursor, windows = account.open(), str(NOW - 5 * 3600), 0
    while True:
        page = connector.changes("invoice", cursor)
        windows += 1
        assert int(page.cursor) > int(cursor) or not page.more
        cursor = page.cursor
        if not page.more:
            break
    assert windows == 6
    assert cursor == str(NOW - 10)


def test_a_cursor_older_than_the_vendors_memory_is_not_stepped_over(
    account: Any, vendor: Any
) -> None:
    account.on("GET", "/v1/events", vendor["page"]())
    with pytest.raises(CallFailed) as caught:
        account.open().changes("invoice", str(NOW - 31 * 86400))
    assert caught.value.outcome.code == "events-forgotten"


def test_events_of_other_kinds_are_left_out(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/events", vendor["page"](event(1, NOW, "charge.succeeded")))
    assert not account.open().changes("invoice", str(NOW - 60)).events


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 20, "\uff11\uff12"])
def test_a_cursor_that_is_none_is_wrong_use(account: Any, cursor: str) -> None:
    with pytest.raises(UsageError):
        account.open().changes("invoice", cursor)


def test_an_object_without_events_is_wrong_use(account: Any) -> None:
    with pytest.raises(UsageError):
        account.open().changes("charge", None)


@pytest.mark.parametrize("broken", [{"id": "evt_1"}, 7, "x"])
def test_an_event_without_its_parts_is_malformed(account: Any, vendor: Any, broken: Any) -> None:
    account.on("GET", "/v1/events", vendor["page"](broken))
    with pytest.raises(CallFailed):
        account.open().changes("invoice", str(NOW - 60))


def test_without_the_vendors_clock_there_is_no_cursor(account: Any) -> None:
    body = {"object": "list", "data": [], "has_more": False}
    account.on("GET", "/v1/events", httpx2.Response(200, json=body))
    with pytest.raises(CallFailed):
        account.open().changes("invoice", None)
