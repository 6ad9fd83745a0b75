"""A small estate to make mistakes in: two systems, one entity, one integration."""

from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.problem import Problem
from interlock.estate.reading.load import Reading, read_texts

FILE = "e.estate.yaml"
HEAD = """\
apiVersion: interlock/v1
kind: System
metadata: {name: crm}
spec: {type: crm, connector: salesforce, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: erp}
spec: {type: erp, connector: netsuite, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: tax}
spec: {type: tax, connector: avalara, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: de}
spec: {country: DE, currency: EUR, timezone: Europe/Berlin}
"""
ENTITY = """\
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: invoice}
spec:
  domain: invoice
  authority: AUTHORITY
  identity: {crm: Opportunity.Id, erp: invoice.externalId}
  MORE
  fields:
    name: {type: string, in: {crm: Name, erp: memo}}
    amount: {type: money, in: {crm: Amount, erp: total}}
    status:
      type: enum
      values: [draft, posted]
      in: {erp: {path: state, as: {A: draft, B: posted}}}
    parent: {type: ref(invoice), in: {crm: ParentId}}
    FIELD
"""
INTEGRATION = """\
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: flow}
spec:
  trigger: {system: crm, entity: invoice}
  key: invoice.id
  MORE
  steps:
    STEPS
"""
PUT = "- {id: a, put: {entity: invoice, from: invoice, into: erp}}"


def entity(
    field: str = "x: {type: string}", authority: str = "crm", more: str = "posted: 'true'"
) -> str:
    text = ENTITY.replace("AUTHORITY", authority)
    return HEAD + text.replace("FIELD", field).replace("MORE", more)


def integration(*steps: str, more: str = "timeout: 1d") -> str:
    said = "\n    ".join(steps or (PUT,))
    return entity() + INTEGRATION.replace("MORE", more).replace("STEPS", said)


def document(kind: str, spec: str) -> str:
    head = f"---\napiVersion: interlock/v1\nkind: {kind}\nmetadata: {{name: it}}\n"
    return entity() + f"{head}spec: {spec}\n"


def read(text: str | bytes, **files: str) -> Reading:
    return read_texts({FILE: text, **files}, capabilities=catalogue.every())


def problems(text: str | bytes, **files: str) -> tuple[Problem, ...]:
    return read(text, **files).problems


def estate(text: str, **files: str) -> Estate:
    reading = read(text, **files)
    assert not reading.problems, "\n".join(f"{p.where}: {p.what}" for p in reading.problems)
    return reading.estate
