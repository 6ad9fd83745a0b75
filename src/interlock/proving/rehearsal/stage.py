"""One integration at work between thin vendors, on virtual time; and what it leaves behind."""

import heapq
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from interlock.audit import tables
from interlock.cases import commands, store
from interlock.connectors.port import Event
from interlock.estate.capability import Capabilities
from interlock.estate.estate import Estate
from interlock.flow import commands as flow
from interlock.flow.archive import EstateArchive
from interlock.flow.desk import TransformOf, Workshop
from interlock.flow.restoration import Restorations
from interlock.flow.run import State
from interlock.flow.simulator import play
from interlock.flow.store import RunStore
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import load_queries, load_schema
from interlock.foundation.telemetry import SILENT
from interlock.gate.door import Gate
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.proving.rehearsal.records import Record, meant
from interlock.proving.rehearsal.shelf import Shelf

NOON: Final = datetime(2026, 11, 10, 12, tzinfo=UTC)
BOUND: Final = timedelta(seconds=30)
AGAIN: Final = timedelta(minutes=1)
"""After this long a sender repeats a delivery that was not acknowledged."""
FOREVER: Final = timedelta(days=300)
MOST: Final = 1_000
QUERIES: Final = load_queries("interlock.relay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What there is before one integration begins, and what happens to it."""

    integration: str
    begins: tuple[str, str, str]
    """System, entity and key of the record whose event starts it."""
    there: Mapping[str, Mapping[str, Record]]
    """``system entity`` -> key -> the record, in the estate's words."""
    adds: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    """``system.object.verb`` -> entity -> what the vendor says of it by itself."""
    moves: Mapping[str, Mapping[str, Mapping[str, Record]]] = field(default_factory=dict)
    """``system.object.verb`` -> entity -> key -> what becomes of another record by it."""
    event: str = ""
    """The type of the first event, where the integration asks for one."""
    later: Sequence[Mapping[str, object]] = ()
    """What happens then: ``after`` (minutes), ``record`` (as in `there`), ``event`` (its type); or
    a person's ``answer`` to what the run asks."""


@dataclass(slots=True)
class _Cues:
    """The deliveries of a script, in the order of their time."""

    clock: VirtualClock
    coming: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)

    def at(self, moment: datetime, happens: Callable[[], object]) -> None:
        heapq.heappush(self.coming, (moment, len(self.coming), happens))

    def next_at(self) -> datetime | None:
        return self.coming[0][0] if self.coming else None

    def happen(self) -> None:
        now = self.clock.now()
        while self.coming and self.coming[0][0] <= now:
            _, _, happens = heapq.heappop(self.coming)
            try:
                happens()
            except UnavailableError:
                self.at(now + AGAIN, happens)


@dataclass(slots=True, kw_only=True)
class Stage:
    """One integration, its systems, and one worker slot."""

    script: Script
    systems: dict[str, Shelf]
    shop: Workshop
    clock: VirtualClock
    cues: _Cues

    @property
    def database(self) -> Database:
        """The installation's database."""
        return self.shop.store.database

    def go_on(self) -> None:
        """Let time pass until nothing is due any more."""
        until = self.clock.now() + FOREVER
        rng = random.Random(0)  # noqa: S311 (one run at a time: nothing to choose)
        play([self.shop], self.clock, rng, until=until, plot=self.cues)

    def states(self) -> list[str]:
        """Return the states of all runs."""
        found = self.shop.store.of_integration(self.script.integration)
        return [state for _, state in found]

    def questions(self) -> list[str]:
        """Return what people are asked."""
        commands.collect(self.database)
        with self.database.transaction() as connection:
            return [f"{case.cause} {case.message}" for case in store.queue(connection, limit=99)]

    def outside(self) -> dict[str, object]:
        """Return what the systems hold, and what was announced: all that anybody else can see."""
        held: dict[str, object] = {
            f"{name} {obj} {ref}": body
            for name, shelf in self.systems.items()
            for (obj, ref), body in shelf.rows.items()
        }
        with self.database.transaction() as connection:
            rows = connection.rows(QUERIES["unaddressed"], {"limit": MOST})
        held["announced"] = sorted((str(row["id"]), str(row["type"])) for row in rows)
        return held


@contextmanager
def staged(
    estate: Estate,
    capabilities: Mapping[str, Capabilities],
    script: Script,
    database: Database,
    transform_of: TransformOf,
) -> Iterator[Stage]:
    """Build the stage; nothing has happened on it yet."""
    clock = VirtualClock(NOON)
    alone = replace(estate, plans={script.integration: estate.plans[script.integration]})
    systems = {
        name: Shelf(
            name=name,
            estate=estate,
            capabilities=capabilities[system.spec.connector],
            clock=clock,
            adds=_typed_adds(estate, script),
            moves=_typed_moves(estate, script),
        )
        for name, system in estate.systems.items()
    }
    tables.create(database)
    for room in ("flow", "intake", "cases"):
        database.create(load_schema(f"interlock.{room}"))
    archive = EstateArchive(database, lambda _: alone)
    archive.apply(alone, author="ana", approver="bao", at=clock.now())
    windows = {name: Window(connector=each, bound=BOUND) for name, each in systems.items()}
    shop = Workshop(
        store=RunStore(database),
        archive=archive,
        gate=Gate(windows, clock, limits={}, report=lambda _system, _turn: None),
        clock=clock,
        telemetry=SILENT,
        transform_of=transform_of,
        restorations=Restorations(database, clock),
        worker="worker-1",
    )
    here = Stage(script=script, systems=systems, shop=shop, clock=clock, cues=_Cues(clock))
    _set(here, estate, Inbox(shop.store, archive, clock))
    try:
        yield here
    finally:
        database.close()


def _typed_adds(estate: Estate, script: Script) -> dict[str, dict[str, Record]]:
    return {
        operation: {entity: meant(estate, entity, record) for entity, record in by.items()}
        for operation, by in script.adds.items()
    }


def _typed_moves(estate: Estate, script: Script) -> dict[str, dict[str, dict[str, Record]]]:
    return {
        operation: {
            entity: {key: meant(estate, entity, record) for key, record in records.items()}
            for entity, records in by.items()
        }
        for operation, by in script.moves.items()
    }


def _set(here: Stage, estate: Estate, inbox: Inbox) -> None:
    """Let the systems hold what is there, and write down what will happen."""
    script = here.script
    events: dict[tuple[str, str, str], Event] = {}
    for where, records in script.there.items():
        system, entity = where.split(" ")
        for key, record in records.items():
            shelf = here.systems[system]
            events[system, entity, key] = shelf.hold(entity, key, meant(estate, entity, record))
    first = events[script.begins]
    if script.event:
        first = replace(first, type=script.event)
    here.cues.at(NOON + AGAIN, lambda: inbox.take(script.begins[0], first))
    for cue in script.later:
        here.cues.at(
            NOON + timedelta(minutes=int(str(cue["after"]))),
            lambda cue=cue: _happens(here, estate, inbox, cue),  # type: ignore[misc]  # bound
        )


def _happens(here: Stage, estate: Estate, inbox: Inbox, cue: Mapping[str, object]) -> None:
    if cue.get("answer"):
        _decide(here, "approve" if cue["answer"] == "approve" else "deny")
        return
    system, entity = str(cue["where"]).split(" ")
    record = cue["record"]
    if not isinstance(record, Mapping):
        raise TypeError(record)
    told = here.systems[system].hold(entity, str(cue["key"]), meant(estate, entity, record))
    inbox.take(system, replace(told, type=str(cue["event"]), id=f"cue:{cue['after']}"))


def _decide(here: Stage, said: Literal["approve", "deny"]) -> None:
    """Let a person answer; a click whose answer got lost is repeated, and then refused."""
    with here.database.transaction() as connection:
        run = flow.latest(connection, here.script.integration, here.script.begins[2])
    if run is None or run.state is not State.ASKING:
        return
    flow.answer(
        here.database,
        run.id,
        answer=said,
        by="ana",
        reason="so decided",
        correction=None,
        clock=here.clock,
    )
