"""Carry every record of an integration's source: the first time that two systems are connected."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, cast

from interlock.audit.sealing import seal_at
from interlock.bootstrap.house import House, open_house
from interlock.bootstrap.restoring import read_only_if_older
from interlock.bootstrap.worker import slot
from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Which
from interlock.connectors.port import CallFailed
from interlock.connectors.rotating import Rotating
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.flow.batching import AT_ONCE, Batcher
from interlock.flow.cuts import CutStore
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError
from interlock.gate.permit import NotNow
from interlock.intake.whole import Walk

AHEAD: Final = 3
"""Jobs that are under way at once: one is worked off, one waits, one is written or read."""
LONGEST_WAIT: Final = timedelta(seconds=60)
"""Runs that rest for longer are left to the workers."""
AGAIN: Final = timedelta(seconds=2)
MOST_IN_VAIN: Final = 30
"""Pages in a row that the source may refuse, two seconds apart."""
LONGEST_PAUSE: Final = 1.0
MOST_CASES: Final = 1_000
"""Open cases that are grouped by their cause at the end."""


@dataclass(slots=True, kw_only=True)
class Synced:
    """What a sync came to."""

    seen: int = 0
    """Records that this call saw at the source; those of earlier calls are not counted again."""
    began: int = 0
    """Runs that this call began."""
    states: dict[str, int] = field(default_factory=dict)
    """How many runs of the integration stand where, of every call."""
    causes: dict[str, int] = field(default_factory=dict)
    """Open cases of the integration by cause."""
    interrupted: bool = False


def sync(home: Path | None, integration: str, stop: threading.Event) -> Synced:
    """Carry every record there is, and what an earlier call left; return how all runs stand.

    Raises:
        RefusedError: The record was restored, and nobody has looked yet.
        UsageError: There is no such integration, or its source cannot list its records.
        UnavailableError: The source does not answer; call again, it goes on where it stood.
    """
    with _opened(home) as house:
        estate = house.store.archive.current()
        syncing = _Syncing(house=house, estate=estate, plan=_plan(estate, integration))
        try:
            syncing.work(stop)
        finally:
            syncing.batcher.close()
            cases.collect(house.store.database)
            seal_at(house.store.database, house.store.clock, house.store.home)
        return syncing.came_to()


@contextmanager
def _opened(home: Path | None) -> Iterator[House]:
    """Open the house as a worker of its own, beside those that run already."""
    with open_house(home) as house:
        settings = house.store.settings
        if read_only_if_older(house.store) is not None:
            raise RefusedError(
                "this record was restored, and nothing is written before a person has looked",
                hint="`interlock restored` says what to do; then call again.",
            )
        worker = f"{settings.worker}.sync"
        with slot(settings.home, worker):
            shop = replace(house.shop, worker=worker)
            shop.store.orphans(worker, shop.clock.now())
            try:
                yield replace(house, shop=shop)
            finally:
                for connector in house.connectors.values():
                    cast("Rotating", connector).close()


def _plan(estate: Estate, integration: str) -> Plan:
    found = estate.plans.get(integration)
    if found is None:
        known = ", ".join(sorted(estate.plans))
        raise UsageError(f"there is no integration `{integration}`", hint=f"There are: {known}.")
    return found


def _silent(system: str, failure: CallFailed) -> UnavailableError:
    return UnavailableError(
        f"`{system}` does not show its records: {failure.outcome.message}",
        hint="`interlock doctor` says why. Call again: it goes on where it stood.",
    )


class _Syncing:
    """One sync under way."""

    def __init__(self, *, house: House, estate: Estate, plan: Plan) -> None:
        self._house = house
        self._estate = estate
        self._plan = plan
        self._synced = Synced()
        self._clock = house.store.clock
        self._cuts = CutStore(house.store.database, house.shop.worker)
        self._walk = Walk(
            database=house.store.database,
            inbox=house.inbox,
            feed=house.gate,
            clock=house.store.clock,
        )
        self._more = True
        self._in_vain = 0
        self._walk_at = house.store.clock.now()
        self.batcher = Batcher(house.shop, house.store.ids)

    def work(self, stop: threading.Event) -> None:
        """Work until everything is carried, waits for somebody, or `stop` is set."""
        try:
            self._walk.begin(self._house.poller, self._estate, self._plan)
        except CallFailed as failure:
            raise _silent(self._plan.trigger.system, failure) from None
        self.batcher.resume()
        while not stop.is_set():
            moved = [self.batcher.turn(), self._walked(), self._went_on()]
            if any(moved):
                continue
            if not self._more and not self.batcher.busy and self._rests():
                return
            stop.wait(self._pause())
        self._synced.interrupted = True

    def _walked(self) -> bool:
        """Read the next page if there is room for what it brings."""
        now = self._clock.now()
        if not self._more or self.batcher.jobs >= AHEAD or now < self._walk_at:
            return False
        try:
            step = self._walk.step(self._estate, self._plan)
        except CallFailed as failure:
            self._in_vain += 1
            if self._in_vain > MOST_IN_VAIN:
                raise _silent(self._plan.trigger.system, failure) from None
            self._walk_at = now + AGAIN
            return False
        if isinstance(step, NotNow):
            self._walk_at = step.until
            return False
        self._in_vain = 0
        self._more = step.more
        self._synced.seen += step.seen
        self._synced.began += len(step.begun)
        due = [(run, 0) for run in step.begun]
        self.batcher.take_up(due, self._plan.criticality, step.begun)
        return True

    def _went_on(self) -> bool:
        """Go on with runs that are due: left by an earlier call, or at their next attempt."""
        due = self._cuts.due_of(self._plan.integration, self._clock.now(), AT_ONCE)
        taken = self.batcher.take_up(due, self._plan.criticality)
        if not taken and not self._more:
            self.batcher.flush()
        return taken

    def _rests(self) -> bool:
        """Tell whether no run goes on by itself within reasonable time."""
        due = self._cuts.next_due_of(self._plan.integration)
        return due is None or due > self._clock.now() + LONGEST_WAIT

    def _pause(self) -> float:
        moments = [self.batcher.next_look(), self._cuts.next_due_of(self._plan.integration)]
        if self._more and self.batcher.jobs < AHEAD:
            moments.append(self._walk_at)
        now = self._clock.now()
        waits = [(each - now).total_seconds() for each in moments if each is not None]
        return max(0.005, min([LONGEST_PAUSE, *waits]))

    def came_to(self) -> Synced:
        """Return how all runs of the integration stand, and why people are asked."""
        self._synced.states = self._cuts.states_of(self._plan.integration)
        which = Which(integration=self._plan.integration)
        with self._house.store.database.transaction() as connection:
            for each in case_store.queue(connection, which, MOST_CASES):
                self._synced.causes[each.cause] = self._synced.causes.get(each.cause, 0) + 1
        return self._synced
