"""What may have been applied is found out, and what is found is adopted only if it is ours."""

from datetime import timedelta

from interlock.audit import trail
from interlock.estate.capability import Guarantee
from tests.flow.conftest import MakeWorld


def test_a_key_that_the_target_has_forgotten_is_not_sent_again_before_a_look(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.KEY)
    here.vendors["first"].rates["response_lost"] = 1.0
    here.sell("o-1")
    here.play(hours=0.0001)
    first = here.vendors["first"]
    assert len(first.ledger.rows) == 1

    here.clock.sleep(timedelta(hours=25))
    first.ledger.keys.clear()
    first.rates.clear()
    here.play()
    assert here.states() == {"o-1": "completed"}
    assert len(first.ledger.rows) == 1


def test_a_document_of_somebody_else_under_our_reference_is_not_taken_for_ours(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE)
    here.vendors["first"].rates["request_lost"] = 1.0
    here.sell("o-1")
    here.play(hours=0.0001)
    here.vendors["first"].rates.clear()
    theirs = {"id": "theirs", "key": "o-1", "reversed": False, "amount": "99", "currency": "EUR"}
    here.vendors["first"].ledger.rows.append(theirs)
    here.play()

    assert here.states()["o-1"] != "completed"
    (run,) = [found for found in trail.find(here.database, "o-1") if found.startswith("run_")]
    said = [str(entry.data) for entry in trail.read(here.database, run)]
    assert any("one exists already, but its amount is 99" in each for each in said)
    assert here.vendors["books"].ledger.live("o-1") == []
    assert theirs["reversed"] is False
