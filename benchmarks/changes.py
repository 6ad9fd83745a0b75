"""A look at what changed since the last one, against a look at everything; 0.1 % changed.

Both read through the same reader and binding, from systems that answer out of memory at once: so
what a vendor's network costs, and is spared, comes on top. The comparison itself is whole in both.
"""

import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from interlock.bootstrap.house import create_tables
from interlock.connectors import catalogue
from interlock.connectors.port import Changes, Event
from interlock.estate.reading.load import read_texts
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import SqliteDatabase
from interlock.reconciliation.examining import Examiner
from interlock.reconciliation.keeping import Keeping

RECORDS = 100_000
"""Of each side."""
PAGE = 1_000
GOAL = 0.05
NOW = datetime(2026, 11, 2, tzinfo=UTC)
SYSTEM = """
apiVersion: interlock/v1
kind: System
metadata: {{name: {name}, owner: group:finance}}
spec: {{type: {type}, connector: {connector}, url: "setting:{name}_url",
  auth: {{scheme: api-key, credential: "secret:{name}"}}}}
---
"""
REST = """
apiVersion: interlock/v1
kind: Group
metadata: {name: finance}
spec: {}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: invoice, owner: group:finance}
spec:
  domain: invoice
  authority: erp
  identity: {billing: invoice.metadata.key, erp: invoice.reference}
  fields:
    currency: {type: currency, in: {billing: {path: currency, as: lower}, erp: currency}}
    total: {type: money, in: {billing: {path: total, as: minor_units}, erp: total_amount}}
    date: {type: date, in: {billing: metadata.date, erp: invoice_date}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: invoices, owner: group:finance}
spec: {covers: [], entity: invoice, systems: [billing, erp]}
"""


class Vendors:
    """Two systems in memory: they list what they have, and tell what changed."""

    def __init__(self) -> None:
        self.there = {
            "billing": [billed(number, 100) for number in range(RECORDS)],
            "erp": [posted(number, "1.00") for number in range(RECORDS)],
        }
        self.told: dict[str, list[Event]] = {"billing": [], "erp": []}

    def census(self, system: str, obj: str, page: str | None, criticality: str) -> Changes:
        return self._page(self.there[system], int(page or 0))

    def changes(self, system: str, obj: str, cursor: str | None, criticality: str) -> Changes:
        told = self.told[system]
        return self._page(told, len(told) if cursor is None else int(cursor))

    def _page(self, events: list[Event], first: int) -> Changes:
        page = events[first : first + PAGE]
        return Changes(events=page, cursor=str(first + len(page)), more=first + PAGE < len(events))


def billed(number: int, cents: int) -> Event:
    metadata = {"key": f"INV-{number}", "date": "2026-10-31"}
    body = {"currency": "usd", "total": cents, "metadata": metadata}
    return event(f"in_{number}", body)


def posted(number: int, total: str) -> Event:
    body = {
        "reference": f"INV-{number}",
        "currency": "USD",
        "total_amount": Decimal(total),
        "invoice_date": "2026-10-31",
    }
    return event(str(number), body)


def event(ref: str, body: dict[str, object]) -> Event:
    return Event(id=ref, type="invoice.listed", object="invoice", ref=ref, body=body, at=NOW)


def measured() -> tuple[float, float]:
    """Return the seconds of a whole look, and of one after 0.1 % changed."""
    systems = SYSTEM.format(name="billing", type="billing", connector="stripe")
    systems += SYSTEM.format(name="erp", type="erp", connector="tryton")
    reading = read_texts({"e.estate.yaml": systems + REST}, capabilities=catalogue.every())
    assert not reading.problems, reading.problems
    database, vendors = SqliteDatabase(None), Vendors()
    create_tables(database)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        examiner = Examiner(
            estate=reading.estate,
            source=vendors,
            database=database,
            clock=VirtualClock(NOW),
            keeping=Keeping(folder=Path(folder), feed=vendors, whole=False),
        )
        for changed in (0, RECORDS // 1_000):
            vendors.told["erp"] += [posted(number, "2.00") for number in range(changed)]
            began = time.perf_counter()
            found = examiner.examine("invoices")
            times.append(time.perf_counter() - began)
            assert found.report is not None, found.troubles
            assert len(found.report.breaks) == changed
    database.close()
    return times[0], times[1]


def main() -> None:
    whole, changes = measured()
    print("\nreconciliation of what changed: 0.1 % of the records of one side, read to report")
    print(
        f"  {RECORDS:,} records a side: whole {whole:.1f} s, changes {changes:.2f} s, "
        f"{changes / whole:.1%} (goal at most {GOAL:.0%})"
    )


if __name__ == "__main__":
    main()
