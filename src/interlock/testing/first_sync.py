"""A small company that connects its shop's database to a CRM: for the tests and figures of that.

The shop owns its customers and keeps them in a table; the CRM knows them by an external id. A
customer whose parent the CRM does not have yet waits for it.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from interlock.bootstrap.house import open_store
from interlock.connectors import catalogue
from interlock.estate.reading.load import read_texts
from interlock.foundation.errors import InvariantError

INTEGRATION: Final = "customers-into-crm"
_APPLICATION: Final = 77_001
ESTATE: Final = """apiVersion: interlock/v1
kind: System
metadata: {name: shop}
spec:
  type: other
  connector: sql
  url: "setting:shop_url"
  auth: {scheme: database-file, credential: "secret:shop"}
  holds: [personal]
  inbound: {poll: 1h, overlap: 10s}
  options:
    overlap: 10s
    objects:
      customer:
        table: customers
        id: id
        reference: code
        modified: changed_at
        fields: {name: name, email: email, city: city, parent: parent}
---
apiVersion: interlock/v1
kind: System
metadata: {name: crm}
spec:
  type: crm
  connector: salesforce
  url: "setting:crm_url"
  auth: {scheme: oauth2-client-credentials, credential: "secret:crm"}
  holds: [personal]
  limits: {concurrency: 20, perSecond: 100, perDay: 100000}
  outbound: {networks: [127.0.0.0/8]}
  requestBound: 5s
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: customer}
spec:
  domain: customer
  authority: shop
  identity: {shop: customer.reference, crm: Account.External_Id__c}
  fields:
    name: {type: string, in: {shop: name, crm: Name}}
    email: {type: string, class: personal, in: {shop: email, crm: Billing_Email__c}}
    city: {type: string, in: {shop: city, crm: BillingCity}}
    parent: {type: ref(customer), in: {shop: parent, crm: {path: ParentId, as: reference}}}
---
apiVersion: interlock/v1
kind: Group
metadata: {name: master-data}
spec: {members: [ana, bao]}
---
apiVersion: interlock/v1
kind: Policy
metadata: {name: nobody-from-atlantis}
spec:
  phase: runtime
  action: deny
  message: there is no such city
  expression: '!has(request.values.city) || request.values.city != "Atlantis"'
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: customers-into-crm}
spec:
  trigger: {system: shop, entity: customer, each: change}
  key: customer.id
  timeout: 1h
  retry: {limit: 8, delay: 200ms, backoff: exponential, maxDelay: 1s}
  steps:
    - id: above
      branch:
        - when: has(customer.parent)
          steps: [{id: parent-in-crm, get: {entity: customer, from: crm, key: customer.parent}}]
        - otherwise: true
          steps: []
    - {id: into-crm, put: {entity: customer, from: customer, into: crm}}
  proof:
    - {that: into-crm, is: seen.name == customer.name, within: 1m}
  onError:
    - {when: error.kind == "not-found", then: retry, route: "group:master-data", respond: 1d}
"""

Customer = tuple[str, str, str, str, str | None]
"""Code, name, email, city, and the code of the parent."""


def make_shop(path: Path, customers: Iterable[Customer]) -> None:
    """Write the shop's table of customers, changed one after another a day ago."""
    shop = sqlite3.connect(path)
    shop.execute("PRAGMA journal_mode=WAL")
    shop.execute(f"PRAGMA application_id={_APPLICATION}")
    shop.execute(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
        " name TEXT NOT NULL, email TEXT, city TEXT, parent TEXT, changed_at TEXT NOT NULL)"
    )
    rows = (
        (*each, f"2026-01-{1 + n // 86_400:02d}T{_clock(n)}.000Z")
        for n, each in enumerate(customers)
    )
    shop.executemany(
        "INSERT INTO customers (code, name, email, city, parent, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    shop.commit()
    shop.close()


def _clock(second: int) -> str:
    return str(timedelta(seconds=second % 86_400)).rjust(8, "0")


def make_home(home: Path, shop: Path, crm_url: str, database: str = "") -> None:
    """Make an installation that runs the integration from `shop` into the CRM at `crm_url`.

    Raises:
        InvariantError: The estate above cannot be read any more.
    """
    home.mkdir(parents=True)
    settings = {"shop_url": f"sqlite://{shop}", "crm_url": crm_url, "crm_timeout": "3s"}
    if database:
        settings["database"] = database
    (home / "settings.json").write_text(json.dumps(settings))
    secrets = home / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "shop.json").write_text(json.dumps({"application_id": str(_APPLICATION)}))
    (secrets / "crm.json").write_text(json.dumps({"client_id": "a", "client_secret": "b"}))
    for each in secrets.iterdir():
        each.chmod(0o600)
    reading = read_texts({"first.estate.yaml": ESTATE}, capabilities=catalogue.every())
    if reading.problems:
        raise InvariantError(
            f"the estate of the first sync cannot be read: {reading.problems[0]}",
            hint="It stands in this file.",
        )
    with open_store(home) as store:
        store.archive.apply(reading.estate, author="ana", approver="bao", at=store.clock.now())
