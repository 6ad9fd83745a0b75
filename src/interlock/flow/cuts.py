"""Cuts: the writes of many runs that leave together, and where they are remembered.

A cut is written down together with the intents of its writes, before anything of it leaves; the
vendor's name of its job is written down before the job begins. So after any crash it is known
whether it never left (nothing was applied), or whom to ask what became of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from interlock.audit import Entry, trail
from interlock.flow.run import Run, run_of
from interlock.flow.store import LEASE, QUERIES, TakenOverError
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Database, Row, one

IN_ONE_CALL: Final = "in one call"
"""Stands for the vendor's name of a job where there is none: few writes left in a call."""
HELD: Final = timedelta(minutes=2)
"""How long a worker may be silent about its cuts before another sees to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Writes of one operation of one system."""

    id: str
    integration: str
    system: str
    operation: str
    field: str
    """The vendor's field that carries our keys."""
    criticality: str
    job: str | None = None
    """The vendor's name of it; ``None``: nothing of it has left."""
    made_at: datetime

    @property
    def place(self) -> tuple[str, str]:
        """Return where it goes: a system and one of its operations."""
        return self.system, self.operation

    @property
    def obj(self) -> str:
        """Return the vendor's object that it writes."""
        return self.operation.rpartition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One write of a cut."""

    run: str
    path: str
    key: str


class CutStore:
    """The cuts of one installation that are not settled."""

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self._worker = worker

    def join(
        self, connection: Connection, cut: Cut, members: Sequence[Member], now: datetime
    ) -> None:
        """Write down, in the transaction of the intents, that `members` leave in `cut`."""
        row = {
            "id": cut.id,
            "integration": cut.integration,
            "system": cut.system,
            "operation": cut.operation,
            "field": cut.field,
            "criticality": cut.criticality,
            "worker": self._worker,
            "now": iso(now),
            "until": iso(now + HELD),
        }
        connection.execute(QUERIES["open_cut"], row)
        rows = [
            {"cut": cut.id, "key": each.key, "run": each.run, "path": each.path}
            for each in members
        ]
        connection.execute_many(QUERIES["join_cut"], rows)

    def left(self, cut: Cut, job: str, writes: int, now: datetime) -> None:
        """Write down the vendor's name of a job that is about to begin.

        Raises:
            TakenOverError: Another worker sees to the cut, as this one was silent: let it be.
        """
        said = {
            "system": cut.system,
            "operation": cut.operation,
            "job": job,
            "writes": writes,
            "integration": cut.integration,
        }
        with self._database.transaction() as connection:
            wanted = {"id": cut.id, "job": job, "worker": self._worker}
            if not connection.execute(QUERIES["cut_left"], wanted):
                raise TakenOverError(
                    f"`{cut.id}` was taken over by another worker",
                    hint="Call again: its writes are sent as if this had never been.",
                )
            self._say(connection, cut, "cut.left", said, now)

    def members(self, cut: Cut) -> list[Member]:
        """Return the writes of `cut` that are not settled."""
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["members"], {"cut": cut.id})
        return [
            Member(run=str(row["run"]), path=str(row["path"]), key=str(row["key"])) for row in rows
        ]

    def leave(self, connection: Connection, cut: Cut, members: Iterable[Member]) -> None:
        """Forget writes, in the transaction that takes in what became of them."""
        rows = [{"cut": cut.id, "key": each.key} for each in members]
        connection.execute_many(QUERIES["leave_cut"], rows)

    def close(self, cut: Cut, came_to: dict[str, int], now: datetime) -> None:
        """Forget a cut all of whose writes are settled."""
        with self._database.transaction() as connection:
            connection.execute(QUERIES["close_cut"], {"id": cut.id})
            self._say(connection, cut, "cut.settled", {"job": cut.job, **came_to}, now)

    def hold(self, now: datetime) -> None:
        """Say that this worker still sees to its cuts."""
        wanted = {"worker": self._worker, "until": iso(now + HELD)}
        with self._database.transaction() as connection:
            connection.execute(QUERIES["hold_cuts"], wanted)

    def taken(self, now: datetime) -> list[Cut]:
        """Take over what an earlier process of this worker, or one that is silent, has left."""
        wanted = {"worker": self._worker, "now": iso(now)}
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["abandoned_cuts"], wanted)
            return [
                _cut(row)
                for row in rows
                if connection.execute(
                    QUERIES["take_cut"],
                    {
                        "id": row["id"],
                        "held": row["held_until"],
                        "worker": self._worker,
                        "until": iso(now + HELD),
                    },
                )
            ]

    def claim(self, run_id: str, cut: Cut, now: datetime) -> Run | None:
        """Take up a run that waits for what becomes of `cut`; ``None``: it does not any more."""
        wanted = {"id": run_id, "cut": cut.id, "worker": self._worker, "now": iso(now)}
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["run"], {"id": run_id}))
            taken = {**wanted, "lease": iso(now + LEASE)}
            if row is None or not connection.execute(QUERIES["claim_batched"], taken):
                return None
        run = run_of(row)
        return replace(run, segment=run.segment + 1)

    def due_of(self, integration: str, now: datetime, limit: int) -> list[tuple[str, int]]:
        """Return runs of an integration that want to go on, each with its segment."""
        wanted = {"integration": integration, "now": iso(now), "limit": limit}
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["due_of"], wanted)
        return [(str(row["id"]), cast("int", row["segment"])) for row in rows]

    def next_due_of(self, integration: str) -> datetime | None:
        """Return when the next run of an integration wants to go on by itself."""
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["next_due_of"], {"integration": integration}))
        due = None if row is None else row["due_at"]
        return None if due is None else from_iso(str(due))

    def states_of(self, integration: str) -> dict[str, int]:
        """Return how many runs of an integration stand where."""
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["states_of"], {"integration": integration})
        return {str(row["state"]): cast("int", row["runs"]) for row in rows}

    def _say(
        self, connection: Connection, cut: Cut, action: str, data: dict[str, object], now: datetime
    ) -> None:
        stream = f"cut:{cut.id}"
        entry = Entry(action=action, at=now, actor=self._worker, data=data)
        trail.tell(connection, stream, [entry])


def _cut(row: Row) -> Cut:
    job = row["job"]
    return Cut(
        id=str(row["id"]),
        integration=str(row["integration"]),
        system=str(row["system"]),
        operation=str(row["operation"]),
        field=str(row["field"]),
        criticality=str(row["criticality"]),
        job=None if job is None else str(job),
        made_at=from_iso(str(row["made_at"])),
    )
