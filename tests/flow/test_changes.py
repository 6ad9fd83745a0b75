"""The source record changes while, or after, its run: withdrawn, amended, carried again (F21)."""

from interlock.audit import trail
from interlock.estate.capability import Guarantee
from tests.flow.conftest import MakeWorld, World

TRIGGER = "  trigger: {system: source, entity: order}\n"
EACH = {TRIGGER: "  trigger: {system: source, entity: order, each: change}\n"}
CHANGE = {
    TRIGGER: TRIGGER + "  change: {cancelWhen: order.stage == 'lost', amendOn: [amount]}\n",
}


def _all_states(here: World) -> list[str]:
    return [state for _, state in here.shop.store.of_integration("bill")]


def _parked_kind(here: World, key: str) -> object:
    runs = trail.find(here.database, key)
    entries = [entry for run in runs for entry in trail.read(here.database, run)]
    return [e.data["kind"] for e in entries if e.action == "run.parked"][-1]


def test_every_change_of_what_is_carried_is_a_run(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EACH)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", amount="20.00")
    here.play()

    assert _all_states(here) == ["completed", "completed"]
    assert [row["amount"] for row in here.vendors["books"].ledger.rows] == [10, 20]


def test_an_echo_that_changes_nothing_carried_writes_nothing(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EACH)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", note="written by ourselves")
    here.play()

    assert _all_states(here) == ["completed", "cancelled"]
    assert len(here.vendors["books"].ledger.rows) == 1


def test_going_back_to_an_earlier_value_is_a_change_too(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EACH)
    for amount in ("10.00", "20.00", "10.00"):
        here.tell("order-1", amount=amount)
        here.play()

    assert [row["amount"] for row in here.vendors["books"].ledger.rows] == [10, 20, 10]


def test_a_change_while_the_run_is_under_way_is_carried_by_the_next(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EACH)
    here.vendors["books"].rates["locked"] = 1.0
    here.tell("order-1", amount="10.00")
    here.play(hours=0.0005)
    assert here.states() == {"order-1": "sleeping"}

    here.tell("order-1", amount="20.00")
    here.tell("order-1", amount="30.00")
    here.vendors["books"].rates.clear()
    here.play()

    assert _all_states(here) == ["completed", "completed"]
    assert [row["amount"] for row in here.vendors["books"].ledger.rows] == [10, 30]


def test_a_change_of_a_parked_run_waits_for_the_answer(world: MakeWorld) -> None:
    here = world(Guarantee.KEY, edits=EACH)
    here.tell("order-1", amount="0")
    here.play()
    here.tell("order-1", amount="5.00")
    here.play()
    assert _all_states(here) == ["parked"]

    here.answer("order-1", "compensate")
    here.play()

    assert _all_states(here)[-1] == "completed"
    assert [row["amount"] for row in here.vendors["books"].ledger.rows] == [5]


def test_a_withdrawal_before_the_pivot_takes_the_run_back(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.vendors["books"].rates["locked"] = 1.0
    here.tell("order-1")
    here.play(hours=0.0005)
    assert here.vendors["first"].ledger.live("order-1")

    here.tell("order-1", stage="lost")
    here.play()

    assert _all_states(here) == ["compensated"]
    assert here.vendors["first"].ledger.live("order-1") == []
    assert here.vendors["books"].ledger.rows == []


def test_a_parked_run_whose_record_is_withdrawn_asks_no_longer(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="0")
    here.play()
    assert _all_states(here) == ["parked"]

    here.tell("order-1", stage="lost")
    here.play()

    assert _all_states(here) == ["cancelled"]


def test_an_amendment_before_the_pivot_starts_anew_with_the_new_value(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.vendors["books"].rates["locked"] = 1.0
    here.tell("order-1", amount="10.00")
    here.play(hours=0.0005)
    here.tell("order-1", amount="12.00")
    here.vendors["books"].rates.clear()
    here.play()

    assert _all_states(here) == ["compensated", "completed"]
    (live,) = here.vendors["first"].ledger.live("order-1")
    assert live["amount"] == 12
    assert [row["amount"] for row in here.vendors["books"].ledger.rows] == [12]


def test_an_amendment_after_the_pivot_is_a_question(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", amount="12.00")
    here.play()

    assert _all_states(here) == ["parked"]
    assert _parked_kind(here, "order-1") == "changed-late"
    assert [row["amount"] for row in here.vendors["books"].ledger.live("order-1")] == [10]


def test_a_late_amendment_that_is_accepted_leaves_what_was_posted(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", amount="12.00")
    here.play()
    here.answer("order-1", "accept")
    here.play()

    assert _all_states(here) == ["completed"]
    assert [row["amount"] for row in here.vendors["books"].ledger.live("order-1")] == [10]


def test_a_late_amendment_that_is_taken_back_is_reversed_and_billed_anew(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", amount="12.00")
    here.play()
    here.answer("order-1", "compensate")
    here.play()

    assert _all_states(here) == ["compensated", "completed"]
    assert [row["amount"] for row in here.vendors["books"].ledger.live("order-1")] == [12]
    assert [row["reversed"] for row in here.vendors["books"].ledger.rows] == [True, False]


def test_a_second_late_change_asks_again(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", amount="12.00")
    here.play()
    here.answer("order-1", "accept")
    here.play()
    here.tell("order-1", stage="lost")
    here.play()

    assert _all_states(here) == ["parked"]


def test_an_event_that_amends_nothing_leaves_a_finished_run_alone(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", note="paid")
    here.play()

    assert _all_states(here) == ["completed"]


def test_a_proof_reads_the_system_that_was_written_not_the_one_it_came_from(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE)
    here.vendors["books"].rates["locked"] = 1.0
    here.tell("order-1", amount="10.00")
    here.play(hours=0.0005)
    here.vendors["source"].ledger.rows[0]["amount"] = "99.00"
    here.vendors["books"].rates.clear()
    here.play()

    assert _all_states(here) == ["completed"]


def test_a_withdrawal_finds_out_about_a_pivot_in_doubt_before_it_turns_round(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.NOTHING, edits=CHANGE)
    here.vendors["books"].rates["request_lost"] = 1.0
    here.tell("order-1")
    here.play(hours=0.002)
    here.tell("order-1", stage="lost")
    here.play()

    assert _all_states(here) == ["compensated"]
    assert here.vendors["first"].ledger.live("order-1") == []


def test_a_pivot_in_doubt_that_was_applied_is_not_turned_back_by_a_withdrawal(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.NOTHING, edits=CHANGE)
    here.vendors["books"].rates["response_lost"] = 1.0
    here.tell("order-1")
    here.play(hours=0.002)
    here.tell("order-1", stage="lost")
    here.play()

    assert _all_states(here) == ["parked"]
    assert _parked_kind(here, "order-1") == "changed-late"
    assert len(here.vendors["books"].ledger.live("order-1")) == 1


def test_an_amendment_that_was_accepted_is_not_asked_about_at_every_later_event(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="10.00")
    here.play()
    here.tell("order-1", amount="12.00")
    here.play()
    here.answer("order-1", "accept")
    here.play()
    here.tell("order-1", note="the echo of our own report")
    here.play()

    assert _all_states(here) == ["completed"]


def _why(here: World, key: str) -> object:
    runs = trail.find(here.database, key)
    entries = [entry for run in runs for entry in trail.read(here.database, run)]
    return [e.data.get("why") for e in entries if e.action == "run.cancelled"][-1]


def test_a_run_that_was_taken_back_is_not_begun_again_by_a_note(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.vendors["books"].rates["closed"] = 1.0
    here.tell("order-1")
    here.play()
    assert _all_states(here) == ["compensated"]
    here.vendors["books"].rates.clear()

    for note in ("called", "called once more"):
        here.tell("order-1", note=note)
        here.play()

    assert _all_states(here) == ["compensated", "cancelled", "cancelled"]
    assert "asks for nothing else" in str(_why(here, "order-1"))
    assert here.vendors["first"].ledger.live("order-1") == []
    assert here.vendors["books"].ledger.rows == []


def test_a_run_that_was_taken_back_is_begun_again_by_what_it_asks_for(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.tell("order-1", amount="0")
    here.play()
    here.answer("order-1", "compensate")
    here.play()
    here.tell("order-1", note="called")
    here.play()

    here.tell("order-1", amount="5.00")
    here.play()

    assert _all_states(here)[-1] == "completed"
    assert [row["amount"] for row in here.vendors["books"].ledger.rows] == [5]


def test_a_record_that_was_withdrawn_and_asks_again_is_done_anew(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=CHANGE)
    here.vendors["books"].rates["locked"] = 1.0
    here.tell("order-1", stage="won")
    here.play(hours=0.0005)
    here.tell("order-1", stage="lost")
    here.play()
    assert _all_states(here) == ["compensated"]
    here.vendors["books"].rates.clear()

    here.tell("order-1", stage="won")
    here.play()

    assert _all_states(here) == ["compensated", "completed"]
