"""AvaTax's own client works against the simulated AvaTax unmodified."""

from typing import Any

import pytest
from avalara import AvataxClient

from tests.sandbox.conftest import Lead, Serve

SALE = {
    "type": "SalesInvoice",
    "companyCode": "DEMO",
    "code": "INV-1",
    "date": "2026-11-24",
    "customerCode": "ACME",
    "currencyCode": "USD",
    "addresses": {"singleLocation": {"country": "US", "region": "CA", "postalCode": "94105"}},
    "lines": [{"number": "1", "quantity": 2, "amount": 100, "itemCode": "SEAT"}],
}


@pytest.fixture
def tax(serve: Serve, lead: Lead, tls: tuple[str, str]) -> Any:
    lead("sandbox-rest.avatax.com", serve("avalara", *tls))
    client = AvataxClient("interlock", "1.0", "here", "sandbox")
    client.add_credentials("1", "key")
    return client


def test_an_estimate_is_not_recorded(tax: Any) -> None:
    found = tax.create_transaction({**SALE, "type": "SalesOrder"})
    assert found.status_code == 201
    assert found.json()["totalTax"] > 0
    assert tax.get_transaction_by_code("DEMO", "INV-1").status_code == 404


def test_a_sale_is_recorded_committed_and_voided(tax: Any) -> None:
    made = tax.create_transaction(SALE).json()
    assert made["status"] == "Saved"
    assert made["totalAmount"] == 100

    assert (
        tax.commit_transaction("DEMO", "INV-1", {"commit": True}).json()["status"] == "Committed"
    )
    voided = tax.void_transaction("DEMO", "INV-1", {"code": "DocVoided"})
    assert voided.json()["status"] == "Cancelled"


def test_what_is_missing_is_named(tax: Any) -> None:
    found = tax.create_transaction({**SALE, "customerCode": None})
    assert found.status_code == 400
    assert found.json()["error"]["code"]
