"""A small estate with a source and two targets, and everything that works on its runs."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from interlock.audit import tables, trail
from interlock.connectors.port import Event
from interlock.estate.capability import Guarantee
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.flow import commands
from interlock.flow.archive import EstateArchive
from interlock.flow.core.facts import Answer
from interlock.flow.desk import Workshop
from interlock.flow.restoration import Restorations
from interlock.flow.simulator import Fate, Played, play
from interlock.flow.store import RunStore
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database, PostgresDatabase, SqliteDatabase
from interlock.foundation.queries import load_schema
from interlock.foundation.telemetry import SILENT
from interlock.gate.door import Gate
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox, Taken
from interlock.testing.postgres_server import PostgresServer
from tests.flow.vendor import BOUND, Vendor, capabilities

ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: source, owner: group:ops}
spec: {type: crm, connector: class-b, url: x, auth: {scheme: api-key, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: first, owner: group:ops}
spec: {type: billing, connector: CLASS, url: x, auth: {scheme: api-key, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: books, owner: group:ops}
spec: {type: erp, connector: CLASS, url: x, auth: {scheme: api-key, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: order, owner: group:ops}
spec:
  domain: contract
  authority: source
  identity: {source: document.key, first: document.key, books: document.key}
  fields:
    amount: {type: money, required: true, in: {source: amount, first: amount, books: amount}}
    currency: {type: currency, required: true, in: {source: currency}}
    stage: {type: string, in: {source: stage}}
    note: {type: string, in: {source: note}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: bill, owner: group:ops}
spec:
  trigger: {system: source, entity: order}
  key: order.id
  retry: {limit: 6, delay: 1s, maxDelay: 20s}
  steps:
    - id: worth
      require: [{check: 'order.amount > decimal("0")', otherwise: no amount}]
    - id: subscription
      put: {entity: order, from: order, into: first}
      undo: {operation: first.document.cancel, ref: subscription.ref}
    - id: invoice
      pivot: true
      put: {entity: order, from: order, into: books}
      undo: {operation: books.document.cancel, ref: invoice.ref}
  proof:
    - {that: invoice, is: seen.amount == order.amount, within: 10m}
  onError:
    - {when: error.kind == "rejected", then: compensate, route: group:ops, respond: 1h}
    - {then: park, route: group:ops, respond: 1h}
"""
START = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything of one simulated installation."""

    shop: Workshop
    clock: VirtualClock
    rng: random.Random
    vendors: Mapping[str, Vendor]
    estate: Estate
    database: Database
    numbers: Iterator[int]

    def sell(self, key: str, amount: str = "10.00") -> None:
        source = self.vendors["source"].ledger
        row = {"id": key, "key": key, "reversed": False, "amount": amount, "currency": "EUR"}
        source.rows.append(row)
        with self.database.transaction() as connection:
            wanted = commands.Begin(plan=self.estate.plans["bill"], key=key, ref=key)
            commands.begin(connection, wanted, self.clock.now())

    def tell(self, key: str, **changes: str) -> Taken:
        """Let the source record change, and its event come in."""
        rows = self.vendors["source"].ledger.rows
        row = next((row for row in rows if row["key"] == key), None)
        if row is None:
            row = {"id": key, "key": key, "reversed": False, "amount": "10.00", "currency": "EUR"}
            rows.append(row)
        row.update(changes)
        event = Event(
            id=f"event-{next(self.numbers)}",
            type="document.changed",
            object="document",
            ref=key,
            body=dict(row),
            at=self.clock.now(),
        )
        return Inbox(self.shop.store, self.shop.archive, self.clock).take("source", event)

    def answer(self, key: str, answer: Answer, reason: str = "so decided") -> None:
        (run,) = trail.find(self.database, key)
        commands.answer(
            self.database,
            run,
            answer=answer,
            by="ana",
            reason=reason,
            correction=None,
            clock=self.clock,
        )

    def play(self, *, hours: float = 48.0, kill_rate: float = 0.0) -> Played:
        until = self.clock.now() + timedelta(hours=hours)
        fate = Fate(kill=kill_rate)
        return play([self.shop], self.clock, self.rng, until=until, fate=lambda: fate)

    def let_vendors_finish(self) -> None:
        """Let everything happen that the vendors are still busy with."""
        self.clock.sleep(BOUND * 2)
        for vendor in self.vendors.values():
            vendor.read("document", "none")

    def states(self) -> dict[str, str]:
        return dict(self.shop.store.of_integration("bill"))


MakeWorld = Callable[..., World]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_empty(request: pytest.FixtureRequest) -> Callable[[], Database]:
    """Open an empty database: everything here holds on both."""
    if request.param == "sqlite":
        return lambda: SqliteDatabase(None)
    server: PostgresServer = request.getfixturevalue("postgres")
    return lambda: PostgresDatabase(server.new_database())


@pytest.fixture
def world(open_empty: Callable[[], Database]) -> Iterator[MakeWorld]:
    """Make worlds of a class, with a seed and fault rates; all are closed at the end."""
    opened: list[Database] = []

    def make(
        guarantee: Guarantee = Guarantee.NOTHING,
        seed: int = 0,
        rates: Mapping[str, float] | None = None,
        edits: Mapping[str, str] | None = None,
    ) -> World:
        clock, rng = VirtualClock(START), random.Random(seed)
        quiet = Vendor(Guarantee.REFERENCE, clock, rng, {})
        vendors = {
            "source": quiet,
            "first": Vendor(guarantee, clock, rng, rates or {}),
            "books": Vendor(guarantee, clock, rng, rates or {}),
        }
        known = {f"class-{g.lower()}": capabilities(g) for g in Guarantee}
        text = ESTATE.replace("CLASS", f"class-{guarantee.lower()}")
        for old, new in (edits or {}).items():
            assert old in text
            text = text.replace(old, new)
        reading = read_texts({"e.estate.yaml": text}, capabilities=known)
        assert reading.problems == ()
        database = open_empty()
        opened.append(database)
        tables.create(database)
        database.create(load_schema("interlock.flow"))
        database.create(load_schema("interlock.intake"))
        archive = EstateArchive(database, lambda _: reading.estate)
        archive.apply(reading.estate, author="ana", approver="bao", at=START)
        windows = {name: Window(connector=v, bound=BOUND) for name, v in vendors.items()}
        gate = Gate(windows, clock, limits={}, report=lambda _system, _turn: None)
        shop = Workshop(
            store=RunStore(database),
            archive=archive,
            gate=gate,
            clock=clock,
            telemetry=SILENT,
            transform_of=lambda _estate, _name: dict,
            restorations=Restorations(database, clock),
            worker="worker-1",
        )
        return World(
            shop=shop,
            clock=clock,
            rng=rng,
            vendors=vendors,
            estate=reading.estate,
            database=database,
            numbers=itertools.count(1),
        )

    yield make
    for database in opened:
        database.close()
