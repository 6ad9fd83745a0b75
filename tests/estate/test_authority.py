"""Who may originate a field: by field, by legal entity, by state, by date."""

from datetime import UTC, datetime

from interlock.estate.authority import authority
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts

TEXT = """
apiVersion: interlock/v1
kind: System
metadata: {name: crm}
spec: {type: crm, connector: x, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: erp}
spec: {type: erp, connector: x, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: legacy}
spec: {type: erp, connector: x, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: de}
spec: {country: DE, currency: EUR, timezone: Europe/Berlin}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: order}
spec:
  domain: contract
  authority: {default: crm, handoff: {to: erp, when: status == "activated"}}
  identity: {crm: Order.Id}
  legalEntity: entity
  fields:
    status: {type: string}
    entity: {type: string}
    hold: {type: boolean, authority: {default: erp, legalEntities: {de: legacy}}}
    terms: {type: string, authority: legacy}
---
apiVersion: interlock/v1
kind: Cutover
metadata: {name: move}
spec:
  transfers: [{entity: order, field: terms, from: legacy, to: erp, at: 2027-01-01T00:00:00Z}]
"""


def estate() -> Estate:
    reading = read_texts({"e.estate.yaml": TEXT})
    assert reading.problems == ()
    return reading.estate


def test_a_field_follows_the_legal_entity() -> None:
    here = estate()

    assert authority(here, "order", "hold", legal_entity="de").system == "legacy"
    assert authority(here, "order", "hold", legal_entity="us").system == "erp"
    assert authority(here, "order", "hold", state={"entity": "de"}).system == "legacy"


def test_what_is_not_known_is_not_guessed() -> None:
    ruling = authority(estate(), "order", "hold")

    assert ruling.system is None
    assert ruling.candidates == {"erp", "legacy"}


def test_authority_is_handed_off_with_the_state() -> None:
    here = estate()

    assert authority(here, "order", "status", state={"status": "open"}).system == "crm"
    assert authority(here, "order", "status", state={"status": "activated"}).system == "erp"
    assert authority(here, "order", "status").candidates == {"crm", "erp"}


def test_authority_moves_on_the_day_of_a_cutover() -> None:
    here = estate()
    before, after = (datetime(year, 6, 1, tzinfo=UTC) for year in (2026, 2027))

    assert authority(here, "order", "terms", at=before).system == "legacy"
    assert authority(here, "order", "terms", at=after).system == "erp"
    assert authority(here, "order", "terms").candidates == {"legacy", "erp"}
    assert "2027-01-01" in authority(here, "order", "terms", at=after).because
