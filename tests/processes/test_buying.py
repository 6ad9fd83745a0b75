"""What is bought: ordered, received, billed and paid, once, whatever the network does."""

from decimal import Decimal
from typing import Any

from tests.processes.company import Company

DESK = {"item": {"id": "item-DESK"}, "quantity": 10, "rate": "25.00"}


def ordered(company: Company, key: str) -> dict[str, Any]:
    """Let somebody ask for desks; return the order that comes of it."""
    vendor = {"externalId": f"V-{key}", "companyName": key, "subsidiary": {"id": "1"}}
    supplier = company.tell("erp", "seed", {"vendor": [vendor]})["vendor"][0]
    head = {"externalId": key, "subsidiary": {"id": "1"}, "currency": {"id": "1"}}
    lines = {"items": [{**DESK, "poVendor": {"id": supplier}}]}
    company.tell("erp", "seed", {"purchaseRequisition": [{**head, "item": lines}]})
    company.settle()
    (found,) = [
        row for row in company.rows("erp", "purchaseOrder") if row["externalId"] == f"{key}-PO"
    ]
    return found


def billed(company: Company, order: dict[str, Any]) -> str:
    """Let all of an order come, and its bill; return the bill's id."""
    of_order = {"object": "purchaseOrder", "id": order["id"]}
    company.tell("erp", "make", {**of_order, "to": "itemReceipt"})
    line = {**DESK, "orderDoc": {"id": order["id"]}, "orderLine": 1}
    given = {"tranId": "B-1", "item": {"items": [line]}}
    made = company.tell("erp", "make", {**of_order, "to": "vendorBill", "given": given})
    company.settle(tries=2)  # every request fails once
    return str(made["id"])


def test_a_payment_whose_answer_was_lost_is_found_and_not_taken_for_another_one(
    company: Company,
) -> None:
    order = ordered(company, "R-LOST")
    lost = {"rates": {"response_lost": 1.0}, "most_per_key": 1}
    company.tell("erp", "faults", lost)

    bill = billed(company, order)

    company.tell("erp", "faults", {"rates": {}})
    assert company.states("bill-to-payment")[bill] == "completed", company.why(
        "bill-to-payment", bill
    )
    (paid,) = [
        row for row in company.rows("erp", "vendorPayment") if row["externalId"] == f"PAY-{bill}"
    ]
    assert (paid["total"], paid["account"]["id"]) == (Decimal(250), "57")
