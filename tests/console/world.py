"""An installation with everything twice: for the legal entity `de`, and for `us`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from interlock.access import Act, Grant, Role, acts_of
from interlock.access import commands as access_commands
from interlock.access import store as accounts
from interlock.access.commands import Access
from interlock.access.password import Passwords
from interlock.audit import GENESIS, Entry, Head, trail
from interlock.bootstrap.house import Store, open_store
from interlock.cases import store as cases
from interlock.connectors import catalogue
from interlock.console.desk import Desk
from interlock.console.keeping import look
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.flow.archive import EstateArchive
from interlock.flow.store import QUERIES
from interlock.foundation.clock import VirtualClock, iso
from interlock.foundation.money import Money
from interlock.foundation.queries import query
from interlock.reconciliation import store as breaks
from interlock.reconciliation.decision import Decision, Kind
from interlock.reconciliation.store import Kept

NOON: Final = datetime(2026, 3, 30, 12, tzinfo=UTC)
PASSWORD: Final = "plum orbit canvas nine"
ENTITIES: Final = ("de", "us")
HOST: Final = "127.0.0.1:8321"
_ROW: Final = query(
    "row",
    "UPDATE run SET state = :state, head_position = :position, head_hash = :hash, "
    "due_at = NULL, legal_entity = :entity, currency = 'EUR', amount = '10.00' WHERE id = :id",
)
ESTATE: Final = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {members: [ana, bao]}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: de, owner: group:ops}
spec: {country: DE, currency: EUR, timezone: Europe/Berlin}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: us, owner: group:ops}
spec: {country: US, currency: USD, timezone: America/New_York}
---
apiVersion: interlock/v1
kind: System
metadata: {name: shop, owner: group:ops}
spec:
  type: crm
  connector: stripe
  url: http://127.0.0.1:1
  auth: {scheme: api-key, credential: "secret:shop"}
---
apiVersion: interlock/v1
kind: System
metadata: {name: books, owner: group:ops}
spec:
  type: erp
  connector: stripe
  url: http://127.0.0.1:1
  auth: {scheme: api-key, credential: "secret:books"}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: customer, owner: group:ops}
spec:
  domain: customer
  authority: shop
  legalEntity: company
  identity: {shop: customer.id, books: customer.metadata.shop_id}
  fields:
    name: {type: string, in: {shop: name, books: name}}
    company: {type: string, in: {shop: metadata.company}}
    currency: {type: currency, in: {shop: currency, books: currency}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: carry, owner: group:ops}
spec:
  trigger: {system: shop, entity: customer}
  key: customer.id
  steps:
    - {id: into-books, put: {entity: customer, from: customer, into: books}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: customers, owner: group:ops}
spec:
  covers: [carry]
  entity: customer
  systems: [shop, books]
  writeOff: {limit: {EUR: "5"}}
  route: group:ops
"""


@dataclass(kw_only=True)
class World:
    """The installation, and what is where in it."""

    store: Store
    desk: Desk
    clock: VirtualClock
    heads: dict[str, Head] = field(default_factory=dict)
    case: dict[str, str] = field(default_factory=dict)
    """By legal entity: a case of a failure."""
    approval: dict[str, str] = field(default_factory=dict)
    run: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    decision: dict[str, str] = field(default_factory=dict)

    @property
    def access(self) -> Access:
        return self.desk.access

    def say(self, run: str, action: str, mentions: dict[str, str], **data: object) -> None:
        entry = Entry(
            action=action, at=self.clock.now(), actor="worker:1", data=data, mentions=mentions
        )
        with self.store.database.transaction() as connection:
            head = self.heads.get(run, GENESIS)
            self.heads[run] = trail.append(connection, run, head, [entry])

    def start(self, run: str, key: str, entity: str) -> None:
        self.say(
            run,
            "run.started",
            {"customer": key, "run": run},
            integration="carry",
            key=key,
            generation=1,
            estate=self.desk.store.archive.current().digest,
            legal_entity=entity,
            trigger={"system": "shop", "ref": key},
        )

    def send(self, run: str, payload: dict[str, object], **outcome: object) -> None:
        step = {"step": "into-books", "attempt": 1, "system": "books"}
        told = {**step, "operation": "customer.upsert", "key": "k"}
        ruling = {"field": "name", "system": "shop", "because": "`shop` is the authority"}
        self.say(run, "step.intended", {}, **told, payload=payload, authority=[ruling])
        self.say(run, "step.rejected", {}, **told, **outcome)

    def park(self, run: str, key: str, entity: str, **data: object) -> str:
        said: dict[str, object] = {
            "kind": "period-closed",
            "case_kind": "failure",
            "message": "The period is closed.",
            "integration": "carry",
            "step": "into-books",
            "system": "books",
            "key": key,
            "route": "group:ops",
            "respond": 7_200,
            "legal_entity": entity,
            "money": {"amount": "10.00", "currency": "EUR"},
        }
        self.say(run, "run.parked", {}, **{**said, **data})
        self.leave(run, key, entity, str(data.get("state", "parked")))
        look(self.store.database)
        with self.store.database.transaction() as connection:
            filed = cases.live(connection, run)
        assert filed is not None
        return filed.case.id

    def leave(self, run: str, key: str, entity: str, state: str) -> None:
        """Make the row that the flow would have."""
        row = {
            "id": run,
            "integration": "carry",
            "key": key,
            "generation": 1,
            "estate": self.desk.store.archive.current().digest,
            "criticality": 0,
            "length": 1,
            "head_position": 1,
            "head_hash": "",
            "at": iso(self.clock.now()),
        }
        head = self.heads[run]
        with self.store.database.transaction() as connection:
            connection.execute(QUERIES["start"], row)
            left = {"id": run, "state": state, "position": head.position, "hash": head.hash}
            connection.execute(_ROW, {**left, "entity": entity})

    def file_break(self, identity: str, entity: str, amount: str = "10.00") -> None:
        kept = Kept(
            id=identity,
            name="customers",
            state="open",
            cause="missing-downstream",
            key=f"key-{identity}",
            legal_entity=entity,
            money=Money(Decimal(amount), "EUR"),
            weight=int(Decimal(amount) * 1_000_000),
            as_of=date(2026, 3, 29),
            opened_at=self.clock.now(),
            seen_at=self.clock.now(),
            filed=False,
            body={
                "parts": [
                    {
                        "side": "shop",
                        "system": "shop",
                        "ref": identity,
                        "amount": amount,
                        "currency": "EUR",
                    }
                ],
                "absent": ["books"],
                "differences": [],
                "note": "",
                "suggestion": "",
                "run": "",
            },
        )
        with self.store.database.transaction() as connection:
            breaks.keep(connection, kept)

    def propose(self, identity: str, about: str, by: str) -> None:
        made = Decision(
            id=identity,
            name="customers",
            kind=Kind.WRITE_OFF,
            breaks=[about],
            money=Money(Decimal("10.00"), "EUR"),
            reason="lost",
            by=by,
            at=self.clock.now(),
            in_force=False,
        )
        with self.store.database.transaction() as connection:
            breaks.decide(connection, made)

    def account(self, name: str, *grants: Grant) -> None:
        access_commands.add(self.access, name, grants, PASSWORD, by="root")

    def _acts(self, name: str) -> frozenset[Act]:
        with self.store.database.transaction() as connection:
            return acts_of(accounts.get(connection, name).grants)

    def token(self, name: str, *acts: Act) -> str:
        _, spelled = access_commands.issue(
            self.access, name, acts or self._acts(name), "", timedelta(days=1), by="root"
        )
        return spelled


@cache
def declared() -> Estate:
    reading = read_texts({"e.estate.yaml": ESTATE}, capabilities=catalogue.every())
    assert not reading.problems, reading.problems
    return reading.estate


@contextmanager
def world(home: Path, *, secure: bool = False, lasting: bool = False) -> Iterator[World]:
    """Open a new installation with a case, an approval, a run, a break for each legal entity.

    It is in memory, unless it is `lasting`: then another process can open it afterwards.
    """
    clock = VirtualClock(NOON)
    if not lasting:
        (home / "settings.json").write_text('{"database": "sqlite::memory:"}', encoding="utf-8")
    with open_store(home) as opened:
        archive = EstateArchive(opened.database, lambda _: declared())
        store = replace(opened, clock=clock, archive=archive)
        store.archive.apply(declared(), author="ana", approver="bao", at=NOON)
        access = Access(
            database=store.database, clock=clock, passwords=Passwords(passes=1, memory=64)
        )
        desk = Desk(store=store, access=access, secure=secure, hosts=frozenset({HOST}))
        made = World(store=store, desk=desk, clock=clock)
        for entity in ENTITIES:
            _fill(made, entity)
        for role in Role:
            made.account(role, Grant(role))
            for entity in ENTITIES:
                made.account(f"{role}-{entity}", Grant(role, entity))
        yield made


def _fill(made: World, entity: str) -> None:
    run, asking, done = f"run_{entity}", f"asking_{entity}", f"done_{entity}"
    made.start(run, f"key-{entity}", entity)
    made.send(run, {"name": f"Ada {entity}", "email": "•••"}, kind="period-closed", message="no")
    made.case[entity] = made.park(run, f"key-{entity}", entity)
    made.start(asking, f"ask-{entity}", entity)
    made.approval[entity] = made.park(
        asking, f"ask-{entity}", entity, case_kind="approval", kind="approval", state="asking"
    )
    made.start(done, f"done-{entity}", entity)
    money = {"amount": "5", "currency": "EUR"}
    made.say(done, "run.completed", {"invoice": f"INV-{entity}"}, money=money)
    made.leave(done, f"done-{entity}", entity, "completed")
    made.run[entity] = run
    made.broken[entity], made.decision[entity] = f"B{entity}", f"D{entity}"
    made.file_break(f"B{entity}", entity)
    made.propose(f"D{entity}", f"B{entity}", "somebody")
    look(made.store.database)
