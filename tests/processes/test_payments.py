"""Money that comes in: seen in billing, in the books and by sales, to the smallest unit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.processes.company import CURRENCIES, Company

MINOR = {"USD": 100, "GBP": 100, "JPY": 1, "KWD": 1000, "EUR": 100}
MIXED = [
    ("SAAS-SEAT", "Recurring", 7, "333.33"),
    ("API-USAGE", "Usage", 1000, "0.02"),
    ("ONBOARDING", "One-Time", 1, "1500.50"),
]


def received(company: Company, deal: str) -> list[Mapping[str, Any]]:
    """Return the payments of a deal in the books, as applied to its invoice."""
    invoice = company.posted(deal)["id"]
    return [
        row
        for row in company.rows("erp", "customerPayment")
        if row["apply"]["items"][0]["doc"]["id"] == invoice
    ]


@pytest.mark.parametrize("entity", ["us", "uk"])
def test_billing_asks_for_what_the_books_hold(company: Company, entity: str) -> None:
    deal = company.sell(entity, lines=MIXED)

    bill, posted = company.bill(deal), company.posted(deal)

    assert bill["total"] == posted["total"] * MINOR[CURRENCIES[entity]]
    assert bill["metadata"]["posted_as"] == posted["tranId"]


def test_a_payment_settles_the_invoice_everywhere(company: Company) -> None:
    deal = company.sell(lines=MIXED)

    company.pay(deal)

    (payment,) = received(company, deal)
    (paid,) = [
        row
        for row in company.rows("billing", "invoice_payment")
        if row["invoice"] == company.bill(deal)["id"]
    ]
    assert payment["externalId"] == paid["id"]
    assert payment["payment"] * 100 == paid["amount_paid"]
    assert company.posted(deal)["status"]["id"] == "Paid In Full"
    assert company.deal(deal)["Payment_Status__c"] == "paid"
    assert company.states("quote-to-cash")[deal] == "completed"
    assert company.states("payment")[company.bill(deal)["id"]] == "completed"


def test_parts_of_a_payment_are_applied_one_by_one(company: Company) -> None:
    deal = company.sell()
    bill = company.bill(deal)
    total = company.posted(deal)["total"]

    company.do("receive", invoice=bill["id"], amount=4000)

    assert company.posted(deal)["amountRemaining"] == total - 40
    assert company.deal(deal)["Payment_Status__c"] == "partially paid"
    company.pay(deal)
    assert sorted(row["payment"] for row in received(company, deal)) == sorted([40, total - 40])
    assert company.posted(deal)["amountRemaining"] == 0
    assert company.deal(deal)["Payment_Status__c"] == "paid"


def test_a_payment_before_the_invoice_is_posted_waits_for_it(company: Company) -> None:
    company.tell("erp", "periods", {"close": [["1", "2026-03"]]})
    deal = company.sell(CloseDate="2026-03-15")
    company.pay(deal)
    assert company.states("quote-to-cash")[deal] == "parked"
    assert company.rows("erp", "invoice") == [] or all(
        row["externalId"] != deal for row in company.rows("erp", "invoice")
    )

    company.tell("erp", "periods", {"open": [["1", "2026-03"]]})
    company.answer("quote-to-cash", deal, "retry")

    assert company.posted(deal)["status"]["id"] == "Paid In Full"
    assert len(received(company, deal)) == 1


def test_rounding_to_ten_fils_is_written_off_and_nothing_else(company: Company) -> None:
    sold = [("SAAS-SEAT", "Recurring", 1, "12"), ("ONBOARDING", "One-Time", 1, "100.123")]
    deal = company.sell("kw", lines=sold)
    bill, posted = company.bill(deal), company.posted(deal)
    assert bill["total"] % 10 == 0
    difference = posted["total"] - Decimal(bill["total"]) / 1000

    company.pay(deal)

    (payment,) = received(company, deal)
    line = payment["apply"]["items"][0]
    assert payment["payment"] == Decimal(bill["total"]) / 1000
    assert line.get("disc", 0) == max(difference, Decimal(0))
    assert payment["unapplied"] == max(-difference, Decimal(0))
    assert company.posted(deal)["amountRemaining"] == 0


def test_books_that_differ_by_more_than_rounding_are_a_question(company: Company) -> None:
    deal = company.sell()
    invoice = company.posted(deal)
    company.tell("erp", "change", {"object": "invoice", "id": invoice["id"], "set": {"total": 1}})

    company.pay(deal)

    assert company.states("payment")[company.bill(deal)["id"]] == "parked"
    assert "the books differ by" in company.why("payment", company.bill(deal)["id"])
    assert received(company, deal) == []
    company.tell(
        "erp",
        "change",
        {"object": "invoice", "id": invoice["id"], "set": {"total": str(invoice["total"])}},
    )


def test_a_german_payment_is_left_to_the_bank_statement_and_told_to_sales(
    company: Company,
) -> None:
    deal = company.sell("de")

    company.pay(deal)

    assert company.deal(deal)["Payment_Status__c"] == "paid"
    assert company.bill(deal)["id"] not in company.states("payment")


def test_a_hold_of_the_books_is_seen_by_support_and_by_billing(company: Company) -> None:
    deal = company.sell()
    customer = company.posted(deal)["entity"]["id"]
    account = company.deal(deal)["AccountId"]

    company.tell(
        "erp",
        "change",
        {"object": "customer", "id": customer, "set": {"creditHoldOverride": {"id": "ON"}}},
    )
    company.settle()

    (seen,) = [row for row in company.rows("crm", "Account") if row["Id"] == account]
    (billed,) = [
        row
        for row in company.rows("billing", "customer")
        if row["metadata"].get("crm_id") == account
    ]
    assert seen["Payment_Hold__c"] is True
    assert billed["metadata"]["payment_hold"] == "true"


def test_a_hold_of_a_german_customer_comes_from_the_crm_and_is_seen_by_billing(
    company: Company,
) -> None:
    deal = company.sell("de")
    account = company.deal(deal)["AccountId"]

    def billed() -> dict[str, object]:
        (found,) = [
            row
            for row in company.rows("billing", "customer")
            if row["metadata"].get("crm_id") == account
        ]
        return dict(found["metadata"])

    for hold in (True, False):
        changed = {"object": "Account", "id": account, "set": {"Payment_Hold__c": hold}}
        company.tell("crm", "change", changed)
        company.settle()
        assert billed()["payment_hold"] == str(hold).lower()


def test_a_deal_that_was_taken_back_is_not_begun_again_by_what_billing_says(
    company: Company,
) -> None:
    company.tell("erp", "periods", {"close": [["1", "2026-04"]]})
    deal = company.sell(CloseDate="2026-04-15")

    company.answer("quote-to-cash", deal, "compensate")

    assert company.states("quote-to-cash")[deal] == "compensated"
    assert company.bill(deal)["status"] == "void"
    company.tell("erp", "periods", {"open": [["1", "2026-04"]]})
