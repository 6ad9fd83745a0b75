import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.catalogue import open_connector
from interlock.connectors.odoo.census import MOST_RANGES, PAGE, Census, census_of, ranges_of
from interlock.connectors.port import CallFailed, Connection, Connector, Event
from interlock.foundation.clock import SystemClock, from_iso
from interlock.foundation.errors import UsageError
from interlock.testing.vendors import running

BEGUN = "2026-01-01T09:00:00+00:00"
SECOND = "2026-01-01 09:30:00"


@pytest.fixture
def uncounted(server: Any) -> Any:
    server.options["census"] = "0"
    return server


def test_an_idle_poll_costs_one_request(server: Any, vendor: Any) -> None:
    counted = f"{BEGUN}#2026-01-01T09:59:00+00:00~1-5,7"
    server.on("account.move/search_read", vendor["rows"]())
    page = server.open().changes("invoice", counted)
    assert (page.events, page.more) == ([], False)
    assert len(server.requests) == 1
    # Their clock, less the overlap; and who was there when they were counted last.
    assert page.cursor == "2026-01-01T09:59:35+00:00#2026-01-01T09:59:00+00:00~1-5,7"


def test_a_walk_begins_at_their_clock_with_a_count_of_who_is_there(
    server: Any, vendor: Any
) -> None:
    server.on("res.partner/search_read", vendor["rows"]())
    server.on("res.partner/search", httpx2.Response(200, json=[1, 2, 3, 7]))
    begun = server.open().changes("partner", None)
    now = "2026-01-01T10:00:05+00:00"
    assert (begun.events, begun.cursor) == ((), f"{now}#{now}~1-3,7")
    assert server.sent("res.partner/search")[0]["context"]["active_test"] is False


def test_a_full_page_that_ends_amid_a_second_goes_on_within_it_by_id(
    uncounted: Any, vendor: Any
) -> None:
    server = uncounted
    many = [vendor["partner"](id=number, write_date=SECOND) for number in range(1, 201)]
    rest = [vendor["partner"](id=number, write_date=SECOND) for number in range(201, 204)]
    server.on(
        "res.partner/search_read",
        vendor["rows"](*many),
        vendor["rows"](*many),
        vendor["rows"](*rest),
        vendor["rows"](),
    )
    connector = server.open()
    pages = [connector.changes("partner", BEGUN)]
    while pages[-1].more:
        pages.append(connector.changes("partner", pages[-1].cursor))
    assert {event.ref for page in pages for event in page.events} == set(map(str, range(1, 204)))
    asked = server.sent("res.partner/search_read")
    assert [each["order"] for each in asked] == ["write_date,id", "id", "id", "write_date,id"]
    within = [["write_date", ">=", SECOND], ["write_date", "<", "2026-01-01 09:30:01"]]
    assert asked[1]["domain"] == [*within, ["id", ">", 0]]
    assert asked[2]["domain"] == [*within, ["id", ">", 200]]
    assert asked[3]["domain"] == [["write_date", ">=", "2026-01-01 09:30:01"]]
    assert pages[-1].cursor == "2026-01-01T09:59:35+00:00"


def test_two_changes_within_one_second_are_two_events(uncounted: Any, vendor: Any) -> None:
    server = uncounted
    first, second = vendor["partner"](name="A"), vendor["partner"](name="B")
    server.on("res.partner/search_read", vendor["rows"](first), vendor["rows"](second))
    connector = server.open()
    one, other = (connector.changes("partner", BEGUN).events[0] for _ in range(2))
    assert (one.ref, one.at) == (other.ref, other.at)
    assert one.id != other.id


@contextmanager
def books() -> Iterator[tuple[Connector, httpx2.Client]]:
    """Run an Odoo, and let a person work in it by hand beside the connector."""
    with running("odoo", "--latency-ms", "0") as url, httpx2.HTTPTransport() as transport:
        connection = Connection(
            system="books",
            url=url,
            credential={"api_key": "a-key-of-somebody"},
            scheme="api-key",
            timeout=timedelta(seconds=60),
            options={"census": "0.001"},
        )
        headers = {"Authorization": "bearer a-key-of-a-person"}
        with httpx2.Client(base_url=url, headers=headers, trust_env=False) as person:
            yield (
                open_connector(connection, SystemClock(), name="odoo", transport=transport),
                person,
            )


def until_their_next_second(person: httpx2.Client) -> None:
    """Wait until their Date, by which counts are due, is another one: a busy server's lags."""
    first = person.get("/_sandbox/health").headers["Date"]
    while person.get("/_sandbox/health").headers["Date"] == first:
        time.sleep(0.05)


def events_since(connector: Connector, cursor: str) -> list[Event]:
    page = connector.changes("partner", cursor)
    return list(page.events)


def test_what_a_person_archives_is_noticed_and_can_still_be_found() -> None:
    with books() as (connector, person):
        made = person.post("/_sandbox/seed", json={"res.partner": [{"name": "A", "ref": "001"}]})
        ref = made.json()["res.partner"][0]
        begun = connector.changes("partner", None).cursor
        person.post("/json/2/res.partner/action_archive", json={"ids": [ref]})
        last = events_since(connector, begun)[-1]
        assert (last.ref, last.type) == (str(ref), "partner.changed")
        assert last.body["active"] is False
        found = connector.find("partner", "ref", "001")
        assert found is not None
        assert found.body["active"] is False


def test_what_a_person_deletes_is_told_once_and_is_not_there_any_more() -> None:
    with books() as (connector, person):
        seeded = [{"name": "A", "ref": "001"}, {"name": "B", "ref": "002"}]
        made = person.post("/_sandbox/seed", json={"res.partner": seeded})
        ref, kept = made.json()["res.partner"]
        begun = connector.changes("partner", None).cursor
        person.post("/json/2/res.partner/unlink", json={"ids": [ref]})
        until_their_next_second(person)
        page = connector.changes("partner", begun)
        told = [event for event in page.events if event.type == "partner.deleted"]
        assert [(event.ref, event.id, event.body) for event in told] == [
            (str(ref), f"{ref}:deleted", {})
        ]
        later = connector.changes("partner", page.cursor).events
        assert not [event for event in later if event.type == "partner.deleted"]
        assert connector.read("partner", str(ref)) is None
        assert connector.find("partner", "ref", "001") is None
        assert connector.read("partner", str(kept)) is not None


COUNTED = f"{BEGUN}#2026-01-01T09:00:00+00:00~1-3"


def test_a_record_that_is_hidden_from_us_is_not_called_deleted(server: Any, vendor: Any) -> None:
    server.on("res.partner/search_read", vendor["rows"]())
    server.on("res.partner/search", httpx2.Response(200, json=[1, 3, 4]))
    denied = vendor["raised"]("odoo.exceptions.AccessError", "You are not allowed to", 403)
    server.on("res.partner/read", denied)
    page = server.open().changes("partner", COUNTED)
    assert page.events == []
    # It is asked for again next time: 2 stays in the count.
    assert page.cursor.endswith("~1-4")


def test_more_than_the_id_is_read_because_odoo_shows_the_id_of_what_is_gone(
    server: Any, vendor: Any
) -> None:
    server.on("res.partner/search_read", vendor["rows"]())
    server.on("res.partner/search", httpx2.Response(200, json=[1, 3]))
    server.on("res.partner/read", vendor["rows"]())
    page = server.open().changes("partner", COUNTED)
    assert [(event.ref, event.type) for event in page.events] == [("2", "partner.deleted")]
    (sent,) = server.sent("res.partner/read")
    assert (sent["ids"], sent["fields"]) == ([2], ["write_date"])


def test_a_record_that_is_another_object_by_now_is_not_called_deleted(
    server: Any, vendor: Any
) -> None:
    server.on("account.move/search_read", vendor["rows"]())
    server.on("account.move/search", httpx2.Response(200, json=[1, 3]))
    server.on("account.move/read", vendor["rows"]({"id": 2}))
    assert server.open().changes("invoice", COUNTED).events == []


def test_ids_that_go_round_in_a_circle_are_no_count(server: Any, vendor: Any) -> None:
    server.on("res.partner/search_read", vendor["rows"]())
    server.on("res.partner/search", httpx2.Response(200, json=list(range(1, PAGE + 1))))
    with pytest.raises(CallFailed, match="circle"):
        server.open().changes("partner", COUNTED)
    assert len(server.sent("res.partner/search")) == 2


@pytest.mark.parametrize("said", [["1"], [0], {"ids": []}, [True], "x"])
def test_a_count_that_makes_no_sense_calls_nothing_deleted(
    server: Any, vendor: Any, said: Any
) -> None:
    server.on("res.partner/search_read", vendor["rows"]())
    server.on("res.partner/search", httpx2.Response(200, json=said))
    with pytest.raises(CallFailed):
        server.open().changes("partner", COUNTED)


@pytest.mark.parametrize("cursor", [f"{BEGUN}#x", f"{BEGUN}#{BEGUN}~1-x", f"{BEGUN}#{BEGUN}~x"])
def test_a_count_that_we_did_not_write_is_wrong_use(server: Any, cursor: str) -> None:
    with pytest.raises(UsageError):
        server.open().changes("partner", cursor)


@given(st.sets(st.integers(1, 400)), st.sets(st.integers(1, 400)))
def test_what_is_missing_is_what_was_there_and_is_not(before: set[int], after: set[int]) -> None:
    census = Census(at=from_iso(BEGUN), ranges=ranges_of(before))
    read = census_of(census.text())
    assert read is not None
    assert (read.at, list(read.ranges)) == (census.at, list(census.ranges))
    assert census.missing(ranges_of(after)) == sorted(before - after)


def test_of_a_table_full_of_holes_the_newest_records_are_watched() -> None:
    ranges = ranges_of(range(0, 4 * MOST_RANGES, 2))
    assert len(ranges) == MOST_RANGES
    assert ranges[-1][0] == 4 * MOST_RANGES - 2
    assert len(Census(at=from_iso(BEGUN), ranges=ranges).text()) < 64_000
