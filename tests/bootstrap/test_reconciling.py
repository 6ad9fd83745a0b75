"""Schedules of reconciliations: each moment once, by one worker, and never silently not at all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.audit import trail
from interlock.bootstrap.house import Store, compiled, open_store
from interlock.bootstrap.reconciling import carry_out_due
from interlock.bootstrap.settings import read_settings
from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Case
from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.reconciliation import commands, turns
from interlock.reconciliation.examining import Verdict as Answer
from interlock.reconciliation.standing import standing
from tests.reconciliation.company import CUSTOMERS, TEXT, Page, Systems, billed, posted

START = from_iso("2026-11-02T05:00:00Z")
SCHEDULED = TEXT.replace(
    "schedule: {settle: 2h}", 'schedule: {cron: "0 6 * * *", timezone: UTC, settle: 2h}'
)
GONE = CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="gone"))


@dataclass
class World:
    store: Store
    clock: VirtualClock

    def look(self, *erp: Page) -> list[Answer]:
        """Let what is due be carried out; return the verdicts."""
        pages = {**CUSTOMERS, ("billing", "invoice"): [[billed("A", 100)]]}
        source = Systems({**pages, ("erp", "invoice"): erp or [[posted("A", "1.00")]]})
        return [each.verdict for each in carry_out_due(self.store, source)]

    def said(self) -> list[str]:
        stream = "reconciliation-answer:invoices"
        return [each.action for each in trail.read(self.store.database, stream)]

    def cases(self) -> list[Case]:
        cases.collect(self.store.database)
        with self.store.database.transaction() as connection:
            return case_store.queue(connection)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = VirtualClock(START)
    with open_store(tmp_path) as store:
        here = replace(store, clock=clock, settings=read_settings(tmp_path, {}))
        estate = compiled({"e.estate.yaml": SCHEDULED})
        here.archive.apply(estate, author="ana", approver="bao", at=START)
        made = World(here, clock)
        assert made.look() == []  # seen for the first time: due at its next moment
        yield made


def test_a_schedule_is_carried_out_once_at_each_of_its_moments(world: World) -> None:
    world.clock.sleep(timedelta(minutes=59))
    assert world.look() == []
    world.clock.sleep(timedelta(minutes=1))
    assert world.look() == [Answer.AGREES]
    assert world.look() == []
    world.clock.sleep(timedelta(days=3))
    assert world.look() == [Answer.AGREES]  # what was missed meanwhile is carried out once
    assert world.look() == []


def test_what_came_of_it_and_when_is_recorded(world: World) -> None:
    world.clock.sleep(timedelta(hours=1, minutes=7))
    assert world.look([posted("A", "2.00")]) == [Answer.BREAKS]
    stands = standing(world.store.database, "invoices")
    assert stands is not None
    assert (stands.verdict, stands.breaks) == (Answer.BREAKS, 1)
    assert stands.at == START + timedelta(hours=1, minutes=7)
    assert [case.cause for case in world.cases()] == ["amount"]


def test_a_side_that_fails_half_way_is_a_case_and_tried_again_and_nothing_is_missing(
    world: World,
) -> None:
    world.clock.sleep(timedelta(hours=1))
    half: list[Page] = [[posted("B", "1.00")], *[GONE] * 9]
    assert world.look(*half) == [Answer.UNKNOWN]
    (case,) = world.cases()
    assert (case.cause, case.owner) == ("reconciliation-untold", "group:finance")
    assert "`erp` could not be read to its end" in case.message
    assert world.look() == []  # not at once again
    world.clock.sleep(turns.AGAIN + timedelta(seconds=1))
    assert world.look(*half) == [Answer.UNKNOWN]
    assert len(world.cases()) == 1
    world.clock.sleep(turns.AGAIN + timedelta(seconds=1))
    assert world.look() == [Answer.AGREES]
    assert world.cases() == []
    assert world.said() == ["reconciliation.untold"] * 2 + ["reconciliation.told"]


def test_a_turn_is_one_workers_and_anothers_when_nobody_ended_it(world: World) -> None:
    database, estate = world.store.database, world.store.archive.current()
    at = START + timedelta(hours=1)
    (turn,) = turns.due(database, estate, "worker-1", at)
    assert list(turns.due(database, estate, "worker-2", at + turns.STALE)) == []
    (again,) = turns.due(database, estate, "worker-2", at + turns.STALE + timedelta(seconds=1))
    assert (again.slot, again.worker) == (turn.slot, "worker-2")
    turns.end(database, turn, at, told=True)  # the first one wakes up: it is not its turn any more
    assert list(turns.due(database, estate, "worker-3", at + turns.STALE * 1.5)) == []


def test_a_worker_that_was_started_again_takes_its_own_turn_up_at_once(world: World) -> None:
    database, estate = world.store.database, world.store.archive.current()
    at = START + timedelta(hours=1)
    assert len(list(turns.due(database, estate, "worker-1", at))) == 1
    assert len(list(turns.due(database, estate, "worker-1", at))) == 1


def test_what_cannot_be_carried_out_at_all_is_a_case_and_not_silence(world: World) -> None:
    database, estate = world.store.database, world.store.archive.current()
    commands.untold(database, estate, "invoices", "there is no room", world.clock)
    (case,) = world.cases()
    assert (case.message, case.owner) == ("there is no room", "group:finance")
    assert "nothing is called missing" in case.remedy
