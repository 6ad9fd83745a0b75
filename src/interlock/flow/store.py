"""Where runs are remembered. Every write of a segment is fenced by its number (F23, F24)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from interlock.audit import Entry, trail
from interlock.flow.core.facts import Answered, Changed, Fact, as_json, from_json
from interlock.flow.run import Run, State, kept_under, run_of
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import VIOLATED, AmbiguousCommitError, Connection, Database, one
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import Query, load_queries
from interlock.foundation.values import dump, load

QUERIES: Final[Mapping[str, Query]] = load_queries("interlock.flow")

LEASE: Final = timedelta(seconds=20)
"""How long a worker may be silent about a run before another takes it over."""


class TakenOverError(UnavailableError):
    """Another worker has taken this run up; what this one found out is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How a run is left: what it waits for."""

    state: State
    due_at: datetime | None = None
    path: str | None = None
    system: str | None = None
    event: str | None = None
    correlation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a run is about in money, for cases and sums; amounts are text."""

    legal_entity: str | None = None
    currency: str | None = None
    amount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Everything that one commit of a segment writes, or nothing of it."""

    facts: Sequence[Fact]
    entries: Sequence[Entry]
    outbox: Sequence[Mapping[str, object]] = ()
    taken: Sequence[str] = ()
    """Signals that this commit uses up."""
    rest: Rest
    money: Money
    seen: str | None = None
    """Digest of what the run carries of its triggering record, once that was read."""
    also: Callable[[Connection], object] | None = None
    """What else belongs into the same transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something addressed to a run: an event, a person's answer, a change at the source."""

    id: str
    kind: str
    body: object


class RunStore:
    """The runs of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """Return the database under the store."""
        return self._database

    def due(self, now: datetime, limit: int) -> list[tuple[str, int]]:
        """Return runs that want to go on, the critical ones first, each with its segment."""
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["due"], {"now": iso(now), "limit": limit})
        return [(str(row["id"]), cast("int", row["segment"])) for row in rows]

    def next_due(self) -> datetime | None:
        """Return when the next run wants to go on; ``None`` when none ever does by time."""
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["next_due"], {}))
        due = None if row is None else row["due_at"]
        return None if due is None else from_iso(str(due))

    def find(self, run_id: str) -> Run | None:
        """Return the run, or ``None``."""
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["run"], {"id": run_id}))
        return None if row is None else run_of(row)

    def orphans(self, worker: str, now: datetime) -> int:
        """Make due what an earlier process of this worker slot had in hand; return how much."""
        with self._database.transaction() as connection:
            return connection.execute(QUERIES["orphans"], {"worker": worker, "now": iso(now)})

    def claim(self, run_id: str, segment: int, worker: str, now: datetime) -> Run | None:
        """Take up segment `segment` + 1 of a run; ``None`` when somebody else did."""
        wanted = {
            "id": run_id,
            "segment": segment,
            "worker": worker,
            "now": iso(now),
            "lease": iso(now + LEASE),
        }
        try:
            with self._database.transaction() as connection:
                row = one(connection.rows(QUERIES["run"], {"id": run_id}))
                if row is None or not connection.execute(QUERIES["claim"], wanted):
                    return None
        except VIOLATED:
            # It had finished and was to be replayed, and another run of its key began just now.
            return None
        # The state is the one that the run was left in: a finished run may be replayed.
        return replace(run_of(row), segment=segment + 1)

    def facts(self, run_id: str) -> list[Fact]:
        """Return everything that has happened to a run, in order."""
        with self._database.transaction() as connection:
            return self.facts_in(connection, run_id)

    def facts_in(self, connection: Connection, run_id: str) -> list[Fact]:
        """Return the facts of a run as the caller's transaction sees them."""
        rows = connection.rows(QUERIES["facts"], {"run": run_id})
        return [from_json(cast("Mapping[str, object]", load(str(row["body"])))) for row in rows]

    def signals(self, run_id: str) -> list[Signal]:
        """Return what is addressed to a run and not used up."""
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["signals_of"], {"run": run_id})
        return [_signal(row) for row in rows]

    def heard(self, run: Run, system: str, event: str, correlation: str) -> Signal | None:
        """Return the first event with this correlation that no run of its kind has used up."""
        wanted = {
            "run": run.id,
            "system": system,
            "event": event,
            "kept": kept_under(run.integration, correlation),
            "correlation": correlation,
        }
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["heard"], wanted))
        return None if row is None else _signal(row)

    def carried_before(self, run: Run) -> str | None:
        """Return what the last run of this key carried through; ``None``: nothing, or undone."""
        wanted = {"integration": run.integration, "key": run.key, "generation": run.generation}
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["carried_before"], wanted))
        kept = row is not None and row["state"] == State.COMPLETED
        return str(row["seen"]) if kept and row is not None and row["seen"] else None

    def of_integration(self, integration: str) -> list[tuple[str, str]]:
        """Return (business key, state) of an integration's runs, earlier generations first."""
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["of_integration"], {"integration": integration})
        return [(str(row["key"]), str(row["state"])) for row in rows]

    def counts(self) -> list[dict[str, object]]:
        """Return how many runs stand where."""
        with self._database.transaction() as connection:
            rows = connection.rows(QUERIES["counts"], {})
        names = ("integration", "state", "legal_entity", "currency", "runs")
        found = [{name: row[name] for name in names} for row in rows]
        return sorted(found, key=lambda row: [str(row[name]) for name in names])

    def wake(self, run_id: str, now: datetime) -> None:
        """Make a run due at once."""
        with self._database.transaction() as connection:
            wake(connection, run_id, now)

    def write(self, run: Run, writing: Writing, now: datetime) -> Run:
        """Commit `writing`; return the run as it is afterwards.

        Raises:
            TakenOverError: Another worker has taken the run up meanwhile; nothing was written.
        """
        while True:
            try:
                with self._database.transaction() as connection:
                    return self._write(connection, run, writing, now)
            except AmbiguousCommitError:
                after = self.find(run.id)
                if after is not None and _is_written(run, writing, after):
                    return after

    def _write(self, connection: Connection, run: Run, writing: Writing, now: datetime) -> Run:
        try:
            head = trail.append(connection, run.id, run.head, writing.entries)
        except trail.StaleHeadError as error:
            raise _taken_over(run) from error
        for message in writing.outbox:
            connection.execute(QUERIES["add_outbox"], message)
        for signal in writing.taken:
            connection.execute(QUERIES["take_signal"], {"id": signal, "run": run.id})
        after = replace(
            run,
            state=writing.rest.state,
            length=run.length + len(writing.facts),
            head=head,
            due_at=writing.rest.due_at,
            path=writing.rest.path,
            seen=writing.seen,
            legal_entity=writing.money.legal_entity,
            currency=writing.money.currency,
            amount=writing.money.amount,
            updated_at=now,
        )
        row = one(connection.rows(QUERIES["progress"], _columns(after, writing.rest)))
        if row is None:
            raise _taken_over(run)
        # Behind the fence: what a worker adds that was overtaken may have the other's numbers.
        if writing.facts:
            connection.execute_many(QUERIES["add_fact"], _rows(run, writing.facts))
        if writing.also is not None:
            writing.also(connection)
        return replace(after, signals=cast("int", row["signals"]))


def wake(connection: Connection, run_id: str, now: datetime) -> None:
    """Tell a run that there is something for it: at once if it rests, else when it looks up."""
    wanted = {"id": run_id, "now": iso(now)}
    if not connection.execute(QUERIES["wake"], wanted):
        connection.execute(QUERIES["nudge"], {"id": run_id})


def _taken_over(run: Run) -> TakenOverError:
    return TakenOverError(
        f"`{run.id}` was taken over by another worker",
        hint="Nothing to do: the other worker goes on with it.",
    )


def _is_written(before: Run, writing: Writing, after: Run) -> bool:
    """Whether a commit of unknown end did happen: history and trail of the run moved with it.

    A commit that adds to neither can be done again without harm.
    """
    added = (len(writing.facts), len(writing.entries))
    moved = (after.length - before.length, after.head.position - before.head.position)
    return after.segment == before.segment and any(added) and moved == added


def _columns(run: Run, rest: Rest) -> dict[str, object]:
    return {
        "id": run.id,
        "segment": run.segment,
        "length": run.length,
        "head_position": run.head.position,
        "head_hash": run.head.hash,
        "state": str(run.state),
        "due_at": None if run.due_at is None else iso(run.due_at),
        "system": rest.system,
        "event": rest.event,
        "correlation": rest.correlation,
        "path": rest.path,
        "seen": run.seen,
        "legal_entity": run.legal_entity,
        "currency": run.currency,
        "amount": run.amount,
        "now": iso(run.updated_at),
    }


def _rows(run: Run, facts: Sequence[Fact]) -> list[dict[str, object]]:
    return [
        {
            "run": run.id,
            "seq": run.length + index,
            "segment": run.segment,
            "body": dump(as_json(fact)),
        }
        for index, fact in enumerate(facts, start=1)
    ]


def _signal(row: Mapping[str, object]) -> Signal:
    return Signal(id=str(row["id"]), kind=str(row["kind"]), body=load(str(row["body"])))


def fact_of(signal: Signal) -> Fact | None:
    """Return the fact that a signal addressed to a run carries, if it carries one."""
    if not isinstance(signal.body, Mapping):
        return None
    fact = from_json(signal.body)
    return fact if isinstance(fact, (Answered, Changed)) else None
