"""A source that falls silent is a case, and closes it by being heard again."""

from datetime import timedelta

from interlock.audit import trail
from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Case
from interlock.connectors.port import Event
from interlock.estate.capability import Guarantee
from interlock.foundation.queries import load_schema
from interlock.intake.inbox import Inbox, Via
from interlock.intake.silence import Watch
from tests.flow.conftest import MakeWorld, World

SOURCE = 'connector: class-b, url: x, auth: {scheme: api-key, credential: "secret:x"}'
POLLED = {SOURCE: SOURCE + ", inbound: {poll: 1m, silence: 1h}"}
DELIVERED = {
    SOURCE: SOURCE + ', inbound: {webhook: {scheme: stripe, secret: "secret:h"}, '
    "poll: 1m, silence: 1h}"
}


def _arrives(here: World, number: int, via: Via) -> None:
    event = Event(
        id=f"e{number}",
        type="other.changed",
        object="other",
        ref="x",
        body={},
        at=here.clock.now(),
    )
    Inbox(here.shop.store, here.shop.archive, here.clock).take("source", event, via)


def _after(here: World, minutes: int) -> list[str]:
    here.clock.sleep(timedelta(minutes=minutes))
    watch = Watch(database=here.database, actor="worker-1")
    return watch.look(here.estate, here.clock.now())


def _cases(here: World) -> list[Case]:
    here.database.create(load_schema("interlock.cases"))
    cases.collect(here.database)
    with here.database.transaction() as connection:
        return case_store.queue(connection)


def test_silence_counts_from_when_it_is_first_watched(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=POLLED)

    assert _after(here, 600) == []
    assert _after(here, 59) == []
    assert _after(here, 2) == ["source"]


def test_a_silent_source_is_one_case_of_its_owner_until_it_is_heard(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=POLLED)
    _after(here, 0)
    for _ in range(3):
        assert _after(here, 61) == ["source"]
    (case,) = _cases(here)
    assert (case.cause, case.system, case.owner, case.times) == (
        "silence",
        "source",
        "group:ops",
        1,
    )

    _arrives(here, 1, Via.POLL)
    assert _after(here, 0) == []
    assert _cases(here) == []
    told = [entry.action for entry in trail.read(here.database, "source:source")]
    assert told == ["source.silent", "source.heard"]


def test_a_webhook_that_is_silent_is_told_though_the_poll_behind_it_finds_everything(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.KEY, edits=DELIVERED)
    _after(here, 0)
    for number in range(3):
        here.clock.sleep(timedelta(minutes=25))
        _arrives(here, number, Via.POLL)

    assert _after(here, 0) == ["source"]
    (case,) = _cases(here)
    assert "the poll found 3 that it missed" in case.message


def test_a_delivery_keeps_a_webhook_from_being_silent(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=DELIVERED)
    _after(here, 0)
    here.clock.sleep(timedelta(minutes=50))
    _arrives(here, 1, Via.DELIVERY)

    assert _after(here, 50) == []
    assert _after(here, 20) == ["source"]


def test_a_source_of_which_no_silence_is_declared_may_be_silent(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    _after(here, 0)

    assert _after(here, 100_000) == []


def test_where_a_line_is_declared_only_what_it_tells_ends_the_silence(world: MakeWorld) -> None:
    told = ", inbound: {changes: pubsub, poll: 1m, silence: 1h}"
    here = world(Guarantee.KEY, edits={SOURCE: SOURCE + told})
    _after(here, 0)
    here.clock.sleep(timedelta(minutes=50))
    _arrives(here, 1, Via.POLL)
    assert _after(here, 20) == ["source"]
    (case,) = _cases(here)
    assert case.message.startswith("no change event since")
    assert case.message.endswith("and the poll found 1 that it missed")

    _arrives(here, 2, Via.STREAM)
    assert _after(here, 0) == []
