"""A company whose CRM and two sets of books show their records, page by page, as they change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Case
from interlock.connectors.port import CallFailed, Changes, Event, Kind, Outcome, Verdict
from interlock.estate.estate import Estate
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.database import Database
from interlock.foundation.ids import RandomIds
from interlock.gate.permit import NotNow
from interlock.products.building import Builder
from interlock.products.built import Built
from interlock.products.proof import Proof, Prover

NOW = from_iso("2026-11-02T12:00:00Z")
TEXT = (Path(__file__).parent / "company.estate.yaml").read_text(encoding="utf-8")
OCTOBER = date(2026, 10, 31)
US = ("erp/1", "Ada", "us", OCTOBER, "USD", Decimal("10.50"))
US_2 = ("erp/2", "Ada", "us", OCTOBER, "USD", Decimal(2))
DE = ("books/9", None, "de", date(2026, 10, 30), "EUR", Decimal("7.25"))
Body = Mapping[str, object]
OBJECTS = (("crm", "Account"), ("erp", "customer"), ("erp", "invoice"), ("books", "invoice"))


def outage() -> CallFailed:
    return CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="gone"))


@dataclass
class Vendors:
    """Systems that tell what changed since a place in their history; a lister tells everything."""

    history: dict[tuple[str, str], list[Event]] = field(default_factory=dict)
    listers: set[str] = field(default_factory=set)
    fails_after: dict[str, int] = field(default_factory=dict)
    """System -> after how many pages it is away."""
    page: int = 2
    gap: str = ""
    """What the next page that does not begin anew says that nobody knows any more."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))

    def put(self, system: str, obj: str, ref: str, body: Body) -> None:
        self._tell(system, obj, ref, body, "changed")

    def drop(self, system: str, obj: str, ref: str) -> None:
        self._tell(system, obj, ref, {}, "deleted")

    def vanish(self, system: str, obj: str, ref: str) -> None:
        """Delete a record without telling anybody: history has another one in its place."""
        events = self.history[system, obj]
        other = next(each for each in events if each.ref != ref)
        self.history[system, obj] = [other if each.ref == ref else each for each in events]

    def _tell(self, system: str, obj: str, ref: str, body: Body, verb: str) -> None:
        events = self.history.setdefault((system, obj), [])
        at = self.clock.now()
        number = len(events)
        events.append(
            Event(
                id=f"{ref}:{number}",
                type=f"{obj}.{verb}",
                object=obj,
                ref=ref,
                body=body,
                at=at,
            )
        )

    def census(
        self, system: str, obj: str, page: str | None, criticality: str
    ) -> Changes | NotNow:
        assert criticality == "low"
        self.asked.append((system, obj, page))
        if system in self.fails_after:
            self.fails_after[system] -= 1
            if self.fails_after[system] < 0:
                raise outage()
        events = self.history.get((system, obj), [])
        begin = int(page or 0)
        found = events[begin : begin + self.page]
        end = begin + len(found)
        more = end < len(events)
        cursor = "" if system in self.listers and not more else str(end)
        gap, self.gap = (self.gap, "") if page is not None else ("", self.gap)
        return Changes(events=found, cursor=cursor, more=more, gap=gap)


def invoice(key: str | None, total: object, **more: object) -> Body:
    return {
        "externalId": key,
        "subsidiary": "us",
        "currency": "USD",
        "tranDate": "2026-10-31",
        "total": total,
        "status": "posted",
        "entity": {"id": "7"},
        "item": {"items": []},
        **more,
    }


def german(key: str, total: object, **more: object) -> Body:
    return {
        "reference": key,
        "company": "de",
        "currency": "EUR",
        "invoice_date": "2026-10-30",
        "total_amount": total,
        "state": "posted",
        "lines": [],
        **more,
    }


@dataclass
class Office:
    """Builds products and looks at them."""

    estate: Estate
    database: Database
    home: Path
    vendors: Vendors = field(default_factory=Vendors)
    warehouse: str | None = None

    @property
    def clock(self) -> VirtualClock:
        return self.vendors.clock

    def build(self, name: str = "billings", *, whole: bool = False) -> Built:
        builder = Builder(
            estate=self.estate,
            source=self.vendors,
            database=self.database,
            clock=self.clock,
            ids=RandomIds(),
            home=self.home,
            warehouse=self.warehouse,
        )
        return builder.build(name, whole=whole)

    def rows(self, name: str = "billings") -> Sequence[tuple[object, ...]]:
        """Return what a reader of the Parquet file sees."""
        file = next((self.home / "products" / name / "current").glob("*.parquet"))
        with duckdb.connect() as engine:
            return engine.execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()

    def prove(self, name: str = "billings", at: datetime | None = None) -> Proof:
        clock = self.clock if at is None else VirtualClock(at)
        return Prover(estate=self.estate, database=self.database, clock=clock).prove(name)

    def open_cases(self) -> list[Case]:
        cases.collect(self.database)
        with self.database.transaction() as connection:
            return case_store.queue(connection)
