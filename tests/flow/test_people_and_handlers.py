"""What an integration declares about failures, and what it asks of people."""

import pytest

from interlock.audit import trail
from interlock.estate.capability import Guarantee
from interlock.flow import commands
from interlock.flow.core.facts import Answer
from interlock.foundation.errors import UsageError
from tests.flow.conftest import MakeWorld

GENERAL = "    - {then: park, route: group:ops, respond: 1h}\n"
PIVOT = "    - id: invoice\n      pivot: true\n"
ASKING = {
    PIVOT: "    - id: consent\n"
    "      approve: {question: 'Post it?', by: 'group:ops', atMost: 1d,"
    " when: 'order.amount > decimal(\"50\")'}\n" + PIVOT,
}


def _handled(then: str) -> dict[str, str]:
    handler = '    - {when: error.kind == "rejected", then: THEN, route: group:ops, respond: 1h}'
    return {
        handler.replace("THEN", "compensate"): handler.replace("THEN", then),
        "  retry: {limit": "  timeout: 2h\n  retry: {limit",
    }


def test_a_large_order_waits_for_consent_and_goes_on_with_it(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=ASKING)
    here.tell("order-1", amount="99.00")
    here.play(hours=1)
    assert here.states() == {"order-1": "asking"}
    assert here.vendors["books"].ledger.rows == []

    here.answer("order-1", "approve")
    here.play()

    assert here.states() == {"order-1": "completed"}


def test_a_small_order_asks_nobody(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=ASKING)
    here.tell("order-1", amount="9.00")
    here.play()

    assert here.states() == {"order-1": "completed"}


def test_consent_that_is_denied_takes_back_what_was_done(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=ASKING)
    here.tell("order-1", amount="99.00")
    here.play(hours=1)
    here.answer("order-1", "deny")
    here.play()

    assert here.states() == {"order-1": "compensated"}
    assert here.vendors["first"].ledger.live("order-1") == []
    assert here.vendors["books"].ledger.rows == []


def test_a_question_nobody_answers_becomes_a_case(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=ASKING)
    here.tell("order-1", amount="99.00")
    here.play(hours=72)

    assert here.states() == {"order-1": "parked"}
    (run,) = trail.find(here.database, "order-1")
    kinds = [e.data["kind"] for e in trail.read(here.database, run) if e.action == "run.parked"]
    assert kinds == ["approval", "timeout"]


@pytest.mark.parametrize("answer", ["retry", "skip", "accept"])
def test_a_question_takes_only_yes_or_no(world: MakeWorld, answer: Answer) -> None:
    here = world(Guarantee.REFERENCE, edits=ASKING)
    here.tell("order-1", amount="99.00")
    here.play(hours=1)

    with pytest.raises(UsageError, match="approve or deny"):
        here.answer("order-1", answer)


def test_a_failure_that_is_declared_unimportant_is_passed_over(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=_handled("ignore"))
    here.vendors["first"].rates["refused"] = 1.0
    here.tell("order-1")
    here.play()

    assert here.states() == {"order-1": "completed"}
    assert here.vendors["first"].ledger.rows == []
    assert len(here.vendors["books"].ledger.rows) == 1


def test_what_is_passed_over_is_on_record(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=_handled("ignore"))
    here.vendors["first"].rates["refused"] = 1.0
    here.tell("order-1")
    here.play()

    (run,) = trail.find(here.database, "order-1")
    said = [e.data for e in trail.read(here.database, run) if e.action == "run.handled"]
    assert said == [{"step": "subscription", "then": "ignore"}]


def test_a_failure_that_is_declared_passing_is_tried_until_it_passes(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits=_handled("retry"))
    here.vendors["first"].rates["refused"] = 1.0
    here.tell("order-1")
    here.play(hours=0.5)
    assert here.states() == {"order-1": "sleeping"}
    here.vendors["first"].rates.clear()
    here.play()

    assert here.states() == {"order-1": "completed"}


def test_trying_again_ends_with_the_time_of_the_integration(world: MakeWorld) -> None:
    edits = {old: new.replace("2h", "10m") for old, new in _handled("retry").items()}
    here = world(Guarantee.REFERENCE, edits=edits)
    here.vendors["first"].rates["refused"] = 1.0
    here.tell("order-1")
    here.play(hours=2)

    assert here.states() == {"order-1": "parked"}


def test_doubt_is_never_passed_over(world: MakeWorld) -> None:
    edits = {GENERAL: "    - {then: ignore, route: group:ops, respond: 1h}\n"}
    here = world(Guarantee.NOTHING, edits=edits)
    here.vendors["first"].rates.update({"response_lost": 1.0, "read_garbled": 1.0})
    here.tell("order-1")
    here.play()

    assert here.states() == {"order-1": "parked"}


def test_a_correction_by_its_full_name_reaches_the_step_that_failed(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits={"then: compensate": "then: park"})
    here.vendors["books"].rates["refused"] = 1.0
    here.tell("order-1", amount="10.00")
    here.play()
    here.vendors["books"].rates.clear()
    (run,) = trail.find(here.database, "order-1")
    commands.answer(
        here.database,
        run,
        answer="correct",
        by="ana",
        reason="",
        correction={"order.amount": "11.00"},
        clock=here.clock,
    )
    here.play()

    (posted,) = here.vendors["books"].ledger.live("order-1")
    assert posted["amount"] == 11
    assert not any("." in name for name in posted)


def test_a_step_that_was_skipped_leaves_its_proof_to_a_person(world: MakeWorld) -> None:
    here = world(Guarantee.REFERENCE, edits={"then: compensate": "then: park"})
    here.vendors["books"].rates["refused"] = 1.0
    here.tell("order-1")
    here.play()
    here.answer("order-1", "skip")
    here.play()

    assert here.states() == {"order-1": "parked"}
    (run,) = trail.find(here.database, "order-1")
    last = [e for e in trail.read(here.database, run) if e.action == "run.parked"][-1]
    assert last.data["kind"] == "proof"
