"""What the estate says of a system is held against what the system says of itself."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from interlock.bootstrap.doctor.fitting import bindings, misfits, objects_of
from interlock.bootstrap.doctor.misfit import Misfit
from interlock.checks.inspection import Inspection
from interlock.connectors import catalogue
from interlock.connectors.description import FieldShape, Kind, Shape
from interlock.estate.reading.load import read_texts

ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: crm, owner: group:ops}
spec:
  type: crm
  connector: salesforce
  url: "setting:crm_url"
  auth: {scheme: oauth2-client-credentials, credential: "secret:crm"}
---
apiVersion: interlock/v1
kind: System
metadata: {name: erp, owner: group:ops}
spec:
  type: erp
  connector: netsuite
  url: "setting:erp_url"
  auth: {scheme: oauth2-m2m, credential: "secret:erp"}
  inbound: {poll: 1m, overlap: 10s}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: customer, owner: group:ops}
spec:
  domain: customer
  authority: erp
  identity: {erp: customer.externalId, crm: Account.External_Id__c}
  fields:
    name: {type: string, in: {erp: companyName, crm: Name}}
    hold: {type: boolean, in: {erp: creditHoldOverride, crm: Hold__c}}
    level:
      type: enum
      values: [good, bad]
      in: {erp: comments, crm: {path: Level__c, as: {Good: good, Bad: bad}}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: deal, owner: group:ops}
spec:
  domain: contract
  authority: crm
  identity: {crm: Opportunity.Id}
  fields:
    amount: {type: money, in: {crm: Amount}}
    lines: {list: deal_line, in: {crm: OpportunityLineItems.records}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: deal_line, owner: group:ops}
spec:
  domain: contract
  authority: crm
  identity: {}
  fields:
    quantity: {type: decimal, in: {crm: Quantity}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: sync, owner: group:ops}
spec:
  lifecycle: experimental
  trigger: {system: erp, entity: customer}
  key: customer.id
  steps:
    - {id: copy, put: {entity: customer, from: customer, into: crm}}
"""
NAME = FieldShape(kind=Kind.TEXT, createable=True, updateable=True, mandatory=True)
HOLD = FieldShape(kind=Kind.BOOLEAN, createable=True, updateable=True)
KEY = FieldShape(kind=Kind.TEXT, createable=True, updateable=True)
LEVEL = FieldShape(
    kind=Kind.CHOICE, createable=True, updateable=True, values=("Good", "Bad"), closed=True
)
ACCOUNT = {"Name": NAME, "Hold__c": HOLD, "Level__c": LEVEL, "External_Id__c": KEY}
LINES = FieldShape(kind=Kind.LIST, inside={"Quantity": FieldShape(kind=Kind.NUMBER)})
OPPORTUNITY = {
    "Id": FieldShape(kind=Kind.REFERENCE, createable=False),
    "Amount": FieldShape(kind=Kind.NUMBER),
    "OpportunityLineItems": FieldShape(kind=Kind.PARTS, inside={"records": LINES}),
}
READING = read_texts({"crm.estate.yaml": ESTATE}, capabilities=catalogue.every())
Fields = Mapping[str, FieldShape]


SELLING = """
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: offer, owner: group:ops}
spec:
  domain: contract
  authority: erp
  identity: {erp: invoice.externalId, crm: Account.Key__c}
  fields:
    lines: {list: offer_line, in: {erp: item.items, crm: Lines__r.records}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: offer_line, owner: group:ops}
spec:
  domain: contract
  authority: erp
  identity: {}
  fields:
    quantity: {type: decimal, in: {erp: quantity, crm: Quantity}}
    total: {type: money, in: {erp: amount, crm: TotalPrice}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: offering, owner: group:ops}
spec:
  lifecycle: experimental
  trigger: {system: erp, entity: offer}
  key: offer.id
  steps:
    - {id: offered, put: {entity: offer, into: crm, key: offer.id, set: {lines: LINES}}}
"""
QUANTITY = FieldShape(kind=Kind.NUMBER, createable=True, updateable=False)
TOTAL = FieldShape(kind=Kind.NUMBER, createable=False, updateable=False)


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        ("{each: offer.lines, as: l, set: {quantity: l.quantity, total: l.total}}", ["total"]),
        ("{each: offer.lines, as: l, set: {quantity: l.quantity}}", []),
        ("offer.lines", ["total"]),
    ],
)
def test_what_is_written_inside_a_list_must_be_writable_on_a_new_element(
    lines: str, refused: list[str]
) -> None:
    texts = {"crm.estate.yaml": ESTATE + SELLING.replace("LINES", lines)}
    reading = read_texts(texts, capabilities=catalogue.every())
    assert not reading.problems, reading.problems
    inspection = Inspection(estate=reading.estate, now=datetime(2026, 1, 1, tzinfo=UTC))
    rows = FieldShape(kind=Kind.LIST, inside={"Quantity": QUANTITY, "TotalPrice": TOTAL})
    parts = FieldShape(kind=Kind.PARTS, inside={"records": rows})
    account = Shape(fields={**ACCOUNT, "Key__c": KEY, "Lines__r": parts})

    said = [each.what for each in misfits(inspection, "crm", {"Account": account})]

    told = [what.split("`")[1] for what in said if "is not createable" in what]
    assert told == refused


def found(account: Fields | None = ACCOUNT, opportunity: Fields = OPPORTUNITY) -> list[Misfit]:
    assert not READING.problems, READING.problems
    inspection = Inspection(estate=READING.estate, now=datetime(2026, 1, 1, tzinfo=UTC))
    shapes = {
        "Account": None if account is None else Shape(fields=account),
        "Opportunity": Shape(fields=opportunity),
    }
    return list(misfits(inspection, "crm", shapes))


def test_an_estate_that_says_what_the_system_says_fits() -> None:
    assert found() == []
    assert objects_of(READING.estate, "crm") == ["Account", "Opportunity"]
    assert bindings(READING.estate, "crm", {"Account": None, "Opportunity": None}) == 6
    assert bindings(READING.estate, "crm", {"Account": None}) == 3


@pytest.mark.parametrize(
    ("account", "what"),
    [
        (None, "`crm` has no object `Account` that we may see"),
        ({n: f for n, f in ACCOUNT.items() if n != "Hold__c"}, "`crm` has no `Hold__c` there"),
        ({n: f for n, f in ACCOUNT.items() if n != "External_Id__c"}, "no `External_Id__c`"),
        ({**ACCOUNT, "Hold__c": FieldShape(kind=Kind.TEXT)}, "`hold` is boolean here, and text"),
        ({**ACCOUNT, "Name": FieldShape(kind=Kind.BOOLEAN)}, "`name` is string here, and boolean"),
        (
            {**ACCOUNT, "Hold__c": FieldShape(kind=Kind.BOOLEAN, createable=False)},
            "`hold` is written there, and it is not createable",
        ),
        (
            {
                **ACCOUNT,
                "Hold__c": FieldShape(kind=Kind.BOOLEAN, createable=False, updateable=False),
            },
            "it is not createable and not updateable",
        ),
        (
            {**ACCOUNT, "Level__c": FieldShape(kind=Kind.CHOICE, values=("Good", "Bad", "Ugly"))},
            "`crm` knows values that `level` does not: 'Ugly'",
        ),
        (
            {**ACCOUNT, "Level__c": FieldShape(kind=Kind.CHOICE, values=("Good",), closed=True)},
            "`crm` refuses values of `level`: 'bad'",
        ),
        (
            {**ACCOUNT, "Industry": FieldShape(kind=Kind.CHOICE, mandatory=True)},
            "`copy` makes a `Account` without 'Industry'",
        ),
    ],
)
def test_each_lack_is_one_line_with_its_place(account: Fields | None, what: str) -> None:
    (misfit,) = found(account)
    assert what in misfit.what
    assert misfit.hint
    assert misfit.where.file == "crm.estate.yaml"
    assert misfit.where.line > 1
    assert misfit.where.column > 1


def test_what_is_misspelt_is_named_with_what_was_meant() -> None:
    near = {n if n != "Hold__c" else "Holds__c": f for n, f in ACCOUNT.items()}
    (misfit,) = found(near)
    assert "Holds__c" in misfit.what


def test_the_parts_of_a_list_are_looked_at_too() -> None:
    def lines(inside: Fields | None) -> Fields:
        rows = FieldShape(kind=Kind.LIST, inside=inside)
        parts = FieldShape(kind=Kind.PARTS, inside={"records": rows})
        return {**OPPORTUNITY, "OpportunityLineItems": parts}

    (misfit,) = found(opportunity=lines({"Quantity": FieldShape(kind=Kind.DATE)}))
    assert "`quantity` is decimal here, and date" in misfit.what
    (misfit,) = found(opportunity=lines({"Qty": FieldShape(kind=Kind.NUMBER)}))
    assert "no `Quantity`" in misfit.what
    assert found(opportunity=lines(None)) == []


def test_what_a_description_leaves_open_is_not_held_against_anybody() -> None:
    assert found(dict.fromkeys(ACCOUNT, FieldShape())) == []


def test_under_an_id_that_only_the_system_gives_nothing_new_is_made() -> None:
    given = FieldShape(kind=Kind.REFERENCE, createable=False)
    needed = FieldShape(kind=Kind.TEXT, mandatory=True, createable=True)
    fixed = FieldShape(kind=Kind.BOOLEAN, createable=False, updateable=True)
    account = {**ACCOUNT, "External_Id__c": given, "Industry": needed, "Hold__c": fixed}
    assert found(account) == []
