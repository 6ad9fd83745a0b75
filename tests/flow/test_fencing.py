"""Who was overtaken writes nothing and sends nothing; what was committed is not written twice."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from interlock.audit import trail
from interlock.estate.capability import Guarantee
from interlock.flow import commands
from interlock.flow.commands import Begin
from interlock.flow.core.facts import Opened
from interlock.flow.run import State
from interlock.flow.segment import open_segment
from interlock.flow.simulator import Fate, play
from interlock.flow.store import LEASE, Money, Rest, RunStore, TakenOverError, Writing
from interlock.foundation.database import AmbiguousCommitError, Connection, Database
from interlock.foundation.errors import RefusedError
from tests.flow.conftest import MakeWorld, World


class Unanswered:
    """A database whose next commit is done and not acknowledged."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.silent = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        silent, self.silent = self.silent, False
        with self._inner.transaction() as connection:
            yield connection
        if silent:
            raise AmbiguousCommitError("no answer", hint="Look.")


def _claimed(here: World, worker: str = "worker-1") -> tuple[RunStore, str]:
    store = here.shop.store
    ((run, segment),) = store.due(here.clock.now(), 10)
    assert store.claim(run, segment, worker, here.clock.now()) is not None
    return store, run


def _opened(here: World) -> Writing:
    fact = Opened(at=here.clock.now(), path="paid")
    return Writing(facts=(fact,), entries=(), rest=Rest(state=State.RUNNING), money=Money())


def test_a_commit_of_facts_alone_that_was_not_acknowledged_is_not_written_twice(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.KEY)
    here.sell("o-1")
    store, run_id = _claimed(here)
    run = store.find(run_id)
    assert run is not None
    database = Unanswered(here.database)
    database.silent = True
    after = RunStore(database).write(run, _opened(here), here.clock.now())  # type: ignore[arg-type]  # it has every attribute

    assert after.length == run.length + 1
    assert len(store.facts(run_id)) == after.length


def test_what_an_overtaken_worker_found_out_is_refused_as_overtaken(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    here.sell("o-1")
    store, run_id = _claimed(here)
    zombie = store.find(run_id)
    assert zombie is not None
    here.clock.sleep(LEASE + timedelta(seconds=1))
    _claimed(here, "worker-2")
    other = store.find(run_id)
    assert other is not None
    store.write(other, _opened(here), here.clock.now())

    with pytest.raises(TakenOverError):
        store.write(zombie, _opened(here), here.clock.now())


def test_a_worker_that_stood_still_beyond_its_lease_sends_nothing(world: MakeWorld) -> None:
    here = world(Guarantee.NOTHING)
    here.sell("o-1")
    ((run_id, segment),) = here.shop.store.due(here.clock.now(), 10)
    run = here.shop.store.claim(run_id, segment, "worker-1", here.clock.now())
    assert run is not None
    work = open_segment(here.shop, run).work()
    next(work)  # reads the trigger
    next(work)  # about to write: the intent is committed
    here.clock.sleep(LEASE)

    with pytest.raises(TakenOverError, match="was not sent"):
        next(work)
    assert here.vendors["first"].ledger.rows == []
    here.play()
    assert here.states() == {"o-1": "completed"}
    assert len(here.vendors["first"].ledger.rows) == 1


def test_stalls_and_kills_never_make_a_second_document_of_class_c(world: MakeWorld) -> None:
    here = world(Guarantee.NOTHING, 5, {"response_lost": 0.1, "late_apply": 0.1})
    for number in range(10):
        here.sell(f"o-{number}")
    fate = Fate(kill=0.02, stall=0.1)
    until = here.clock.now() + timedelta(days=3)
    played = play([here.shop], here.clock, here.rng, until=until, fate=lambda: fate)
    here.let_vendors_finish()

    assert played.stalls > 0
    for number in range(10):
        assert len(here.vendors["books"].ledger.live(f"o-{number}")) == 1


def _two_generations(here: World) -> tuple[str, str]:
    """Return a run that was taken back, and the one that followed it."""
    here.vendors["books"].rates["refused"] = 1.0
    here.sell("o-1")
    here.play()
    here.vendors["books"].rates.clear()
    with here.database.transaction() as connection:
        wanted = Begin(plan=here.estate.plans["bill"], key="o-1", ref="o-1")
        commands.begin(connection, wanted, here.clock.now())
    first, second = sorted(
        (run for run in trail.find(here.database, "o-1") if run.startswith("run_")),
        key=lambda run: trail.read(here.database, run)[0].seq,
    )
    return first, second


def test_a_run_that_a_newer_one_followed_cannot_be_replayed(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    first, second = _two_generations(here)
    with pytest.raises(RefusedError, match="newer run") as refused:
        commands.replay(here.database, first, by="ana", reason="drill", clock=here.clock)
    assert second in refused.value.hint


def test_a_finished_run_that_is_due_again_makes_way_for_a_newer_one(world: MakeWorld) -> None:
    here = world(Guarantee.KEY)
    _two_generations(here)
    assert [run for run, _ in here.shop.store.due(here.clock.now(), 10)] != []
    here.play()
    assert sorted(here.states().values()) == ["completed"]
