"""What a run tells the world is written with its history: once, whatever happens (F22)."""

import pytest

from interlock.estate.capability import Guarantee
from interlock.foundation.cloudevents import CloudEvent, read_cloud_event
from interlock.foundation.queries import query
from tests.flow.conftest import MakeWorld, World

PROOF = "  proof:\n"
TELL = """    - id: told
      emit:
        event: com.example.billed.v1
        data: {order: order.id, total: order.amount, currency: order.currency}
    - id: told-again
      emit: {event: com.example.done.v1}
"""
EMITTING = {PROOF: TELL + PROOF}
OUTBOX = query("outbox", "SELECT * FROM outbox ORDER BY rank")


def _emitted(here: World) -> list[CloudEvent]:
    with here.database.transaction() as connection:
        return [read_cloud_event(str(row["body"])) for row in connection.rows(OUTBOX, {})]


def test_an_emitted_event_says_what_which_run_and_what_caused_it(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EMITTING)
    here.tell("order-1", amount="10.00")
    here.play()

    first, second = _emitted(here)
    run = first.correlationid
    assert run.startswith("run_")
    assert first.type == "com.example.billed.v1"
    assert first.data == {"order": "order-1", "total": "10.00", "currency": "EUR"}
    assert (first.source, first.subject) == ("urn:interlock:bill", "order-1")
    assert first.causationid == "event-1"
    assert first.partitionkey == "order-1"
    assert second.correlationid == run
    assert first.id != second.id


@pytest.mark.parametrize("seed", range(10))
def test_however_often_workers_die_each_event_is_in_the_outbox_once(
    world: MakeWorld, seed: int
) -> None:
    rates = {"response_lost": 0.2, "locked": 0.2}
    here = world(Guarantee.KEY, seed=seed, rates=rates, edits=EMITTING)
    keys = [f"order-{number}" for number in range(5)]
    for key in keys:
        here.tell(key)
    here.play(kill_rate=0.2)

    found = [(event.subject, event.type) for event in _emitted(here)]
    wanted = ("com.example.billed.v1", "com.example.done.v1")
    assert sorted(found) == sorted((key, type_) for key in keys for type_ in wanted)
    for key in keys:
        assert [type_ for subject, type_ in found if subject == key] == list(wanted)


def test_the_identity_of_an_event_is_that_of_its_run_and_step(world: MakeWorld) -> None:
    ids = []
    for seed in (1, 2):
        here = world(Guarantee.KEY, seed=seed, edits=EMITTING)
        here.tell("order-1")
        here.play()
        ids.append([event.id for event in _emitted(here)])

    assert ids[0] == ids[1]


def test_a_run_that_fails_before_it_tells_has_told_nothing(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EMITTING)
    here.tell("order-1", amount="0")
    here.play()

    assert here.states() == {"order-1": "parked"}
    assert _emitted(here) == []
