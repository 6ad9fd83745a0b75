"""Which vendor counts is the system's connector, not a global table."""

from decimal import Decimal

import pytest

from interlock.estate.binding import from_vendor, to_vendor
from interlock.estate.reading.load import read_texts

TEXT = """
apiVersion: interlock/v1
kind: System
metadata: {name: pay}
spec: {type: billing, connector: CONNECTOR, url: x, auth: {scheme: a, credential: "secret:x"}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: charge}
spec:
  domain: payment
  authority: pay
  identity: {pay: charge.id}
  fields:
    total: {type: money, in: {pay: {path: total, as: minor_units}}}
    currency: {type: currency, in: {pay: {path: currency, as: lower}}}
"""


@pytest.mark.parametrize(("connector", "units"), [("stripe", 900), ("other", 90000)])
def test_an_amount_in_ariary_is_written_as_the_systems_vendor_counts(
    connector: str, units: int
) -> None:
    estate = read_texts({"e.estate.yaml": TEXT.replace("CONNECTOR", connector)}).estate
    record = {"total": Decimal(900), "currency": "MGA"}

    body = to_vendor(estate, "charge", "pay", record)

    assert body == {"total": units, "currency": "mga"}
    assert from_vendor(estate, "charge", "pay", body) == record
