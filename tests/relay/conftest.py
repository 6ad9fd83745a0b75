"""An outbox with events in it, subscribers that answer as they are told, and virtual time."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from interlock.audit import tables
from interlock.audit.chain import GENESIS
from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Case
from interlock.flow.announcing import outbox_row
from interlock.flow.run import Run, State
from interlock.flow.store import QUERIES
from interlock.foundation.clock import VirtualClock
from interlock.foundation.cloudevents import CloudEvent
from interlock.foundation.database import Database, PostgresDatabase, SqliteDatabase
from interlock.foundation.queries import load_schema
from interlock.relay.courier import Answer, Parcel, Schedule, Subscriber, Verdict
from interlock.relay.deliveries import EVERYTHING, Deliveries, Which
from interlock.relay.relay import Relay
from interlock.testing.postgres_server import PostgresServer

START = datetime(2026, 11, 24, tzinfo=UTC)
TAKEN = Answer(verdict=Verdict.TAKEN, said="200")
BUSY = Answer(verdict=Verdict.NOT_NOW, said="503")
GONE = Answer(verdict=Verdict.HELD, cause="subscriber-gone", said="410")


@dataclass(slots=True)
class Ear:
    """A courier that answers from a list, then with the last of it, and remembers what it got."""

    answers: list[Answer] = field(default_factory=lambda: [TAKEN])
    got: list[Parcel] = field(default_factory=list)

    def hand_over(self, parcel: Parcel) -> Answer:
        self.got.append(parcel)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass(slots=True)
class Post:
    """One installation's outbox and relay."""

    database: Database
    clock: VirtualClock
    subscribers: list[Subscriber] = field(default_factory=list)
    emitted: int = 0

    def subscribe(
        self,
        *answers: Answer,
        name: str = "partner",
        patterns: Sequence[str] = ("com.example.*",),
        waits: Sequence[float] = (5, 300),
    ) -> Ear:
        ear = Ear(list(answers) or [TAKEN])
        schedule = Schedule(waits=[timedelta(seconds=each) for each in waits])
        self.subscribers.append(
            Subscriber(
                name=name,
                patterns=tuple(patterns),
                owner="group:ops",
                courier=ear,
                schedule=schedule,
            )
        )
        return ear

    def emit(self, key: str = "order-1", type_: str = "com.example.posted.v1") -> str:
        """Put an event into the outbox as a run does; return its id."""
        self.emitted += 1
        now = self.clock.now()
        run = _run(key, now)
        event = CloudEvent(
            id=f"event-{self.emitted}", source="urn:x", type=type_, time=now, partitionkey=key
        )
        with self.database.transaction() as connection:
            connection.execute(QUERIES["add_outbox"], outbox_row(event, run, self.emitted))
        return event.id

    @property
    def relay(self) -> Relay:
        return Relay(
            deliveries=Deliveries(self.database),
            subscribers=lambda: self.subscribers,
            clock=self.clock,
            rng=random.Random(7),
        )

    def work(self, seconds: float = 0) -> int:
        """Let time pass, then let the relay do everything that is due."""
        self.clock.sleep(timedelta(seconds=seconds))
        return self.relay.work_off()

    def states(self) -> dict[str, str]:
        rows = Deliveries(self.database).listed(EVERYTHING, 100)
        return {str(row["event"]): str(row["state"]) for row in rows}

    def attempts(self, event: str) -> int:
        (row,) = Deliveries(self.database).listed(Which(event=event), 100)
        return int(str(row["attempts"]))

    def cases(self) -> list[Case]:
        cases.collect(self.database)
        with self.database.transaction() as connection:
            return case_store.queue(connection)


def _run(key: str, now: datetime) -> Run:
    return Run(
        id=f"run-{key}",
        integration="bill",
        key=key,
        generation=1,
        state=State.RUNNING,
        estate="",
        segment=1,
        length=1,
        head=GENESIS,
        signals=0,
        due_at=None,
        path=None,
        seen=None,
        legal_entity=None,
        currency=None,
        amount=None,
        started_at=now,
        updated_at=now,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_empty(request: pytest.FixtureRequest) -> Callable[[], Database]:
    """Open an empty database: everything here holds on both."""
    if request.param == "sqlite":
        return lambda: SqliteDatabase(None)
    server: PostgresServer = request.getfixturevalue("postgres")
    return lambda: PostgresDatabase(server.new_database())


@pytest.fixture
def post(open_empty: Callable[[], Database]) -> Iterator[Post]:
    database = open_empty()
    tables.create(database)
    for room in ("flow", "relay", "cases"):
        database.create(load_schema(f"interlock.{room}"))
    yield Post(database=database, clock=VirtualClock(START))
    database.close()
