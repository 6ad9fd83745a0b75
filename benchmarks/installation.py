"""A small installation over instant vendors in the same process, for benchmarks."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from interlock.audit import tables
from interlock.cases import store as cases
from interlock.connectors.port import Changes, Event, Kind, Outcome, Record, Request, Verdict
from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.flow import commands
from interlock.flow.archive import EstateArchive
from interlock.flow.desk import Workshop
from interlock.flow.restoration import Restorations
from interlock.flow.store import RunStore
from interlock.foundation.clock import SystemClock
from interlock.foundation.database import Database, open_database
from interlock.foundation.queries import load_schema
from interlock.foundation.telemetry import SILENT
from interlock.gate.door import Gate
from interlock.gate.window import Window
from interlock.testing.postgres_server import postgres_server

WRITES = 10
CAPABILITIES = Capabilities(
    connector="instant",
    operations={
        "document.upsert": Capability(
            operation="document.upsert", effect=Effect.UPSERT, guarantee=Guarantee.REFERENCE
        )
    },
    auth_schemes=frozenset({"api-key"}),
)
SYSTEM = """apiVersion: interlock/v1
kind: System
metadata: {name: NAME}
spec: {type: erp, connector: instant, url: x, auth: {scheme: api-key, credential: "secret:x"}}
---
"""
ENTITY = """apiVersion: interlock/v1
kind: Entity
metadata: {name: order}
spec:
  domain: contract
  authority: source
  identity: {source: document.key, target: document.key}
  fields:
    amount: {type: money, in: {source: amount, target: amount}}
    memo: {type: string, in: {source: memo, target: memo}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: bill}
spec:
  trigger: {system: source, entity: order}
  key: order.id
  steps:
"""
STEP = "    - {id: put-N, put: {entity: order, from: order, into: target}}\n"
PROOF = "  proof: [{that: put-0, is: seen.amount == order.amount, within: 1m}]\n"
SIDE = """---
apiVersion: interlock/v1
kind: Integration
metadata: {name: to-NAME}
spec:
  trigger: {system: source, entity: order}
  key: order.id
  steps:
    - {id: put, put: {entity: order, from: order, into: NAME}}
"""


class Instant:
    """A vendor that does everything at once and forgets nothing."""

    capabilities = CAPABILITIES

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, object]] = {}

    def read(self, obj: str, ref: str) -> Record | None:
        return self.find(obj, "key", ref)

    def find(self, obj: str, field: str, value: str) -> Record | None:
        body = self.rows.get(value, {"key": value, "amount": "10.00", "memo": "x"})
        return Record(ref=value, body=body)

    def write(self, request: Request) -> Outcome:
        key = str(request.key)
        self.rows[key] = {"key": key, **request.body}
        return Outcome(verdict=Verdict.DONE, record=Record(ref=key, body=self.rows[key]))

    def changes(self, obj: str, cursor: str | None) -> Changes:
        return Changes(events=(), cursor="")

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Everything that works on runs."""

    shop: Workshop
    estate: Estate
    database: Database


class Refusing(Instant):
    """A vendor that refuses some keys."""

    def __init__(self, refused: str) -> None:
        super().__init__()
        self._refused = refused

    def write(self, request: Request) -> Outcome:
        if request.key == self._refused:
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.REJECTED, message="no")
        return super().write(request)


class Slow(Instant):
    """A vendor that takes its time, as over a network."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def find(self, obj: str, field: str, value: str) -> Record | None:
        time.sleep(self._seconds)
        return super().find(obj, field, value)

    def write(self, request: Request) -> Outcome:
        time.sleep(self._seconds)
        return super().write(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where an installation and its engine keep what they know."""

    name: str
    database: str
    engine: str


@contextmanager
def storages() -> Iterator[list[Storage]]:
    """Make an empty SQLite and an empty PostgreSQL, both as durable as in production."""
    with tempfile.TemporaryDirectory() as folder, postgres_server(os.environ, ()) as server:
        url = server.new_database()
        yield [
            Storage(
                name="SQLite",
                database=f"sqlite:{folder}/interlock.db",
                engine=f"sqlite:///{folder}/engine.db",
            ),
            Storage(name="PostgreSQL", database=url, engine=url),
        ]


@contextmanager
def installed(
    storage: Storage, vendor: Instant, more: Mapping[str, Instant] | None = None
) -> Iterator[Installation]:
    """Make an installation on `storage` over `vendor`.

    Each system of `more` gets an integration of its own, ``to-NAME``, that writes there once.
    """
    more = more or {}
    text = SYSTEM.replace("NAME", "source") + SYSTEM.replace("NAME", "target") + ENTITY
    text += "".join(STEP.replace("N", str(n), 1) for n in range(WRITES)) + PROOF
    text = "".join(SYSTEM.replace("NAME", name) for name in more) + text
    for name in more:
        text = text.replace(
            "target: document.key}", f"target: document.key, {name}: document.key}}"
        )
        text = text.replace("target: amount}", f"target: amount, {name}: amount}}")
        text += SIDE.replace("NAME", name)
    reading = read_texts({"e.estate.yaml": text}, capabilities={"instant": CAPABILITIES})
    assert reading.problems == (), reading.problems
    clock = SystemClock()
    database = open_database(storage.database)
    tables.create(database)
    cases.create(database)
    database.create(load_schema("interlock.flow"))
    archive = EstateArchive(database, lambda _: reading.estate)
    archive.apply(reading.estate, author="a", approver="b", at=clock.now())
    vendors = {"source": vendor, "target": vendor, **more}
    windows = {
        name: Window(connector=each, bound=timedelta(seconds=1)) for name, each in vendors.items()
    }
    gate = Gate(windows, clock, limits={}, report=lambda _s, _t: None)
    shop = Workshop(
        store=RunStore(database),
        archive=archive,
        gate=gate,
        clock=clock,
        telemetry=SILENT,
        transform_of=lambda _estate, _name: dict,
        restorations=Restorations(database, clock),
        worker=f"bench-{os.getpid()}",
    )
    yield Installation(shop=shop, estate=reading.estate, database=database)
    database.close()


def begin(here: Installation, number: int, integration: str = "bill") -> str:
    """Start a run, as an event would."""
    plan = here.estate.plans[integration]
    wanted = commands.Begin(plan=plan, key=f"k{number}", ref=f"k{number}")
    with here.database.transaction() as connection:
        run = commands.begin(connection, wanted, here.shop.clock.now())
    assert run is not None
    return run
