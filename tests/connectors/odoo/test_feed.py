from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector, Event
from interlock.foundation.clock import SystemClock
from interlock.testing.vendors import running

BEGUN = "2026-01-01T09:00:00+00:00"
SECOND = "2026-01-01 09:30:00"


def test_an_idle_poll_costs_one_request(server: Any, vendor: Any) -> None:
    server.on("account.move/search_read", vendor["rows"]())
    page = server.open().changes("invoice", BEGUN)
    assert (page.events, page.more) == ([], False)
    assert len(server.requests) == 1
    assert page.cursor == "2026-01-01T09:59:35+00:00"  # their clock, less the overlap


def test_a_walk_begins_at_their_clock(server: Any, vendor: Any) -> None:
    server.on("res.partner/search_read", vendor["rows"]())
    begun = server.open().changes("partner", None)
    assert (begun.events, begun.cursor) == ((), "2026-01-01T10:00:05+00:00")


def test_a_full_page_that_ends_amid_a_second_goes_on_within_it_by_id(
    server: Any, vendor: Any
) -> None:
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


def test_two_changes_within_one_second_are_two_events(server: Any, vendor: Any) -> None:
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
            timeout=timedelta(seconds=10),
        )
        headers = {"Authorization": "bearer a-key-of-a-person"}
        with httpx2.Client(base_url=url, headers=headers, trust_env=False) as person:
            yield (
                open_connector(connection, SystemClock(), name="odoo", transport=transport),
                person,
            )


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


def test_what_a_person_deletes_is_not_there_any_more() -> None:
    with books() as (connector, person):
        made = person.post("/_sandbox/seed", json={"res.partner": [{"name": "A", "ref": "001"}]})
        ref = made.json()["res.partner"][0]
        person.post("/json/2/res.partner/unlink", json={"ids": [ref]})
        assert connector.read("partner", str(ref)) is None
        assert connector.find("partner", "ref", "001") is None
