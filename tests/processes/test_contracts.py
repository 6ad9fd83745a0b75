"""Contracts that go on, end early or are not paid for: told by what the vendors hold."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.processes.company import Company

LONG_AGO = {"Contract_Start__c": "2026-11-10"}


def set_deal(company: Company, deal: str, **fields: object) -> None:
    """Let somebody in sales change a deal."""
    company.tell("crm", "change", {"object": "Opportunity", "id": deal, "set": fields})
    company.settle()


def customer_of(company: Company, deal: str) -> dict[str, Any]:
    ref = company.posted(deal)["entity"]["id"]
    (found,) = [row for row in company.rows("erp", "customer") if row["id"] == ref]
    return found


def test_a_renewed_contract_ends_on_the_day_the_new_one_begins(company: Company) -> None:
    old = company.sell()
    account = company.deal(old)["AccountId"]

    new = company.sell(AccountId=account, Renews__c=old, Contract_Start__c="2027-11-10")

    before, after = company.subscription(old), company.subscription(new)
    ends = datetime.fromtimestamp(before["cancel_at"], UTC).date()
    assert ends == date(2027, 11, 10)
    assert before["metadata"]["renewed_by"] == new
    assert after["status"] == "active"
    assert company.posted(new)["entity"] == company.posted(old)["entity"]
    assert company.states("renewal")[new] == "completed"


def test_a_contract_that_is_over_is_not_renewed_silently(company: Company) -> None:
    old = company.sell()
    today = company.today()
    set_deal(company, old, Cancelled_On__c=today.isoformat())
    account = company.deal(old)["AccountId"]

    new = company.sell(AccountId=account, Renews__c=old, Contract_Start__c="2027-11-10")

    assert company.states("renewal")[new] == "parked"
    assert "is over" in company.why("renewal", new)


def test_a_cancelled_contract_ends_and_the_unserved_part_is_credited_everywhere(
    company: Company,
) -> None:
    sold = [("SAAS-SEAT", "Recurring", 12, "30.00"), ("ONBOARDING", "One-Time", 1, "500.00")]
    today = company.today()
    start = today - timedelta(days=10)
    deal = company.sell(lines=sold, Contract_Start__c=start.isoformat())
    company.pay(deal)
    subscription = company.subscription(deal)["id"]

    set_deal(company, deal, Cancelled_On__c=today.isoformat())

    rows = company.rows("billing", "subscription")
    assert [row["status"] for row in rows if row["id"] == subscription] == ["canceled"]
    invoice = company.posted(deal)
    (memo,) = [
        row
        for row in company.rows("erp", "creditMemo")
        if row["createdFrom"]["id"] == invoice["id"]
    ]
    assert memo["externalId"] == f"{deal}-cancelled"
    assert Decimal(15) < memo["subtotal"] < Decimal(25)  # about two thirds of a month at 30.00
    bill = company.bill(deal)
    refunds = [
        row
        for row in company.rows("billing", "refund")
        if row["metadata"].get("credit_memo") == memo["id"]
    ]
    assert sum(row["amount"] for row in refunds) == memo["total"] * 100
    assert bill["post_payment_credit_notes_amount"] == memo["total"] * 100
    assert memo["amountRemaining"] == 0


def test_a_cancellation_in_advance_is_announced_to_billing_and_credits_nothing(
    company: Company,
) -> None:
    deal = company.sell()
    day = company.today() + timedelta(days=90)

    set_deal(company, deal, Cancelled_On__c=day.isoformat())

    subscription = company.subscription(deal)
    assert datetime.fromtimestamp(subscription["cancel_at"], UTC).date() == day
    assert subscription["status"] == "active"
    invoice = company.posted(deal)["id"]
    memos = company.rows("erp", "creditMemo")
    assert [row for row in memos if row["createdFrom"]["id"] == invoice] == []


def test_an_overdue_invoice_that_is_paid_needs_no_second_letter(company: Company) -> None:
    deal = company.sell()
    company.do("overdue", invoice=company.bill(deal)["id"])
    assert company.deal(deal)["Dunning_Level__c"] == "reminded"

    company.pay(deal)

    assert company.deal(deal)["Dunning_Level__c"] == "cleared"
    assert company.states("collections")[company.bill(deal)["id"]] == "completed"


def test_who_does_not_pay_is_warned_then_held_and_freed_by_the_payment(company: Company) -> None:
    deal = company.sell()
    company.do("overdue", invoice=company.bill(deal)["id"])

    company.later(days=7, minutes=1)
    assert company.deal(deal)["Dunning_Level__c"] == "warned"
    company.later(days=7, minutes=1)
    assert company.deal(deal)["Dunning_Level__c"] == "on hold"
    assert customer_of(company, deal)["creditHoldOverride"]["id"] == "ON"
    account = company.deal(deal)["AccountId"]
    (seen,) = [row for row in company.rows("crm", "Account") if row["Id"] == account]
    assert seen["Payment_Hold__c"] is True

    company.pay(deal)

    assert company.deal(deal)["Dunning_Level__c"] == "cleared"
    assert customer_of(company, deal)["creditHoldOverride"]["id"] == "AUTO"
    (seen,) = [row for row in company.rows("crm", "Account") if row["Id"] == account]
    assert seen["Payment_Hold__c"] is False


def test_a_promise_to_pay_is_believed_for_two_weeks(company: Company) -> None:
    deal = company.sell()
    company.do("overdue", invoice=company.bill(deal)["id"])
    promised = company.today() + timedelta(days=12)
    set_deal(company, deal, Promise_To_Pay__c=promised.isoformat())

    company.later(days=7, minutes=1)
    assert company.deal(deal)["Dunning_Level__c"] == "promised"
    company.later(days=8)
    assert company.deal(deal)["Dunning_Level__c"] == "promised"
    company.later(days=7)

    assert company.deal(deal)["Dunning_Level__c"] == "on hold"
    company.pay(deal)
    assert company.deal(deal)["Dunning_Level__c"] == "cleared"
