"""A restored database is older than the world: what the systems hold is found, not made again."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.estate.capability import Guarantee
from interlock.flow import restoration
from interlock.foundation.database import Database, SqliteDatabase
from tests.flow.conftest import MakeWorld, World
from tests.flow.vendor import BOUND

CLASSES = (Guarantee.KEY, Guarantee.REFERENCE, Guarantee.NOTHING)


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the record, taken and put back with the database's own means."""

    home: Path

    def take(self) -> None:
        self._copy("interlock.db", "backup.db")

    def put_back(self) -> None:
        self._copy("backup.db", "interlock.db")

    def _copy(self, source: str, target: str) -> None:
        with (
            closing(sqlite3.connect(self.home / source)) as old,
            closing(sqlite3.connect(self.home / target)) as new,
        ):
            old.backup(new)


@pytest.fixture
def open_empty(tmp_path: Path) -> Callable[[], Database]:
    """Keep the record in a file, so that it can be copied as people copy it."""
    return lambda: SqliteDatabase(tmp_path / "interlock.db")


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    return Backup(tmp_path)


def live(here: World, key: str) -> list[int]:
    return [len(here.vendors[name].ledger.live(key)) for name in ("first", "books")]


def begin(here: World) -> restoration.Restoration:
    begun = restoration.begin(here.database, here.clock, by="ana", reason="the disk was lost")
    here.clock.sleep(restoration.FRESH)  # a worker that was not stopped notices by then
    return begun


def end(here: World) -> None:
    restoration.end(here.database, here.clock, by="ana", reason="compared, nothing is missing")
    here.clock.sleep(restoration.FRESH)


def again(here: World, key: str) -> None:
    """Let the source tell again what it told before the copy was taken, as a poll does."""
    row = here.vendors["source"].ledger.live(key)[0]
    here.vendors["source"].ledger.rows.remove(row)
    here.sell(key, str(row["amount"]))


@pytest.mark.parametrize("guarantee", CLASSES)
def test_what_was_done_after_the_copy_is_adopted_and_the_rest_written_once_somebody_looked(
    world: MakeWorld, backup: Backup, guarantee: Guarantee
) -> None:
    here = world(guarantee)
    here.vendors["books"].rates["down"] = 1.0
    here.sell("under-way")
    while not here.vendors["first"].ledger.rows:
        here.play(hours=0.00001)
    backup.take()
    here.vendors["books"].rates.clear()
    here.sell("unknown")
    here.play()
    here.vendors["first"].ledger.keys.clear()  # the copy is older than every key's window
    here.vendors["books"].ledger.keys.clear()

    backup.put_back()
    begun = begin(here)
    again(here, "unknown")
    here.sell("new")
    here.play(hours=1)

    assert here.states() == {"under-way": "completed", "unknown": "completed", "new": "sleeping"}
    assert live(here, "new") == [0, 0]
    assert restoration.adopted_since(here.database, begun) >= 3

    end(here)
    here.play()
    assert set(here.states().values()) == {"completed"}
    assert [live(here, key) for key in ("under-way", "unknown", "new")] == [[1, 1]] * 3


def test_without_a_word_of_it_a_system_that_guards_nothing_gets_a_second_document(
    world: MakeWorld,
    backup: Backup,
) -> None:
    # Why a restoration must be said, or seen by the witness: nothing else could know.
    here = world(Guarantee.NOTHING)
    backup.take()
    here.sell("o-1")
    here.play()
    backup.put_back()
    again(here, "o-1")
    here.play()
    assert live(here, "o-1") == [2, 2]


@pytest.mark.parametrize("guarantee", CLASSES)
def test_what_is_called_off_is_looked_for_before_anything_is_taken_back(
    world: MakeWorld, backup: Backup, guarantee: Guarantee
) -> None:
    here = world(
        guarantee,
        edits={
            "key: order.id\n": 'key: order.id\n  change: {cancelWhen: order.stage == "lost"}\n'
        },
    )
    here.vendors["books"].rates["down"] = 1.0
    here.sell("o-1")
    backup.take()
    while not here.vendors["first"].ledger.rows:
        here.play(hours=0.00001)
    backup.put_back()
    begin(here)
    here.tell("o-1", stage="lost")
    here.play(hours=1)
    assert live(here, "o-1") == [1, 0]

    end(here)
    here.play()
    assert here.states() == {"o-1": "compensated"}
    assert live(here, "o-1") == [0, 0]


def test_a_correction_that_was_given_in_lost_time_is_not_carried_out_twice(
    world: MakeWorld,
    backup: Backup,
) -> None:
    here = world(
        Guarantee.NOTHING,
        edits={"then: compensate": "then: park"},
    )
    here.vendors["first"].rates["refused"] = 1.0
    here.sell("o-1")
    here.play(hours=1)
    assert here.states() == {"o-1": "parked"}
    backup.take()
    here.vendors["first"].rates.clear()
    here.answer("o-1", "retry")
    here.play()
    assert live(here, "o-1") == [1, 1]

    here.clock.sleep(timedelta(hours=1))
    backup.put_back()
    begin(here)
    here.answer("o-1", "retry")
    here.play()
    end(here)
    here.play()
    assert here.states() == {"o-1": "completed"}
    assert live(here, "o-1") == [1, 1]


def test_what_the_vendor_was_still_busy_with_when_the_copy_came_back_is_waited_for(
    world: MakeWorld,
    backup: Backup,
) -> None:
    here = world(Guarantee.NOTHING)
    here.vendors["first"].rates["late_apply"] = 1.0
    backup.take()
    here.sell("o-1")
    first = here.vendors["first"].ledger
    while not first.pending:
        here.play(hours=0.00001)
    ((_, request),) = first.pending
    first.pending = [(here.clock.now() + BOUND * 0.9, request)]
    here.vendors["first"].rates.clear()

    backup.put_back()
    begin(here)
    again(here, "o-1")
    end(here)
    here.play()
    assert here.states() == {"o-1": "completed"}
    assert live(here, "o-1") == [1, 1]
