"""What a line tells is stored with its position, and nothing else moves the position."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from interlock.audit import trail
from interlock.connectors.port import CallFailed, Event, Kind, Outcome, Verdict
from interlock.connectors.stream import EARLIEST, Notice, Notices, PositionLostError
from interlock.estate.capability import Guarantee
from interlock.foundation.database import Row
from interlock.foundation.queries import query
from interlock.gate.permit import NotNow
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller
from interlock.intake.posts import Post, heard, posts
from interlock.intake.stream import Hearing
from tests.flow.conftest import START, MakeWorld, World

SOURCE = 'connector: class-b, url: x, auth: {scheme: api-key, credential: "secret:x"}'
TOLD = {SOURCE: SOURCE + ", inbound: {changes: pubsub, poll: 10s, overlap: 1m}"}
INBOX = query("inbox", "SELECT ref, via FROM inbox ORDER BY ref")
POST = Post(system="source", object="document", criticality="low")
DOWN = CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="down"))
Said = Notices | Exception


def notices(position: str, *refs: str, gap: str = "") -> Notices:
    told = Notice(object="document", refs=refs, deleted=False, at=START, gap=gap)
    return Notices(notices=(told,), position=position)


@dataclass
class Line:
    """One open line that says what it is told to say, then ends."""

    says: Sequence[Said]
    closed: bool = False

    def __iter__(self) -> Iterator[Notices]:
        for each in self.says:
            if isinstance(each, Exception):
                raise each
            yield each

    def close(self) -> None:
        self.closed = True


@dataclass
class System:
    """Stands for the gate: one script of lines, and records that can be read, or not now."""

    lines: list[Sequence[Said]]
    answers: list[NotNow | Exception] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    opened: list[Line] = field(default_factory=list)

    def stream(self, system: str, obj: str, position: str | None) -> Line:
        self.asked.append(position)
        line = Line(self.lines.pop(0) if self.lines else ())
        self.opened.append(line)
        return line

    def told(
        self, system: str, told: Sequence[Notice], criticality: str
    ) -> Sequence[Event] | NotNow:
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return [
            Event(
                id=f"{ref}:1",
                type="document.changed",
                object="document",
                ref=ref,
                body={},
                at=START,
            )
            for notice in told
            for ref in notice.refs
        ]


class Hinted(Poller):
    """A poller that counts how often it was told to look."""

    hints = 0

    def hint(self, system: str) -> None:
        self.hints += 1
        super().hint(system)


@dataclass
class Here:
    """An installation that hears one line."""

    world: World
    system: System
    hearing: Hearing
    poller: Hinted

    def stored(self) -> list[Row]:
        with self.world.database.transaction() as connection:
            return list(connection.rows(INBOX, {}))

    def position(self) -> str | None:
        found = heard(self.world.database, POST)
        return None if found is None else found[0]

    def gaps(self) -> int:
        return len(list(trail.read(self.world.database, "gap:source:document")))


Make = Callable[..., Here]


@pytest.fixture
def here(world: MakeWorld) -> Make:
    def make(*lines: Sequence[Said]) -> Here:
        found = world(Guarantee.KEY, edits=TOLD)
        shop, clock = found.shop, found.clock
        inbox = Inbox(shop.store, shop.archive, clock)
        system = System(list(lines))
        poller = Hinted(found.database, inbox, shop.gate, clock)
        house = (found.database, shop.archive)
        return Here(found, system, Hearing(house, inbox, system, poller, clock), poller)

    return make


def test_what_is_polled_of_a_system_with_a_line_is_heard(here: Make) -> None:
    found = posts(here().world.estate)
    assert [(post.system, post.object) for post in found] == [("source", "document")]


def test_the_first_time_it_is_heard_from_now_on_and_then_behind_what_is_stored(
    here: Make,
) -> None:
    it = here([notices("p1", "a"), notices("p2", "b")], [notices("p3", "b", "c")])
    it.hearing.hear(POST)
    it.hearing.hear(POST)
    assert it.system.asked == [None, "p2"]
    assert [(row["ref"], row["via"]) for row in it.stored()] == [
        ("a", "stream"),
        ("b", "stream"),
        ("c", "stream"),
    ]
    assert it.position() == "p3"


def test_what_changed_before_the_first_word_of_a_line_is_looked_for_once_it_spoke(
    here: Make,
) -> None:
    it = here([DOWN], [Notices(notices=(), position="p1"), notices("p2", "a")], [notices("p3")])
    with pytest.raises(CallFailed):
        it.hearing.hear(POST)
    assert it.poller.hints == 0
    it.hearing.hear(POST)
    assert it.poller.hints == 1
    it.hearing.hear(POST)
    assert it.poller.hints == 2  # a notice that names no record is looked for by the poll


def test_a_position_moves_only_when_what_it_stands_behind_is_stored(here: Make) -> None:
    it = here([notices("p1", "a"), notices("p2", "b")], [notices("p2", "b")])
    it.system.answers = [DOWN]
    with pytest.raises(CallFailed):
        it.hearing.hear(POST)
    assert (it.position(), it.stored()) == (None, [])

    it.hearing.hear(POST)
    assert (it.position(), len(it.stored())) == ("p2", 1)


def test_when_the_gate_says_not_now_it_is_asked_again_before_anything_moves(here: Make) -> None:
    it = here([notices("p1", "a")])
    until = it.world.clock.now() + timedelta(milliseconds=60)
    it.system.answers = [NotNow(until=until, reason="the quota is used up")]
    it.hearing.hear(POST)
    assert (it.position(), len(it.stored())) == ("p1", 1)


def test_who_is_told_to_stop_stores_nothing_half(here: Make) -> None:
    it = here([notices("p1", "a")])
    it.hearing.stop()
    it.hearing.hear(POST)
    it.hearing.keep(POST)
    assert (it.position(), it.stored()) == (None, [])


def test_very_many_records_of_one_notice_are_stored_in_parts_and_then_the_position(
    here: Make,
) -> None:
    it = here([notices("p1", *(f"r{n:03}" for n in range(601)))])
    it.hearing.hear(POST)
    assert (it.position(), len(it.stored())) == ("p1", 601)


def test_a_sign_of_life_moves_the_position_and_an_empty_one_does_not(here: Make) -> None:
    it = here([Notices(notices=(), position="p7")], [Notices(notices=(), position="")])
    it.hearing.hear(POST)
    it.hearing.hear(POST)
    assert it.position() == "p7"


def test_a_notice_that_cannot_be_read_is_a_gap_and_holds_nothing_up(here: Make) -> None:
    it = here([notices("p1", gap="an event that cannot be read"), notices("p2", "a")])
    it.hearing.hear(POST)
    assert (it.gaps(), it.position(), len(it.stored())) == (1, "p2", 1)


def test_a_lost_position_is_asked_about_once_and_everything_kept_is_told(here: Make) -> None:
    lost = PositionLostError("corrupted")
    it = here([notices("p1", "a")], [lost], [lost], [notices("p9", "a", "b")])
    for _ in range(4):
        it.hearing.hear(POST)
    assert it.system.asked == [None, "p1", EARLIEST, EARLIEST]
    assert (it.gaps(), it.position(), len(it.stored())) == (1, "p9", 2)


def test_every_line_is_closed_whatever_became_of_it(here: Make) -> None:
    it = here([notices("p1", "a")], [DOWN], [PositionLostError("corrupted")])
    it.hearing.hear(POST)
    with pytest.raises(CallFailed):
        it.hearing.hear(POST)
    it.hearing.hear(POST)
    assert [line.closed for line in it.system.opened] == [True, True, True]
