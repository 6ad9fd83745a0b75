"""Money that goes back: credit memos, refunds and disputes, in billing and in the books alike."""

from decimal import Decimal
from typing import Any

from tests.processes.company import Company

SOLD = [("SAAS-SEAT", "Recurring", 7, "333.33"), ("ONBOARDING", "One-Time", 1, "1500.50")]


def intent(company: Company, deal: str) -> str:
    """Return the payment that paid a deal's invoice last."""
    bill = company.bill(deal)["id"]
    rows = [row for row in company.rows("billing", "invoice_payment") if row["invoice"] == bill]
    return str(rows[-1]["payment"]["payment_intent"])


def memos(company: Company, deal: str) -> list[dict[str, Any]]:
    """Return the credit memos of a deal in the books."""
    invoice = company.posted(deal)["id"]
    rows = company.rows("erp", "creditMemo")
    return [row for row in rows if row["createdFrom"]["id"] == invoice]


def given_back(company: Company, deal: str) -> Decimal:
    """Return what the books paid back of a deal."""
    known = {row["id"] for row in memos(company, deal)}
    return sum(
        (
            row["total"]
            for row in company.rows("erp", "customerRefund")
            if row["apply"]["items"][0]["doc"]["id"] in known
        ),
        Decimal(0),
    )


def refunded(company: Company, deal: str) -> int:
    """Return what billing gave back of a deal's last payment, in cents."""
    payment = intent(company, deal)
    rows = company.rows("billing", "refund")
    return sum(row["amount"] for row in rows if row["payment_intent"] == payment)


def paid(company: Company, entity: str = "us") -> str:
    deal = company.sell(entity, lines=SOLD)
    company.pay(deal)
    return deal


def clerk_credits(company: Company, deal: str, **amount: str) -> None:
    company.tell("erp", "credit", {"invoice": company.posted(deal)["id"], **amount})
    company.settle()


def test_a_refund_in_billing_is_credited_and_paid_back_in_the_books(company: Company) -> None:
    deal = paid(company)
    total = company.posted(deal)["total"]

    company.do("refund", payment_intent=intent(company, deal), amount=10_000)

    (memo,) = memos(company, deal)
    assert memo["total"] == 100
    assert memo["taxTotal"] > 0
    assert memo["subtotal"] + memo["taxTotal"] == 100
    assert memo["amountRemaining"] == 0
    assert given_back(company, deal) == 100
    assert company.posted(deal)["total"] == total
    assert company.deal(deal)["Refund_Status__c"] == "partially refunded"
    bill = company.bill(deal)
    assert bill["post_payment_credit_notes_amount"] == 0


def test_everything_given_back_leaves_nothing_in_the_books(company: Company) -> None:
    deal = paid(company)

    company.do("refund", payment_intent=intent(company, deal))

    assert given_back(company, deal) == company.posted(deal)["total"]
    assert company.deal(deal)["Refund_Status__c"] == "refunded"


def test_a_clerks_credit_lowers_what_an_open_invoice_asks_for(company: Company) -> None:
    deal = company.sell(lines=SOLD)
    before = company.bill(deal)["amount_remaining"]

    clerk_credits(company, deal, amount="100.00")

    assert company.bill(deal)["amount_remaining"] == before - 10_000
    company.pay(deal)
    assert company.posted(deal)["status"]["id"] == "Paid In Full"
    assert company.posted(deal)["amountRemaining"] == 0


def test_a_clerks_credit_of_a_paid_invoice_gives_the_money_back_once(company: Company) -> None:
    deal = paid(company)

    clerk_credits(company, deal, amount="250.00")

    assert refunded(company, deal) == 25_000
    (memo,) = memos(company, deal)
    assert (memo["total"], memo["amountRemaining"]) == (250, 0)
    assert given_back(company, deal) == 250
    bill = company.bill(deal)
    (note,) = [
        row for row in company.rows("billing", "credit_note") if row["invoice"] == bill["id"]
    ]
    assert (note["post_payment_amount"], note["refunds"][0]["amount_refunded"]) == (25_000, 25_000)


def test_a_clerks_credit_over_a_half_paid_invoice_does_both(company: Company) -> None:
    deal = company.sell(lines=SOLD)
    bill = company.bill(deal)
    company.do("receive", invoice=bill["id"], amount=bill["total"] - 5_000)

    clerk_credits(company, deal, amount="80.00")

    assert company.bill(deal)["status"] == "paid"
    assert refunded(company, deal) == 3_000
    assert given_back(company, deal) == 30


def test_a_lost_dispute_is_booked_and_a_won_one_is_not(company: Company) -> None:
    lost, won = paid(company), paid(company)
    opened = {
        deal: company.do("dispute", payment_intent=intent(company, deal))["id"]
        for deal in (lost, won)
    }
    assert {company.deal(deal)["Dispute_Status__c"] for deal in opened} == {"disputed"}

    company.do("decide", dispute=opened[lost], status="lost")
    company.do("decide", dispute=opened[won], status="won")

    assert given_back(company, lost) == company.posted(lost)["total"]
    assert company.deal(lost)["Dispute_Status__c"] == "charged back"
    assert memos(company, won) == []
    assert company.deal(won)["Dispute_Status__c"] == "won"


def german(company: Company, reference: str) -> dict[str, Any]:
    """Return the invoice with a reference in the German books."""
    rows = company.rows("legacy", "account.invoice")
    (found,) = [row for row in rows if row["reference"] == reference]
    return {**found, "total": Decimal(str(found["total_amount"]))}


def test_a_refund_to_a_german_customer_is_credited_in_the_german_books_and_told_to_sales(
    company: Company,
) -> None:
    deal = paid(company, "de")
    invoice = german(company, deal)

    refund = company.do("refund", payment_intent=intent(company, deal), amount=12_345)["id"]

    credit = german(company, f"{refund}-credit")
    assert credit["state"] == "posted"
    assert credit["total"] == Decimal("-123.45")
    assert Decimal(str(credit["tax_amount"])) < 0
    assert credit["party"] == invoice["party"]
    accounts = {line["account"] for line in invoice["lines"]}
    assert {line["account"] for line in credit["lines"]} == accounts
    assert company.deal(deal)["Refund_Status__c"] == "partially refunded"
    assert company.states("refund")[refund] == "completed"


def test_a_lost_dispute_is_credited_in_the_german_books(company: Company) -> None:
    deal = paid(company, "de")
    opened = company.do("dispute", payment_intent=intent(company, deal))["id"]

    company.do("decide", dispute=opened, status="lost")

    assert german(company, f"{opened}-credit")["total"] == -german(company, deal)["total"]
    assert company.deal(deal)["Dispute_Status__c"] == "charged back"
    assert company.states("dispute")[opened] == "completed"
