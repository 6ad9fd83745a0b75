"""What a run proved is looked up again, without writing anything."""

import json

from interlock.estate.capability import Guarantee
from interlock.flow.reproving import Shown, prove_again
from interlock.flow.run import run_of
from interlock.flow.store import QUERIES
from tests.flow.conftest import MakeWorld, World


def _sold(make: MakeWorld) -> World:
    here = make(Guarantee.REFERENCE)
    here.sell("o-1")
    here.play()
    assert here.states() == {"o-1": "completed"}
    return here


def _again(here: World) -> list[Shown]:
    with here.database.transaction() as connection:
        wanted = {"since": "", "limit": 10}
        (row,) = connection.rows(QUERIES["completed_since"], wanted)
    return list(prove_again(here.shop, run_of(row)))


def test_what_was_proven_still_holds_and_looking_changes_nothing(world: MakeWorld) -> None:
    here = _sold(world)
    before = json.dumps(here.vendors["books"].ledger.rows, default=str)
    (first,), (second,) = _again(here), _again(here)
    assert first.held is True
    assert first == second
    assert json.dumps(here.vendors["books"].ledger.rows, default=str) == before
    assert here.states() == {"o-1": "completed"}


def test_a_document_that_was_changed_afterwards_is_seen(world: MakeWorld) -> None:
    here = _sold(world)
    (row,) = here.vendors["books"].ledger.rows
    row["amount"] = "11.00"
    (shown,) = _again(here)
    assert shown.held is False
    assert "11" in shown.message


def test_a_document_that_is_gone_is_seen(world: MakeWorld) -> None:
    here = _sold(world)
    here.vendors["books"].ledger.rows.clear()
    (shown,) = _again(here)
    assert shown.held is False
    assert shown.message.startswith("not-found")


def test_what_cannot_be_asked_is_unknown_and_not_fine(world: MakeWorld) -> None:
    here = _sold(world)
    here.vendors["books"].rates["read_fails"] = 1.0
    (shown,) = _again(here)
    assert shown.held is None
