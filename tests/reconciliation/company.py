"""A company with a billing system and two sets of books, as its systems show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Case
from interlock.connectors.port import Changes, Event
from interlock.estate.estate import Estate
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.database import Database
from interlock.gate.permit import NotNow
from interlock.reconciliation import commands, store
from interlock.reconciliation.definition import Definition, definition_of
from interlock.reconciliation.examining import Examination, Examiner

NOW = from_iso("2026-11-02T12:00:00Z")
LONG_AGO = from_iso("2026-10-01T00:00:00Z")
TEXT = """
apiVersion: interlock/v1
kind: Group
metadata: {name: finance}
spec: {contact: finance@example.com, members: [ana]}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: us, owner: group:finance}
spec: {country: US, currency: USD, timezone: America/New_York}
---
apiVersion: interlock/v1
kind: System
metadata: {name: billing, owner: group:finance}
spec: {type: billing, connector: stripe, url: "setting:billing_url",
  auth: {scheme: api-key, credential: "secret:billing"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: erp, owner: group:finance}
spec: {type: erp, connector: netsuite, url: "setting:erp_url",
  auth: {scheme: oauth1-tba, credential: "secret:erp"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: books, owner: group:finance}
spec: {type: erp, connector: odoo, url: "setting:books_url",
  auth: {scheme: api-key, credential: "secret:books"}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: customer, owner: group:finance}
spec:
  domain: customer
  authority: billing
  identity: {billing: customer.metadata.key, erp: customer.externalId}
  fields:
    email: {type: string, class: personal, in: {billing: email, erp: email}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: invoice, owner: group:finance}
spec:
  domain: invoice
  authority: erp
  identity: {billing: invoice.metadata.key, erp: invoice.externalId, books: invoice.ref}
  fields:
    customer: {type: ref(customer), in: {erp: {path: entity.id, as: reference},
      billing: {path: customer, as: reference}}}
    currency: {type: currency, in: {billing: {path: currency, as: lower},
      erp: currency.refName, books: currency_id}}
    total: {type: money, in: {billing: {path: total, as: minor_units}, erp: total,
      books: amount_total_in_currency_signed}}
    day: {type: date, in: {billing: day, erp: tranDate}}
    memo: {type: string, in: {billing: memo, erp: memo}}
    sent: {type: timestamp, in: {billing: sent, erp: sent}}
    lines: {list: line, in: {billing: lines.data, erp: item.items}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: line, owner: group:finance}
spec:
  domain: invoice
  authority: erp
  identity: {billing: line.id, erp: item.line}
  fields:
    product: {type: string, in: {billing: product, erp: item.refName}}
    amount: {type: money, in: {billing: {path: amount, as: minor_units}, erp: amount}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: invoices, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {dated: day, fields: {total: total, currency: currency, customer: customer}}
    erp: {dated: day, fields: {total: total, currency: currency, customer: customer}}
  schedule: {settle: 2h}
  closes: 5d
  writeOff: {limit: {USD: 10.00}}
  route: group:finance
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: lines, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {each: lines, key: id + "/" + element.product,
      fields: {amount: element.amount, currency: currency}}
    erp: {each: lines, key: id + "/" + element.product,
      fields: {amount: element.amount, currency: currency}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: customers, owner: group:finance}
spec: {covers: [], entity: customer, systems: [billing, erp]}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: whole, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {fields: {total: total, currency: currency, memo: memo}}
    ledger: {systems: [erp, books], fields: {total: total, currency: currency, memo: memo}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: balances, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {key: customer, summed: true, fields: {total: total, currency: currency}}
    erp: {key: customer, summed: true, fields: {total: total, currency: currency}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: noted, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {dated: memo, fields: {total: total, currency: currency}}
    erp: {dated: memo, fields: {total: total, currency: currency}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: moments, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {fields: {total: total, currency: currency, sent: sent}}
    erp: {fields: {total: total, currency: currency, sent: sent}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: totalled, owner: group:finance}
spec:
  covers: []
  entity: invoice
  sides:
    billing: {where: total > decimal("1"), dated: memo, key: '"all"', summed: true,
      fields: {total: total, currency: currency}}
    erp: {where: total > decimal("1"), dated: memo, key: '"all"', summed: true,
      fields: {total: total, currency: currency}}
"""
Page = Sequence[Event] | Exception | NotNow


@dataclass
class Systems:
    """What each system shows of each object, page by page; the last page is the end."""

    pages: Mapping[tuple[str, str], Sequence[Page]]
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def census(
        self, system: str, obj: str, page: str | None, criticality: str
    ) -> Changes | NotNow:
        assert criticality == "low"
        pages = self.pages.get((system, obj), [()])
        index = sum(1 for each in self.asked if each[:2] == (system, obj))
        self.asked.append((system, obj, page))
        found = pages[min(index, len(pages) - 1)]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, NotNow):
            return found
        return Changes(events=found, cursor=f"{index}", more=index + 1 < len(pages))


def shown(obj: str, ref: str, body: Mapping[str, object], at: datetime = LONG_AGO) -> Event:
    return Event(id=ref, type=f"{obj}.listed", object=obj, ref=ref, body=body, at=at)


def billed(
    key: str | None, cents: int, ref: str = "", at: datetime = LONG_AGO, **more: object
) -> Event:
    body: dict[str, object] = {
        "metadata": {"key": key},
        "currency": "usd",
        "total": cents,
        "customer": "cus_1",
    }
    return shown("invoice", ref or f"in_{key}", {**body, **more}, at)


def posted(
    key: str | None, total: str, ref: str = "", at: datetime = LONG_AGO, **more: object
) -> Event:
    body: dict[str, object] = {
        "externalId": key,
        "currency": {"refName": "USD"},
        "total": total if "," in total else Decimal(total),
        "entity": {"id": "7"},
    }
    return shown("invoice", ref or f"INV{key}", {**body, **more}, at)


CUSTOMERS: Mapping[tuple[str, str], Sequence[Page]] = {
    ("billing", "customer"): [
        [shown("customer", "cus_1", {"metadata": {"key": "C1"}, "email": "a@b.c"})]
    ],
    ("erp", "customer"): [[shown("customer", "7", {"externalId": "C1", "email": "x@b.c"})]],
}


@dataclass
class Look:
    """Examines, and records what came of it when asked to."""

    estate: Estate
    database: Database
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))

    accepted: bool = False

    def __call__(
        self,
        name: str,
        billing: Sequence[Page],
        erp: Sequence[Page],
        as_of: date | None = None,
        **more: Sequence[Page],
    ) -> Examination:
        pages = {
            **CUSTOMERS,
            ("billing", "invoice"): billing,
            ("erp", "invoice"): erp,
            **{(system, "invoice"): each for system, each in more.items()},
        }
        examiner = Examiner(
            estate=self.estate,
            source=Systems(pages),
            database=self.database,
            clock=self.clock,
        )
        with self.database.transaction() as connection:
            decisions = store.decisions(connection, name)
        before = commands.before(self.database, name, accepted=self.accepted)
        return examiner.examine(name, as_of, decisions=decisions, before=before)

    def kept(
        self,
        billing: Sequence[Event],
        erp: Sequence[Event],
        as_of: date | None = None,
        *,
        accepted: bool = False,
    ) -> Examination:
        """Examine the invoices, record what is found, and let its cases follow."""
        self.accepted = accepted
        found = self("invoices", [billing], [erp], as_of)
        commands.record(self.database, self.definition, found, self.clock)
        cases.collect(self.database)
        return found

    @property
    def definition(self) -> Definition:
        return definition_of(self.estate, "invoices")

    def open_cases(self) -> list[Case]:
        cases.collect(self.database)
        with self.database.transaction() as connection:
            return case_store.queue(connection)
