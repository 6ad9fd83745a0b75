"""A poll is a call like every other: the gate's limits and its breaker hold for it too."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from interlock.audit import trail
from interlock.connectors.port import CallFailed, Changes, Event, Kind, Outcome, Verdict
from interlock.estate.capability import Guarantee
from interlock.gate.breaker import Turn
from interlock.gate.door import Gate
from interlock.gate.permit import NotNow
from interlock.gate.quota import Limit
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller, unbegun, watched
from tests.flow.conftest import START, MakeWorld, World
from tests.flow.vendor import Vendor

SOURCE = 'connector: class-b, url: x, auth: {scheme: api-key, credential: "secret:x"}'
POLLED = {SOURCE: SOURCE + ", inbound: {poll: 10s, overlap: 1m}"}
DOWN = Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="down")
REFUSED = Outcome(verdict=Verdict.BLOCKED, kind=Kind.AUTH, message="the key was revoked")


class Moody(Vendor):
    """A vendor that counts its polls and refuses them while `refusing` is set."""

    polls = 0
    refusing: Outcome | None = None

    def changes(self, obj: str, cursor: str | None) -> Changes:
        self.polls += 1
        if self.refusing is not None:
            raise CallFailed(self.refusing)
        seen = int(cursor or 0)
        events = [
            Event(
                id=f"{row['id']}",
                type="document.changed",
                object=obj,
                ref=str(row["id"]),
                body=dict(row),
                at=START,
            )
            for row in self.ledger.rows[seen:]
        ]
        return Changes(events=events, cursor=str(seen + len(events)))


@dataclass(slots=True)
class Polling:
    """A poller, the gate that it asks, and what the gate said of the connection."""

    world: World
    vendor: Moody
    gate: Gate
    poller: Poller
    turns: list[Turn] = field(default_factory=list)

    def after(self, seconds: float) -> int:
        """Let time pass and the poller have its turn; return how often it asked so far."""
        self.world.clock.sleep(timedelta(seconds=seconds))
        self.poller.poll_due(self.world.estate)
        return self.vendor.polls


def _polling(make: MakeWorld, **limits: Limit) -> Polling:
    here = make(Guarantee.KEY, edits=POLLED)
    vendor = Moody(Guarantee.REFERENCE, here.clock, here.rng, {})
    here = replace(here, vendors={**here.vendors, "source": vendor})
    turns: list[Turn] = []
    gate = Gate(
        {"source": Window(connector=vendor, bound=timedelta(seconds=5))},
        here.clock,
        limits=limits,
        report=lambda _system, turn: turns.append(turn),
    )
    inbox = Inbox(here.shop.store, here.shop.archive, here.clock)
    return Polling(here, vendor, gate, Poller(here.database, inbox, gate, here.clock), turns)


def test_a_poll_counts_against_the_daily_limit_of_its_system(world: MakeWorld) -> None:
    here = _polling(world, source=Limit(per_day=2))
    assert [here.after(0), here.after(10), here.after(10)] == [1, 2, 2]
    assert "quota" in here.poller.troubles["source"]

    assert here.after(24 * 3600) == 3
    assert here.poller.troubles == {}


def test_a_refused_poll_loses_nothing_and_the_next_one_goes_on_from_there(
    world: MakeWorld,
) -> None:
    here = _polling(world, source=Limit(per_day=1))
    here.after(0)
    row = {"id": "o-1", "key": "o-1", "reversed": False, "amount": "10.00", "currency": "EUR"}
    here.vendor.ledger.rows.append(row)
    here.after(10)
    assert here.world.states() == {}

    here.after(24 * 3600)
    assert list(here.world.states()) == ["o-1"]


def test_a_refused_credential_breaks_the_connection_once_for_all_who_poll(
    world: MakeWorld,
) -> None:
    here = _polling(world)
    here.vendor.refusing = REFUSED
    for _ in range(4):
        here.after(30)
    here.after(1)
    assert [turn.message for turn in here.turns if turn.broken] == ["the key was revoked"]
    asked = here.vendor.polls
    assert isinstance(here.gate.changes("source", "document", None, "low"), NotNow)
    assert here.vendor.polls == asked


def test_a_poll_that_is_answered_heals_the_connection(world: MakeWorld) -> None:
    here = _polling(world)
    here.vendor.refusing = REFUSED
    here.after(0)
    here.vendor.refusing = None
    here.after(120)
    assert [turn.broken for turn in here.turns] == [True, False]
    assert here.poller.troubles == {}


def test_a_source_whose_first_answer_comes_late_is_a_question_about_what_was_missed(
    world: MakeWorld,
) -> None:
    here = _polling(world)
    here.vendor.refusing = replace(REFUSED, verdict=Verdict.RETRYABLE, kind=Kind.LOCKED)
    here.after(0)
    here.after(600)
    assert trail.read(here.world.database, "gap:source:document") == []

    here.vendor.refusing = None
    here.after(600)
    here.after(600)
    (asked,) = trail.read(here.world.database, "gap:source:document")
    assert "the first poll was answered only now" in str(asked.data["message"])


def test_a_source_that_answers_at_once_raises_no_question(world: MakeWorld) -> None:
    here = _polling(world)
    here.after(0)
    here.after(600)
    assert trail.read(here.world.database, "gap:source:document") == []


def test_polls_go_by_the_highest_criticality_that_needs_them(world: MakeWorld) -> None:
    here = _polling(world)
    (criticality,) = watched(here.world.estate).values()
    assert criticality == here.world.estate.plans["bill"].criticality


class Long(Vendor):
    """A vendor with one row a page that does not answer for every second page."""

    asked = 0

    def changes(self, obj: str, cursor: str | None) -> Changes:
        self.asked += 1
        if self.asked % 2 == 0:
            raise CallFailed(DOWN)
        return Changes(events=(), cursor=f"{int(cursor or 0) + 1}", more=True)


def test_a_long_walk_goes_on_behind_every_page_that_came(world: MakeWorld) -> None:
    polling = _polling(world)
    vendor = Long(Guarantee.REFERENCE, polling.world.clock, polling.world.rng, {})
    window = Window(connector=vendor, bound=timedelta(seconds=5))
    gate = Gate(
        {"source": window}, polling.world.clock, limits={}, report=lambda _system, _turn: None
    )
    store, archive = polling.world.shop.store, polling.world.shop.archive
    inbox = Inbox(store, archive, polling.world.clock)
    poller = Poller(polling.world.database, inbox, gate, polling.world.clock)

    for _ in range(5):
        poller.poll_due(polling.world.estate)
        assert "down" in poller.troubles["source"]
        polling.world.clock.sleep(timedelta(seconds=1))

    assert vendor.asked == 10


def test_a_source_counts_as_watched_only_when_a_poll_of_it_was_answered(world: MakeWorld) -> None:
    polling = _polling(world)
    database, estate = polling.world.database, polling.world.estate
    assert unbegun(database, estate) == [("source", "document")]
    polling.vendor.refusing = REFUSED

    polling.after(0)
    assert unbegun(database, estate) == [("source", "document")]

    polling.vendor.refusing = None
    polling.after(60)
    assert unbegun(database, estate) == []
