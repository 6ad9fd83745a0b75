"""Who may originate a field: by field, by legal entity, by state, by date."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.estate.authority import authority
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.foundation.errors import UsageError

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


def test_a_hand_off_may_ask_for_several_fields() -> None:
    text = TEXT.replace(
        'when: status == "activated"', 'when: status == "a" && order.entity == "de"'
    )
    here = read_texts({"e.estate.yaml": text}).estate

    assert (
        authority(here, "order", "status", state={"status": "a", "entity": "de"}).system == "erp"
    )
    assert (
        authority(here, "order", "status", state={"status": "a", "entity": "us"}).system == "crm"
    )
    assert authority(here, "order", "status", state={"status": "a"}).candidates == {"crm", "erp"}


def test_the_ruling_points_to_what_decided_it() -> None:
    here = estate()
    at = datetime(2027, 6, 1, tzinfo=UTC)

    line = authority(here, "order", "terms", at=at).place.line
    assert TEXT.splitlines()[line - 1].strip().startswith("transfers:")
    line = authority(here, "order", "hold", legal_entity="de").place.line
    assert TEXT.splitlines()[line - 1].strip().startswith("hold:")


def test_a_field_that_is_not_there_is_wrong_use_with_a_hint() -> None:
    with pytest.raises(UsageError, match="`order` has no field `trems`") as wrong:
        authority(estate(), "order", "trems")

    assert "terms" in wrong.value.hint


def test_the_moment_of_a_cutover_is_already_after_it() -> None:
    here, moment = estate(), datetime(2027, 1, 1, tzinfo=UTC)

    assert authority(here, "order", "terms", at=moment).system == "erp"
    assert authority(here, "order", "terms", at=moment - timedelta(seconds=1)).system == "legacy"


def test_what_was_not_looked_at_is_not_taken_for_absent() -> None:
    text = TEXT.replace('when: status == "activated"', "when: has(order.status)")
    here = read_texts({"e.estate.yaml": text}).estate

    assert authority(here, "order", "status", state={"entity": "de"}).candidates == {"crm", "erp"}
    assert authority(here, "order", "status", state={"status": None}).system == "crm"
    assert authority(here, "order", "status", state={"status": "x"}).system == "erp"


def test_cutovers_of_one_moment_do_not_depend_on_the_order_of_files() -> None:
    head, cutover = TEXT.split("---\napiVersion: interlock/v1\nkind: Cutover")
    first = f"apiVersion: interlock/v1\nkind: Cutover{cutover}"
    second = first.replace("{name: move}", "{name: onwards}").replace(
        "from: legacy, to: erp", "from: erp, to: crm"
    )
    at = datetime(2028, 1, 1, tzinfo=UTC)
    for one, other in ((first, second), (second, first)):
        here = read_texts(
            {"a.estate.yaml": head, "b.estate.yaml": one, "c.estate.yaml": other}
        ).estate

        assert authority(here, "order", "terms", at=at).system == "crm"
