"""How long does `interlock check` of 10,000 documents take, against merely parsing them?

Run it with ``python benchmarks/check.py [DOCUMENTS]``. The yardstick is PyYAML's C loader
(``yaml.CSafeLoader``), which builds plain dicts and lists, keeps no positions, and checks nothing.
All read the same files from the same disk, in one process, alternating; the best of three counts.
Processor time is told beside it: on a machine with other work, only that says much.
The command pauses Python's collector, so all are measured without it (the yardstick hardly cares).
The goal is a ratio of at most 2.
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from interlock.cli.check import check
from interlock.connectors import catalogue
from interlock.estate.reading.load import read_estate

CELL = 10
"""Documents of one generated department."""
CELLS_PER_FILE = 5
GOAL = 2.0
DEPARTMENT = """
apiVersion: interlock/v1
kind: Group
metadata: {{name: team-{n}}}
spec: {{contact: team-{n}@example.com, members: [ana, bao]}}
---
apiVersion: interlock/v1
kind: System
metadata: {{name: crm-{n}, title: CRM of department {n}, owner: group:team-{n}}}
spec:
  type: crm
  connector: salesforce
  lifecycle: production
  url: "setting:crm_{n}_url"
  auth: {{scheme: oauth2-client-credentials, credential: "secret:crm-{n}", rotate: 90d}}
  holds: [personal]
  limits: {{concurrency: 20, perSecond: 100, perDay: 200000}}
  requestBound: 10m
  inbound: {{poll: 10s, overlap: 1m}}
---
apiVersion: interlock/v1
kind: System
metadata: {{name: erp-{n}, title: ERP of department {n}, owner: group:team-{n}}}
spec:
  type: erp
  connector: netsuite
  lifecycle: production
  url: "setting:erp_{n}_url"
  auth: {{scheme: oauth2-client-credentials, credential: "secret:erp-{n}", rotate: 90d}}
  holds: [personal]
  limits: {{concurrency: 5, perSecond: 50}}
  requestBound: 15m
  inbound: {{poll: 10s, overlap: 1m}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {{name: customer-{n}, owner: group:team-{n}}}
spec:
  domain: customer
  authority: crm-{n}
  identity: {{crm-{n}: Account.Id, erp-{n}: customer.externalId}}
  fields:
    name: {{type: string, required: true, in: {{crm-{n}: Name, erp-{n}: companyName}}}}
    email: {{type: string, class: personal, in: {{crm-{n}: Email__c, erp-{n}: email}}}}
    currency: {{type: currency, in: {{crm-{n}: CurrencyIsoCode, erp-{n}: currency.refName}}}}
    country: {{type: string, in: {{crm-{n}: BillingCountry, erp-{n}: country}}}}
    terms: {{authority: erp-{n}, type: string, in: {{crm-{n}: Terms__c, erp-{n}: terms.refName}}}}
    hold: {{authority: erp-{n}, type: boolean, in: {{crm-{n}: Hold__c, erp-{n}: onHold}}}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {{name: order-{n}, owner: group:team-{n}}}
spec:
  domain: contract
  authority: crm-{n}
  identity: {{crm-{n}: Opportunity.Id}}
  fields:
    account: {{type: ref(customer-{n}), in: {{crm-{n}: AccountId}}}}
    stage:
      type: enum
      values: [open, won, lost]
      in: {{crm-{n}: {{path: StageName, as: {{Open: open, Won: won, Lost: lost}}}}}}
    amount: {{type: money, required: true, in: {{crm-{n}: Amount}}}}
    currency: {{type: currency, required: true, in: {{crm-{n}: CurrencyIsoCode}}}}
    start: {{type: date, in: {{crm-{n}: Start__c}}}}
    lines: {{list: line-{n}, in: {{crm-{n}: Lines.records}}}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {{name: line-{n}, owner: group:team-{n}}}
spec:
  domain: pricing
  authority: crm-{n}
  identity: {{crm-{n}: OrderItem.Id, erp-{n}: item.line}}
  fields:
    product: {{type: string, required: true, in: {{crm-{n}: ProductCode, erp-{n}: item.refName}}}}
    quantity: {{type: decimal, required: true, in: {{crm-{n}: Quantity, erp-{n}: quantity}}}}
    amount: {{type: money, required: true, in: {{crm-{n}: TotalPrice, erp-{n}: amount}}}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {{name: invoice-{n}, owner: group:team-{n}}}
spec:
  domain: invoice
  authority: erp-{n}
  identity: {{erp-{n}: invoice.externalId}}
  fields:
    customer:
      authority: crm-{n}
      type: ref(customer-{n})
      in: {{erp-{n}: {{path: entity.id, as: reference}}}}
    currency: {{authority: crm-{n}, type: currency, in: {{erp-{n}: currency.refName}}}}
    date: {{authority: crm-{n}, type: date, in: {{erp-{n}: tranDate}}}}
    memo: {{authority: crm-{n}, derivedFrom: [crm-{n}], type: string, in: {{erp-{n}: memo}}}}
    lines: {{list: line-{n}, authority: crm-{n}, in: {{erp-{n}: item.items}}}}
    total: {{type: money, in: {{erp-{n}: total}}}}
    number: {{type: string, in: {{erp-{n}: tranId}}}}
    status: {{type: enum, values: [draft, posted, paid], in: {{erp-{n}: status}}}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {{name: sync-{n}, owner: group:team-{n}}}
spec:
  classification:
    criticality: high
    pattern: event
    latencyTolerance: 15m
    recovery: {{rto: 8h, rpo: 0s}}
    consistency: eventual
    failureImpact: wrong-customer-data
  trigger: {{system: crm-{n}, entity: customer-{n}, each: change}}
  key: customer-{n}.id
  steps:
    - id: into-erp
      put: {{entity: customer-{n}, from: source, into: erp-{n}}}
  onError: [{{then: park, route: group:team-{n}, respond: 4h}}]
---
apiVersion: interlock/v1
kind: Integration
metadata: {{name: bill-{n}, owner: group:team-{n}}}
spec:
  classification:
    criticality: critical
    pattern: orchestration
    latencyTolerance: 15m
    compliance: [sox]
    recovery: {{rto: 4h, rpo: 0s}}
    consistency: eventual
    failureImpact: delayed-revenue
    tradeoff: an order never waits for the ERP
  sla: [{{name: on-time, indicator: latency, threshold: 10m, target: 0.995, window: 30d}}]
  escalation: [{{after: 0m, notify: group:team-{n}}}]
  trigger: {{system: crm-{n}, entity: order-{n}, when: order-{n}.stage == "won"}}
  key: order-{n}.id
  timeout: 60d
  steps:
    - id: terms
      require:
        - {{check: has(order-{n}.start), otherwise: there is no start}}
        - {{check: size(order-{n}.lines) > 0, otherwise: there are no lines}}
    - id: who
      get: {{entity: customer-{n}, from: crm-{n}, key: order-{n}.account}}
    - id: there
      put: {{entity: customer-{n}, from: who, into: erp-{n}}}
    - id: invoice
      pivot: true
      put:
        entity: invoice-{n}
        into: erp-{n}
        key: order-{n}.id
        set:
          customer: who.id
          currency: order-{n}.currency
          date: order-{n}.start
          memo: '"Order " + order-{n}.id'
          lines:
            each: order-{n}.lines
            as: line
            set: {{product: line.product, quantity: line.quantity, amount: line.amount}}
      undo: {{operation: erp-{n}.creditMemo.create, ref: invoice.ref}}
  proof:
    - {{that: invoice, is: seen.status == "posted", within: 15m}}
  onError:
    - {{when: error.kind == "rejected", then: park, route: group:team-{n}, respond: 1d}}
    - {{then: park, route: group:team-{n}, respond: 1h}}
---
apiVersion: interlock/v1
kind: Reconciliation
metadata: {{name: customers-{n}, owner: group:team-{n}}}
spec:
  covers: [bill-{n}, sync-{n}]
  entity: customer-{n}
  systems: [crm-{n}, erp-{n}]
"""
"""Ten documents. Expressions may not contain dashes, so entities are named with underscores."""


def department(number: int) -> str:
    text = DEPARTMENT.format(n=number)
    for name in ("customer", "order", "line", "invoice"):
        text = text.replace(f"{name}-{number}", f"{name}_{number}")
    return text.replace("from: source", f"from: customer_{number}").strip()


def written(folder: Path, documents: int) -> int:
    cells = documents // CELL
    for start in range(0, cells, CELLS_PER_FILE):
        texts = [department(n) for n in range(start, min(start + CELLS_PER_FILE, cells))]
        (folder / f"part-{start:05}.estate.yaml").write_text("\n---\n".join(texts) + "\n", "utf-8")
    return cells * CELL


def parsed(folder: Path) -> int:
    return sum(1 for _ in _documents(folder))


def _documents(folder: Path) -> Iterator[object]:
    for file in sorted(folder.rglob("*.estate.yaml")):
        yield from yaml.load_all(file.read_bytes(), Loader=yaml.CSafeLoader)


def read(folder: Path) -> int:
    reading = read_estate(folder, capabilities=catalogue.every())
    assert not reading.problems, reading.problems[:3]
    return len(reading.estate.declared())


def checked(folder: Path) -> int:
    """Run the command itself, rendering included."""
    output = folder / "findings.json"
    assert check(folder, format_="json", output=output) == 0
    found = json.loads(output.read_text(encoding="utf-8"))["summary"]
    assert found["error"] + found["unknown"] + found["warning"] == 0
    return int(found["documents"])


def timed(work: Callable[[Path], int], folder: Path, documents: int) -> tuple[float, float]:
    """Return seconds, and seconds of the processor, without the collector, as in the command."""
    gc.collect()
    gc.disable()
    try:
        started, busy = time.perf_counter(), time.process_time()
        assert work(folder) == documents
        return time.perf_counter() - started, time.process_time() - busy
    finally:
        gc.enable()


def main() -> int:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    works = {"parse only (CSafeLoader)": parsed, "read and plan": read, "check": checked}
    best: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = written(folder, wanted)
        for _ in range(3):
            for label, work in works.items():
                taken = timed(work, folder, documents)
                before = best.get(label, taken)
                best[label] = min(taken[0], before[0]), min(taken[1], before[1])
    yardstick, at_work = best["parse only (CSafeLoader)"]
    print(f"{documents} documents, best of 3")
    for label, (seconds, busy) in best.items():
        told = f"{seconds:7.2f} s  {seconds / yardstick:5.2f}x"
        print(f"  {label:<26} {told}   processor {busy:6.2f} s  {busy / at_work:5.2f}x")
    ratio = best["check"][0] / yardstick
    print(f"goal: at most {GOAL}x; {'met' if ratio <= GOAL else 'NOT met'}")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
