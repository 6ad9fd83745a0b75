"""A deal without anything recurring: one invoice in billing and in the books, nothing else."""

from decimal import Decimal

from tests.processes.company import Company

SERVICES = [("ONBOARDING", "One-Time", 2, "750.25"), ("TRAINING", "One-Time", 1, "99.90")]


def subscriptions(company: Company, deal: str) -> list[str]:
    """Return the subscriptions of a deal, whatever became of them."""
    rows = company.rows("billing", "subscription")
    return [row["id"] for row in rows if row["metadata"].get("opportunity_id") == deal]


def test_services_alone_are_invoiced_posted_paid_and_told_to_sales(company: Company) -> None:
    deal = company.sell(lines=SERVICES)

    bill, posted = company.bill(deal), company.posted(deal)
    assert subscriptions(company, deal) == []
    assert bill["status"] == "open"
    assert bill["total"] == posted["total"] * 100
    assert posted["subtotal"] == Decimal("1600.40")
    assert {line["revenueAccount"]["refName"] for line in posted["item"]["items"]} == {"4200"}
    assert posted["custbody_billing_invoice"] == bill["id"]
    assert bill["metadata"]["posted_as"] == posted["tranId"]
    assert company.deal(deal)["Invoice_Number__c"] == posted["tranId"]

    company.pay(deal)

    assert company.posted(deal)["status"]["id"] == "Paid In Full"
    assert company.deal(deal)["Payment_Status__c"] == "paid"
    assert company.states("quote-to-cash")[deal] == "completed"


def test_a_payment_is_heard_by_everybody_who_waits_for_it(company: Company) -> None:
    deal = company.sell(lines=SERVICES)
    bill = company.bill(deal)["id"]
    company.do("overdue", invoice=bill)
    assert company.states("quote-to-cash")[deal] == "listening"
    assert company.states("collections")[bill] == "listening"

    company.pay(deal)

    assert company.states("quote-to-cash")[deal] == "completed"
    assert company.states("collections")[bill] == "completed"
    assert company.deal(deal)["Dunning_Level__c"] == "cleared"


def test_services_of_the_german_entity_are_in_its_own_books(company: Company) -> None:
    deal = company.sell("de", lines=SERVICES)

    bill = company.bill(deal)
    (posted,) = [r for r in company.rows("legacy", "account.invoice") if r["reference"] == deal]
    assert posted["state"] == "posted"
    assert bill["total"] == Decimal(str(posted["total_amount"])) * 100
    assert [row for row in company.rows("erp", "invoice") if row["externalId"] == deal] == []


def test_services_that_are_taken_back_before_the_books_have_them_leave_nothing_to_be_asked_for(
    company: Company,
) -> None:
    company.tell("erp", "periods", {"close": [["1", "2026-05"]]})
    deal = company.sell(lines=SERVICES, CloseDate="2026-05-15")
    assert company.states("quote-to-cash")[deal] == "parked"
    draft = company.bill(deal)
    assert draft["status"] == "draft"

    company.answer("quote-to-cash", deal, "compensate")

    assert company.states("quote-to-cash")[deal] == "compensated"
    company.tell("erp", "periods", {"open": [["1", "2026-05"]]})
    bills = [row["id"] for row in company.rows("billing", "invoice")]
    assert draft["id"] not in bills
    customer = draft["customer"]
    waiting = [r for r in company.rows("billing", "invoiceitem") if r["customer"] == customer]
    assert waiting == []


def test_services_that_are_credited_in_the_books_are_given_back_to_the_customer(
    company: Company,
) -> None:
    deal = company.sell(lines=SERVICES)
    company.pay(deal)
    payment = company.bill(deal)["id"]
    (intent,) = [
        row["payment"]["payment_intent"]
        for row in company.rows("billing", "invoice_payment")
        if row["invoice"] == payment
    ]

    company.do("refund", payment_intent=intent, amount=5000)

    invoice = company.posted(deal)["id"]
    (memo,) = [r for r in company.rows("erp", "creditMemo") if r["createdFrom"]["id"] == invoice]
    assert memo["total"] == 50
    assert company.deal(deal)["Refund_Status__c"] == "partially refunded"
