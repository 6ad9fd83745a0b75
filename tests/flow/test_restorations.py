"""A restoration is begun and ended by people, and concerns only the runs of its time."""

import threading

import pytest

from interlock.audit import trail
from interlock.estate.capability import Guarantee
from interlock.flow import restoration
from interlock.foundation.errors import UsageError
from tests.flow.conftest import MakeWorld
from tests.flow.test_restoring import begin, end


def test_a_restoration_is_begun_and_ended_once_by_somebody_who_says_why(world: MakeWorld) -> None:
    here = world()
    with pytest.raises(UsageError, match="no restoration"):
        end(here)
    with pytest.raises(UsageError, match="reason"):
        restoration.begin(here.database, here.clock, by="ana", reason=" ")
    first = begin(here)
    assert begin(here) == first
    assert restoration.under_way(here.database) == first
    end(here)
    assert restoration.under_way(here.database) is None
    told = [entry.action for entry in trail.read(here.database, restoration.STREAM)]
    assert told == ["restoration.begun", "restoration.ended"]


def test_a_run_that_begins_after_all_that_looks_for_nothing(world: MakeWorld) -> None:
    here = world(Guarantee.NOTHING)
    begun = begin(here)
    end(here)
    here.play(hours=0.01)
    here.sell("o-1")
    here.play()
    assert here.states() == {"o-1": "completed"}
    assert restoration.adopted_since(here.database, begun) == 0
    (run,) = [found for found in trail.find(here.database, "o-1") if found.startswith("run_")]
    assert "step.supposed" not in {entry.action for entry in trail.read(here.database, run)}


def test_asking_for_it_inside_a_transaction_waits_for_nobody(world: MakeWorld) -> None:
    here = world()
    known = restoration.Restorations(here.database, here.clock)
    asked, inside = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait(30)
        asked.set()
        known.lost_to(here.clock.now())

    thread = threading.Thread(target=other, daemon=True)
    thread.start()
    with here.database.joined():
        inside.set()
        assert asked.wait(30)
        thread.join(0.3)  # by now it waits for the database, if it is SQLite
        assert known.lost_to(here.clock.now()) is None
    thread.join(30)
    assert not thread.is_alive()
