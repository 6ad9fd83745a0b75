"""A small installation over instant vendors in the same process, for benchmarks."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from interlock.audit import tables
from interlock.connectors.port import Changes, Event, Outcome, Record, Request, Verdict
from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.flow.archive import EstateArchive
from interlock.flow.segment import Workshop
from interlock.flow.store import RunStore
from interlock.foundation.clock import SystemClock
from interlock.foundation.database import Database, open_database
from interlock.foundation.queries import load_schema
from interlock.foundation.telemetry import SILENT
from interlock.gate.door import Gate, Window

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
    """Everything that works on runs, and the folder that it lives in."""

    shop: Workshop
    estate: Estate
    database: Database
    folder: Path
    vendor: Instant


@contextmanager
def installed() -> Iterator[Installation]:
    """Make an installation on SQLite in a folder of its own."""
    text = SYSTEM.replace("NAME", "source") + SYSTEM.replace("NAME", "target") + ENTITY
    text += "".join(STEP.replace("N", str(n), 1) for n in range(WRITES)) + PROOF
    reading = read_texts({"e.estate.yaml": text}, capabilities={"instant": CAPABILITIES})
    assert reading.problems == (), reading.problems
    vendor, clock = Instant(), SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:{folder}/interlock.db")
        tables.create(database)
        database.create(load_schema("interlock.flow"))
        archive = EstateArchive(database, lambda _: reading.estate)
        archive.apply(reading.estate, author="a", approver="b", at=clock.now())
        window = Window(connector=vendor, bound=timedelta(seconds=1))
        gate = Gate(
            {"source": window, "target": window}, clock, limits={}, report=lambda _s, _t: None
        )
        shop = Workshop(
            store=RunStore(database),
            archive=archive,
            gate=gate,
            clock=clock,
            telemetry=SILENT,
            transform_of=lambda _estate, _name: dict,
            worker="bench",
        )
        yield Installation(
            shop=shop,
            estate=reading.estate,
            database=database,
            folder=Path(folder),
            vendor=vendor,
        )
        database.close()
