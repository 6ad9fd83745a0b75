"""What changes between the first question and the first answer is read, or asked about."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from interlock.audit import trail
from interlock.connectors.catalogue import open_connector
from interlock.connectors.kit import cursor, position
from interlock.connectors.odoo import feed as odoo
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connection,
    Event,
    Kind,
    Outcome,
    Verdict,
)
from interlock.connectors.salesforce import cursor as salesforce
from interlock.connectors.stripe import feed as stripe
from interlock.estate.capability import Guarantee
from interlock.foundation.clock import Clock, SystemClock
from interlock.gate.door import Gate
from interlock.gate.permit import NotNow
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller
from interlock.testing.vendors import LOOPBACK, running
from tests.flow.conftest import MakeWorld, World

DOWN = Outcome(verdict=Verdict.RETRYABLE, kind=Kind.LOCKED, message="down for maintenance")
BY = timedelta(minutes=7)


@dataclass
class Late:
    """A feed by its own clock that does not answer at first; its cursors are seconds."""

    clock: Clock
    rewinds: bool = True
    down: bool = True
    takes: timedelta = timedelta()
    changed: list[Event] = field(default_factory=list)

    def change(self, ref: str) -> None:
        """Let somebody change a record."""
        now = self.clock.now()
        self.changed.append(
            Event(id=ref, type="changed", object="document", ref=ref, body={}, at=now)
        )

    def changes(
        self, system: str, obj: str, cursor: str | None, criticality: str
    ) -> Changes | NotNow:
        if self.down:
            raise CallFailed(DOWN)
        self.clock.sleep(self.takes)
        now = str(self.clock.now().timestamp())
        since = datetime.fromtimestamp(float(cursor or now), UTC)
        return Changes(events=[e for e in self.changed if e.at >= since], cursor=now)

    def earlier(self, system: str, cursor: str, by: timedelta) -> str | None:
        return str(float(cursor) - by.total_seconds()) if self.rewinds else None


def _poller(here: World, feed: Any) -> Poller:
    inbox = Inbox(here.shop.store, here.shop.archive, here.clock)
    return Poller(here.database, inbox, feed, here.clock)


def _asked(here: World) -> list[str]:
    stored = trail.read(here.database, "gap:source:document")
    return [str(each.data["message"]) for each in stored]


@pytest.mark.parametrize("seconds", [3, 59, 3_600])
def test_what_changed_while_a_source_did_not_answer_for_the_first_time_is_read(
    world: MakeWorld, seconds: int
) -> None:
    here = world(Guarantee.KEY)
    feed = Late(here.clock)
    feed.change("before anybody asked")
    here.clock.sleep(timedelta(seconds=5))
    with pytest.raises(CallFailed):
        _poller(here, feed).poll("source", "document", "low")
    here.clock.sleep(timedelta(seconds=1))
    feed.change("while it was down")
    here.clock.sleep(timedelta(seconds=seconds))
    feed.down = False

    poller = _poller(here, feed)  # another process: what was asked is stored
    found = [poller.poll("source", "document", "low").found for _ in range(3)]

    assert found == [0, 1, 0]
    assert _asked(here) == []


def test_what_changed_while_the_first_answer_was_under_way_is_read(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    feed = Late(here.clock, down=False, takes=timedelta(seconds=20))
    feed.changed.append(
        Event(
            id="meanwhile",
            type="changed",
            object="document",
            ref="meanwhile",
            body={},
            at=here.clock.now() + timedelta(seconds=10),
        )
    )
    poller = _poller(here, feed)

    assert [poller.poll("source", "document", "low").found for _ in range(2)] == [0, 1]


def test_a_first_answer_at_once_means_from_now_on(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    feed = Late(here.clock, down=False)
    feed.change("before anybody asked")
    here.clock.sleep(timedelta(seconds=5))
    poller = _poller(here, feed)

    assert [poller.poll("source", "document", "low").found for _ in range(2)] == [0, 0]


def test_a_source_that_cannot_tell_what_was_is_a_question_however_short_it_was_silent(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.KEY)
    feed = Late(here.clock, rewinds=False)
    poller = _poller(here, feed)
    with pytest.raises(CallFailed):
        poller.poll("source", "document", "low")
    here.clock.sleep(timedelta(seconds=3))
    feed.down = False

    poller.poll("source", "document", "low")
    poller.poll("source", "document", "low")

    (said,) = _asked(here)
    assert "the first poll was answered only now" in said


NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begun", "earlier"),
    [
        (stripe.earlier(str(int(NOON.timestamp())), BY), str(int((NOON - BY).timestamp()))),
        (
            salesforce.earlier(salesforce.Cursor(since=NOON, covered=NOON).text(), BY),
            salesforce.Cursor(since=NOON - BY, covered=NOON - BY).text(),
        ),
        (
            cursor.earlier(cursor.Cursor(since=NOON).text(), BY, "NetSuite"),
            cursor.Cursor(since=NOON - BY).text(),
        ),
        (
            position.earlier(position.Position(since=NOON).text(), BY, "sql"),
            position.Position(since=NOON - BY).text(),
        ),
        (
            odoo.earlier(position.Position(since=NOON).text(), BY),
            position.Position(since=NOON - BY).text(),
        ),
    ],
    ids=["stripe", "salesforce", "netsuite and tryton", "rest and sql", "odoo"],
)
def test_a_cursor_stands_earlier_by_the_vendors_own_clock(begun: str, earlier: str) -> None:
    assert begun == earlier


def test_what_a_vendor_forgot_since_cannot_be_asked_for() -> None:
    assert stripe.earlier(str(int(NOON.timestamp())), timedelta(days=31)) is None
    assert salesforce.earlier(salesforce.Cursor(since=NOON).text(), timedelta(days=16)) is None


@pytest.fixture
def billing() -> Iterator[tuple[str, Any]]:
    """A vendor of its own for every test, and the window to it."""
    with running("stripe", "--latency-ms", "0") as url:
        connector: Any = open_connector(
            Connection(
                system="source",
                url=url,
                credential={"api_key": "sk_test_first_poll_0123456789"},
                scheme="api-key",
                timeout=timedelta(seconds=30),
                outbound=LOOPBACK,
            ),
            SystemClock(),
            name="stripe",
        )
        yield url, connector
        connector.close()


def test_a_simulated_stripe_that_was_away_at_first_tells_what_happened_meanwhile(
    world: MakeWorld, billing: tuple[str, Any]
) -> None:
    here = world(Guarantee.KEY)
    clock = SystemClock()  # the vendor lives in real time
    url, connector = billing
    windows = {"source": Window(connector=connector, bound=timedelta(seconds=5))}
    gate = Gate(windows, clock, limits={}, report=lambda _system, _turn: None)
    store = here.shop.store

    class Away:
        """The gate, before the vendor answers."""

        earlier = gate.earlier

        def changes(self, *_: object) -> Changes | NotNow:
            raise CallFailed(DOWN)

    inbox = Inbox(store, here.shop.archive, clock)
    with pytest.raises(CallFailed):
        Poller(here.database, inbox, Away(), clock).poll("source", "customer", "low")
    headers = {"Authorization": "Bearer sk_test_first_poll_0123456789"}
    made = httpx2.post(f"{url}/v1/customers", headers=headers, data={"name": "Meanwhile"})

    poller = Poller(here.database, inbox, gate, clock)
    found = [poller.poll("source", "customer", "low").found for _ in range(2)]

    assert made.status_code == 200
    assert found == [0, 1]
