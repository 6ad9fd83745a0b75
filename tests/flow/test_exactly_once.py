"""The promise about money: never a second document, never a lost order, whatever happens."""

import json

import pytest

from interlock.audit import trail
from interlock.estate.capability import Guarantee
from interlock.flow import commands
from tests.flow.conftest import MakeWorld

CLASSES = [Guarantee.KEY, Guarantee.REFERENCE, Guarantee.NOTHING]
ROUGH = {
    "response_lost": 0.15,
    "late_apply": 0.15,
    "request_lost": 0.1,
    "locked": 0.05,
    "quota": 0.05,
}


@pytest.mark.parametrize("guarantee", CLASSES)
@pytest.mark.parametrize("seed", range(12))
def test_rough_weather_and_kills_never_make_a_second_document(
    world: MakeWorld, guarantee: Guarantee, seed: int
) -> None:
    here = world(guarantee, seed, ROUGH)
    for number in range(12):
        here.sell(f"order-{number}")

    played = here.play(kill_rate=0.06)
    here.let_vendors_finish()

    for system in ("first", "books"):
        ledger = here.vendors[system].ledger
        for number in range(12):
            assert len(ledger.live(f"order-{number}")) <= 1
    states = here.states()
    assert len(states) == 12
    assert set(states.values()) <= {"completed", "parked"}
    assert sum(state == "completed" for state in states.values()) >= 9
    for key, state in states.items():
        if state == "completed":
            assert len(here.vendors["books"].ledger.live(key)) == 1
    assert played.kills > 0


def test_a_late_application_is_waited_out_before_a_class_c_write_is_repeated(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.NOTHING, 1, {"late_apply": 1.0})
    here.sell("order-1")

    here.play(hours=0.002)
    here.vendors["first"].rates.clear()
    here.vendors["books"].rates.clear()
    here.play()

    assert here.states() == {"order-1": "completed"}
    assert len(here.vendors["first"].ledger.rows) == 1


def test_a_business_rejection_before_the_pivot_is_taken_back(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE)
    here.vendors["books"].rates["refused"] = 1.0
    here.sell("order-1")

    here.play()

    assert here.states() == {"order-1": "compensated"}
    assert here.vendors["first"].ledger.live("order-1") == []


def test_a_step_whose_answer_was_lost_is_taken_back_too(world: MakeWorld) -> None:
    here = world(Guarantee.NOTHING, 3)
    here.vendors["first"].rates["response_lost"] = 1.0
    here.vendors["books"].rates["refused"] = 1.0
    here.sell("order-1")
    here.play(hours=0.001)
    here.vendors["first"].rates.clear()

    here.play()

    assert here.states() == {"order-1": "compensated"}
    assert here.vendors["first"].ledger.live("order-1") == []
    assert len(here.vendors["first"].ledger.rows) == 1


def test_a_failed_requirement_becomes_a_question_and_an_answer_reads_the_source_again(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE)
    here.sell("order-1", amount="0")
    here.play()
    assert here.states() == {"order-1": "parked"}

    here.vendors["source"].ledger.rows[0]["amount"] = "12.50"
    (run,) = trail.find(here.database, "order-1")
    commands.answer(
        here.database,
        run,
        answer="retry",
        by="ana",
        reason="mended",
        correction=None,
        clock=here.clock,
    )
    here.play()

    assert here.states() == {"order-1": "completed"}
    assert here.vendors["books"].ledger.live("order-1")[0]["amount"] == 12.5


def test_replaying_a_finished_run_changes_nothing_outside(world: MakeWorld) -> None:
    here = world(Guarantee.NOTHING)
    here.sell("order-1")
    here.play()
    before = json.dumps(here.vendors["books"].ledger.rows, default=str)

    (run,) = trail.find(here.database, "order-1")
    commands.replay(here.database, run, by="ana", reason="drill", clock=here.clock)
    here.play()

    assert here.states() == {"order-1": "completed"}
    assert json.dumps(here.vendors["books"].ledger.rows, default=str) == before


def test_the_same_event_twice_starts_one_run(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE)

    here.sell("order-1")
    here.sell("order-1")
    here.play()

    assert list(here.states()) == ["order-1"]
    assert len(here.shop.store.of_integration("bill")) == 1


def test_the_intent_of_every_write_is_on_record_before_its_outcome(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, 5, ROUGH)
    for number in range(6):
        here.sell(f"order-{number}")
    here.play(kill_rate=0.05)

    for number in range(6):
        (run,) = trail.find(here.database, f"order-{number}")
        open_: set[str] = set()
        for entry in trail.read(here.database, run):
            step = str(entry.data.get("step"))
            if entry.action == "step.intended":
                open_.add(step)
            elif entry.action == "step.done" and entry.data["operation"] == "document.create":
                assert step in open_


def test_the_same_seed_tells_the_same_story(world: MakeWorld) -> None:
    stories = []
    for _ in range(2):
        here = world(Guarantee.NOTHING, 11, ROUGH)
        for number in range(8):
            here.sell(f"order-{number}")
        played = here.play(kill_rate=0.02)
        stories.append((played.turns, played.kills, here.states(), here.clock.now()))

    assert stories[0] == stories[1]
