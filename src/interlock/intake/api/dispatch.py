"""Turns calls that were taken into runs: what a call is about is read back, then it starts (0011).

A call is stored when it is answered, and a run starts in the transaction that says so in the call:
whenever this process dies between the two, the next one goes on, and starts nothing twice.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from interlock.audit import Entry, trail
from interlock.connectors.port import CallFailed, Event, Record
from interlock.estate.binding import identity
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.flow import commands
from interlock.flow.archive import EstateArchive
from interlock.flow.commands import Begin
from interlock.flow.run import State, run_id
from interlock.flow.store import LEASE
from interlock.flow.succession import begin_after
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Connection, Database
from interlock.foundation.errors import UnavailableError
from interlock.gate.permit import NotNow
from interlock.intake.api import problems
from interlock.intake.api.call import ApiCall, call_of
from interlock.intake.api.counter import QUERIES
from interlock.intake.api.problems import Problem
from interlock.intake.meaning import business_key, holds, record_of

LONGEST_PAUSE: Final = timedelta(seconds=60)
TICK: Final = 0.1
AT_ONCE: Final = 50


class Records(Protocol):
    """Where records are read: the gate, which keeps every system's limits."""

    def record(self, system: str, obj: str, ref: str, criticality: str) -> Record | NotNow | None:
        """Return an object by its own id, or when to ask again; raises `CallFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Looks into calls, one after the other."""

    database: Database
    archive: EstateArchive
    records: Records
    clock: Clock

    def run(self, stop: threading.Event, handed_in: threading.Event) -> None:
        """Work until `stop` is set; `handed_in` says that there is something new."""
        while not stop.is_set():
            try:
                found = self.work_off()
            except UnavailableError:
                # The database is away: calls are safe in it.
                stop.wait(1.0)
                continue
            if not found and handed_in.wait(TICK):
                handed_in.clear()

    def work_off(self) -> int:
        """Look into what is due; return how many calls that were."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            rows = connection.rows(QUERIES["due"], {"now": iso(now), "limit": AT_ONCE})
        return sum(self._taken_up(call_of(row)) for row in rows)

    def _taken_up(self, call: ApiCall) -> int:
        """Look into a call unless another worker does; its claim lasts as long as one on a run.

        Who looks for longer than that is not alone any more, which costs a second reading: the
        run is begun by whoever is first.
        """
        row = {"id": call.id, "due_at": call.due_at, "lease": iso(self.clock.now() + LEASE)}
        with self.database.transaction() as connection:
            mine = connection.execute(QUERIES["claim"], row)
        if mine:
            self._look_into(call)
        return mine

    def _look_into(self, call: ApiCall) -> None:
        estate = self.archive.current()
        plan = estate.plans.get(call.integration)
        if plan is None:
            self._refuse(call, problems.withdrawn())
            return
        trigger = plan.trigger
        obj = identity(estate, trigger.entity, trigger.system).obj
        try:
            found = self.records.record(trigger.system, obj, call.ref, plan.criticality)
        except CallFailed:
            self._later(call, self.clock.now() + _pause(call.tries))
            return
        if isinstance(found, NotNow):
            self._later(call, found.until)
        elif found is None:
            self._refuse(call, problems.not_there(trigger.entity, trigger.system))
        else:
            self._start(estate, plan, call, found)

    def _start(self, estate: Estate, plan: Plan, call: ApiCall, found: Record) -> None:
        trigger = plan.trigger
        event = Event(
            id=call.id,
            type=f"api.{call.operation}",
            object=identity(estate, trigger.entity, trigger.system).obj,
            ref=found.ref,
            body=found.body,
            at=self.clock.now(),
        )
        record = record_of(estate, trigger.entity, trigger.system, event)
        if trigger.when is not None and holds(trigger.when, plan, record) is False:
            self._refuse(call, problems.not_called_for(trigger.when.text))
            return
        wanted = Begin(
            plan=plan,
            key=business_key(plan, record, event),
            ref=found.ref,
            version=call.id,
            why=f"call {call.id}",
            actor=f"api:{call.api}/{call.caller}",
            correlation=call.id,
        )
        self._begin(call, wanted)

    def _begin(self, call: ApiCall, wanted: Begin) -> None:
        now = self.clock.now()
        with self.database.transaction() as connection:
            # The row is ours from here on: who comes second finds nothing due, and starts nothing.
            if not connection.execute(QUERIES["taken"], {"id": call.id}):
                return
            run, joined = started(connection, wanted, now)
            row = {"id": call.id, "run": run, "joined": int(joined)}
            connection.execute(QUERIES["begun"], row)
            entry = Entry(
                action="api.begun",
                at=now,
                actor="intake",
                data={"run": run, "joined": joined},
                mentions={"run": run, "key": wanted.key},
            )
            trail.tell(connection, call.stream, [entry])

    def _refuse(self, call: ApiCall, problem: Problem) -> None:
        with self.database.transaction() as connection:
            row = {"id": call.id, "problem": problem.text()}
            if not connection.execute(QUERIES["refused"], row):
                return
            said = {"problem": problem.name, "title": problem.title}
            entry = Entry(action="api.refused", at=self.clock.now(), actor="intake", data=said)
            trail.tell(connection, call.stream, [entry])

    def _later(self, call: ApiCall, until: datetime) -> None:
        with self.database.transaction() as connection:
            connection.execute(QUERIES["later"], {"id": call.id, "due_at": iso(until)})


def started(connection: Connection, wanted: Begin, now: datetime) -> tuple[str, bool]:
    """Start the run that a call asks for; return its id, and whether it was there before.

    A record that has its run is not done again: the call joins that run, whatever became of it
    but having been taken back. Where every change has a run, the call's comes after the one that
    is under way.
    """
    plan, key = wanted.plan, wanted.key
    last = commands.latest(connection, plan.integration, key)
    undone = last is not None and last.state in {State.COMPENSATED, State.CANCELLED}
    if last is not None and not undone:
        if plan.trigger.each == "record" or last.state is State.READY:
            return last.id, True
        if last.state is not State.COMPLETED:
            after = begin_after(connection, last, wanted, now)
            return after or run_id(plan.integration, key, last.generation + 1), False
    begun = commands.begin(connection, wanted, now)
    if begun is not None:
        return begun, False
    # Another event of the record began it at this very moment.
    there = commands.latest(connection, plan.integration, key)
    generation = 1 if there is None else there.generation
    return run_id(plan.integration, key, generation), True


def _pause(tries: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(tries, 10)), LONGEST_PAUSE)
