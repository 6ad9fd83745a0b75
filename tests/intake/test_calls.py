"""Calls of users' programs: each taken once and started once, whatever dies between."""

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from interlock.audit import trail
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Verdict
from interlock.estate.capability import Guarantee
from interlock.estate.estate import Estate
from interlock.flow import commands
from interlock.flow.archive import EstateArchive
from interlock.flow.run import Run
from interlock.flow.store import LEASE
from interlock.foundation.ids import SequentialIds
from interlock.foundation.queries import load_schema
from interlock.gate.permit import NotNow
from interlock.intake.api.call import ApiCall, Asked, key_of, ref_of
from interlock.intake.api.counter import Counter, Taken, listed, waiting_calls
from interlock.intake.api.dispatch import Dispatcher
from interlock.intake.api.problems import Problem
from interlock.intake.api.state import sight, status_of
from tests.flow.conftest import MakeWorld, World

API = """---
apiVersion: interlock/v1
kind: Api
metadata: {name: deals, owner: group:ops}
spec:
  callers: "secret:deals"
  operations:
    bill: {integration: bill}
    look: {integration: look, wait: 2s}
  remember: 1h
  backlog: 3
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: look, owner: group:ops}
spec:
  trigger: {system: source, entity: order, each: change, when: 'order.stage == "open"'}
  key: order.id
  steps:
    - id: worth
      require: [{check: 'order.amount > decimal("0")', otherwise: no amount}]
  onError: [{then: park, route: group:ops, respond: 1h}]
---
apiVersion: interlock/v1
kind: Integration
"""
EDITS = {"---\napiVersion: interlock/v1\nkind: Integration\n": API}
AWAY = CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE))


@dataclass(slots=True)
class Desk:
    """A world that takes calls."""

    world: World
    counter: Counter
    asked: Asked
    records: object = None

    def take(self, hold: float = 0.0, /, **changes: str) -> Taken | Problem:
        asked = replace(self.asked, **changes)
        api = self.world.estate.apis["deals"]
        seen = sight(self.world.estate, api.spec.operations[asked.operation].integration)
        return self.counter.take(api, asked, seen, timedelta(seconds=hold))

    def taken(self, **changes: str) -> ApiCall:
        found = self.take(0.0, **changes)
        assert isinstance(found, Taken)
        return found.call

    def refusal(self, hold: float = 0.0, /, **changes: str) -> tuple[int, str]:
        found = self.take(hold, **changes)
        assert isinstance(found, Problem)
        return found.status, found.name

    @property
    def dispatcher(self) -> Dispatcher:
        here = self.world
        records = self.records or here.shop.gate
        return Dispatcher(
            database=here.database,
            archive=here.shop.archive,
            records=records,  # type: ignore[arg-type]  # the tests' own stand in for the gate
            clock=here.clock,
        )

    def order(self, key: str = "order-1", **more: str) -> None:
        row = {"id": key, "key": key, "reversed": False, "amount": "10.00", "currency": "EUR"}
        self.world.vendors["source"].ledger.rows.append({**row, **more})

    def now(self, call: ApiCall) -> ApiCall:
        found = self.counter.get(call.id)
        assert found is not None
        return found

    def run_of(self, call: ApiCall) -> Run | None:
        run = self.now(call).run
        return None if run is None else self.world.shop.store.find(run)

    def status(self, call: ApiCall) -> str:
        return status_of(self.now(call), self.run_of(call))

    def invoices(self) -> int:
        return len(self.world.vendors["books"].ledger.rows)


@pytest.fixture
def desk(world: MakeWorld) -> Desk:
    here = world(Guarantee.KEY, edits=EDITS)
    here.database.create(load_schema("interlock.intake.api"))
    counter = Counter(database=here.database, clock=here.clock, ids=SequentialIds())
    asked = Asked(api="deals", operation="bill", caller="portal", key="k1", ref="order-1")
    return Desk(world=here, counter=counter, asked=asked)


def test_a_call_is_answered_before_anything_is_asked_of_a_system(desk: Desk) -> None:
    call = desk.taken()

    assert call.first is not None
    code, body = call.first
    assert (code, json.loads(body)["status"]) == (202, "accepted")
    assert json.loads(body)["latency"] == "deferred"
    assert desk.world.shop.store.of_integration("bill") == []


def test_a_call_becomes_one_run_that_is_done_in_every_system(desk: Desk) -> None:
    desk.order()
    call = desk.taken()

    assert desk.dispatcher.work_off() == 1
    assert desk.status(call) == "running"
    desk.world.play()

    assert desk.status(call) == "completed"
    assert desk.invoices() == 1
    assert desk.dispatcher.work_off() == 0


def test_a_repetition_is_given_the_first_answer_and_starts_nothing(desk: Desk) -> None:
    desk.order()
    first = desk.taken()
    desk.dispatcher.work_off()
    desk.world.play()

    again = desk.take()

    assert isinstance(again, Taken)
    assert (again.new, again.call.id, again.first) == (False, first.id, first.first)
    assert desk.dispatcher.work_off() == 0
    assert desk.invoices() == 1


def test_the_same_key_with_other_content_is_422(desk: Desk) -> None:
    desk.taken()
    assert desk.refusal(ref="order-2") == (422, "idempotency-key-reused")
    assert desk.refusal(operation="look") == (422, "idempotency-key-reused")


def test_the_same_key_of_another_caller_is_another_call(desk: Desk) -> None:
    assert desk.taken().id != desk.taken(caller="cpq", ref="order-2").id


def test_a_repetition_while_the_first_is_held_is_409_and_later_gets_an_answer(desk: Desk) -> None:
    held = desk.take(2.0, operation="look")
    assert isinstance(held, Taken)
    assert held.first is None
    assert desk.refusal(2.0, operation="look") == (409, "idempotency-key-in-use")

    # The process that held it died: nobody answers it any more.
    desk.world.clock.sleep(timedelta(seconds=8))
    again = desk.take(2.0, operation="look")

    assert isinstance(again, Taken)
    assert (again.new, again.call.id) == (False, held.call.id)


def test_the_first_answer_stays_the_first(desk: Desk) -> None:
    held = desk.take(2.0, operation="look")
    assert isinstance(held, Taken)
    assert desk.counter.answered(held.call, 202, {"status": "accepted"})[0] == 202
    assert desk.counter.answered(held.call, 200, {"status": "completed"})[0] == 202


def test_a_key_is_forgotten_after_its_time_and_the_record_is_still_done_once(desk: Desk) -> None:
    desk.order()
    first = desk.taken()
    desk.dispatcher.work_off()
    desk.world.play()
    desk.world.clock.sleep(timedelta(hours=2))

    second = desk.taken()
    desk.dispatcher.work_off()
    desk.world.play()

    assert second.id != first.id
    assert desk.now(second).joined
    assert desk.now(second).run == desk.now(first).run
    assert desk.invoices() == 1


def test_a_crash_between_accept_and_run_loses_nothing(desk: Desk) -> None:
    desk.order()
    call = desk.taken()
    # Everything in memory is gone; another process opens the same database.
    other = replace(desk.counter, ids=SequentialIds())

    assert desk.dispatcher.work_off() == 1
    desk.world.play()

    found = other.get(call.id)
    assert found is not None
    assert found.run is not None
    assert desk.invoices() == 1


def test_a_crash_while_it_is_looked_into_is_taken_over_when_the_lease_ends(desk: Desk) -> None:
    desk.order()
    call = desk.taken()
    desk.records = Dying()
    with pytest.raises(KeyboardInterrupt):
        desk.dispatcher.work_off()
    desk.records = None

    assert desk.dispatcher.work_off() == 0
    desk.world.clock.sleep(LEASE + timedelta(seconds=1))
    assert desk.dispatcher.work_off() == 1
    desk.world.play()

    assert desk.status(call) == "completed"
    assert desk.invoices() == 1


def test_a_slow_worker_whose_lease_ended_starts_nothing_a_second_time(desk: Desk) -> None:
    desk.order(stage="open")
    call = desk.taken(operation="look")
    slow = Slow(lambda: desk.world.clock.sleep(LEASE * 2), desk.dispatcher)
    desk.records = slow
    desk.dispatcher.work_off()

    assert slow.overtaken == 1
    assert len(desk.world.shop.store.of_integration("look")) == 1
    actions = [entry.action for entry in trail.read(desk.world.database, call.stream)]
    assert actions == ["api.accepted", "api.begun"]


def test_many_workers_at_once_start_a_call_once(desk: Desk) -> None:
    for number in range(3):
        desk.order(f"order-{number}", stage="open")
        desk.taken(operation="look", key=f"k{number}", ref=f"order-{number}")
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        desk.dispatcher.work_off()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = [key for key, _ in desk.world.shop.store.of_integration("look")]
    assert sorted(keys) == ["order-0", "order-1", "order-2"]


def test_while_a_system_is_away_calls_wait_and_are_not_refused(desk: Desk) -> None:
    desk.order()
    call = desk.taken()
    desk.records = Away()
    for _ in range(5):
        desk.dispatcher.work_off()
        assert desk.status(call) == "accepted"
        desk.world.clock.sleep(timedelta(seconds=61))
    desk.records = None

    desk.dispatcher.work_off()
    desk.world.play()
    assert desk.status(call) == "completed"


def test_while_the_gate_has_no_room_calls_wait_until_it_has(desk: Desk) -> None:
    desk.order()
    call = desk.taken()
    desk.records = Full(desk.world)
    desk.dispatcher.work_off()
    desk.records = None

    assert desk.dispatcher.work_off() == 0
    desk.world.clock.sleep(timedelta(seconds=31))
    assert desk.dispatcher.work_off() == 1
    assert desk.status(call) == "running"


def test_a_record_that_is_not_there_is_refused_with_a_problem(desk: Desk) -> None:
    call = desk.taken()
    desk.dispatcher.work_off()

    assert desk.status(call) == "refused"
    document = sight(desk.world.estate, "bill").document(desk.now(call), None)
    problem = document["problem"]
    assert isinstance(problem, dict)
    assert problem["type"] == "urn:interlock:problem:no-such-record"
    assert problem["instance"] == call.url


def test_a_record_that_does_not_call_for_it_is_refused_and_says_what_it_would_take(
    desk: Desk,
) -> None:
    desk.order(stage="lost")
    call = desk.taken(operation="look")
    desk.dispatcher.work_off()

    refused = desk.now(call).refused
    assert refused is not None
    assert 'order.stage == "open"' in str(refused["detail"])


def test_what_was_taken_out_of_the_estate_meanwhile_is_refused_and_not_lost(desk: Desk) -> None:
    desk.order()
    call = desk.taken()
    dispatcher = replace(desk.dispatcher, archive=cast("EstateArchive", Emptied()))

    assert dispatcher.work_off() == 1

    assert desk.status(call) == "refused"
    actions = [entry.action for entry in trail.read(desk.world.database, call.stream)]
    assert actions == ["api.accepted", "api.refused"]


def test_a_record_that_an_event_took_up_already_is_joined(desk: Desk) -> None:
    desk.world.sell("order-1")
    desk.world.play()
    call = desk.taken()
    desk.dispatcher.work_off()
    desk.world.play()

    assert desk.now(call).joined
    assert desk.status(call) == "completed"
    assert desk.invoices() == 1


def test_what_was_taken_back_may_be_asked_for_again(desk: Desk) -> None:
    desk.order(amount="0")
    first = desk.taken()
    desk.dispatcher.work_off()
    desk.world.play()
    assert desk.status(first) == "needs-decision"
    parked = desk.run_of(first)
    assert parked is not None
    commands.answer(
        desk.world.database,
        parked.id,
        answer="compensate",
        by="ana",
        reason="so decided",
        correction=None,
        clock=desk.world.clock,
    )
    desk.world.play()
    assert desk.status(first) in {"compensated", "cancelled"}
    desk.world.vendors["source"].ledger.rows[0]["amount"] = "12.00"

    second = desk.taken(key="k2")
    desk.dispatcher.work_off()
    desk.world.play()

    assert not desk.now(second).joined
    assert desk.status(second) == "completed"


def test_a_full_backlog_takes_no_more_and_loses_nothing(desk: Desk) -> None:
    for number in range(3):
        desk.order(f"order-{number}")
        desk.taken(key=f"k{number}", ref=f"order-{number}")

    assert desk.refusal(key="k9", ref="order-9") == (503, "temporary-reduced-capacity")
    assert isinstance(desk.take(key="k1", ref="order-1"), Taken)
    assert desk.dispatcher.work_off() == 3
    assert isinstance(desk.take(key="k9", ref="order-9"), Taken)


def test_who_called_is_on_record_and_the_call_leads_to_its_transaction(desk: Desk) -> None:
    desk.order()
    call = desk.taken()
    desk.dispatcher.work_off()

    entries = trail.read(desk.world.database, call.stream)
    assert [entry.actor for entry in entries] == ["api:deals/portal", "intake"]
    run = desk.run_of(call)
    assert run is not None
    begun = trail.read(desk.world.database, run.id)[0]
    assert begun.actor == "api:deals/portal"
    assert call.stream in trail.find(desk.world.database, call.id)


@pytest.mark.parametrize(
    ("header", "key"),
    [('"a b"', "a b"), ("8e03978e-40d5", "8e03978e-40d5"), (r'"say \"hi\""', 'say "hi"')],
)
def test_keys_may_be_quoted_as_the_draft_has_it_or_bare(header: str, key: str) -> None:
    assert key_of(header) == key


@pytest.mark.parametrize("header", ["", '""', "a b", "ä", "a" * 256, '"a', "a\x00b"])
def test_a_key_that_is_missing_or_malformed_is_400(header: str) -> None:
    found = key_of(header)
    assert isinstance(found, Problem)
    assert found.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"ref": 1}',
        b'{"ref": ""}',
        b'{"ref": "a", "amount": "1"}',
        b'{"ref": "a", "ref": "b"}',
        b'{"ref": "\\ud800"}',
        b'{"ref": "a\\u0000"}',
        b'{"ref": "' + b"a" * 300 + b'"}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"ref": NaN}',
    ],
)
def test_a_body_that_is_not_one_reference_is_400(body: bytes) -> None:
    found = ref_of(body)
    assert isinstance(found, Problem)
    assert found.status == 400


class Emptied:
    """An archive whose estate has nothing in it any more."""

    def current(self) -> Estate:
        return Estate()


class Away:
    """A system that does not answer."""

    def record(self, system: str, obj: str, ref: str, criticality: str) -> Record:
        raise AWAY


class Dying:
    """The process is killed while it waits for the answer."""

    def record(self, system: str, obj: str, ref: str, criticality: str) -> Record:
        raise KeyboardInterrupt


@dataclass
class Full:
    """The gate lets nothing through for half a minute."""

    world: World

    def record(self, system: str, obj: str, ref: str, criticality: str) -> NotNow:
        return NotNow(until=self.world.clock.now() + timedelta(seconds=30), reason="full")


class Slow:
    """An answer that takes longer than the lease: meanwhile another worker does the work."""

    def __init__(self, sleep: Callable[[], None], other: Dispatcher) -> None:
        self._sleep, self._other = sleep, other
        self._times = itertools.count()
        self.overtaken = 0

    def record(self, system: str, obj: str, ref: str, criticality: str) -> Record | NotNow | None:
        if next(self._times) == 0:
            self._sleep()
            self.overtaken = self._other.work_off()
        return self._other.records.record(system, obj, ref, criticality)


def test_the_same_call_many_times_at_once_is_one_call_with_one_answer(desk: Desk) -> None:
    desk.order()
    found: list[Taken | Problem] = []
    start = threading.Barrier(8)

    def hand_in() -> None:
        start.wait()
        found.append(desk.take())

    threads = [threading.Thread(target=hand_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    taken = [each for each in found if isinstance(each, Taken)]
    assert len(taken) == 8
    assert len({each.call.id for each in taken}) == 1
    assert [each.new for each in taken].count(True) == 1
    assert len({each.first for each in taken}) == 1
    assert desk.dispatcher.work_off() == 1


def test_an_operator_sees_every_call_and_how_many_wait(desk: Desk) -> None:
    desk.order()
    first = desk.taken()
    desk.dispatcher.work_off()
    desk.world.clock.sleep(timedelta(seconds=1))
    second = desk.taken(key="k2", ref="order-2")

    def ids(**which: Any) -> list[str]:
        wanted = {"api": "", "waiting": False, "limit": 10, **which}
        return [each.id for each in listed(desk.world.database, **wanted)]

    assert ids() == [second.id, first.id]
    assert ids(limit=1) == [second.id]
    assert ids(waiting=True) == [second.id]
    assert ids(api="other") == []
    assert waiting_calls(desk.world.database) == 1
