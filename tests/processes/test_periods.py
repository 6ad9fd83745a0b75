"""Invoices of later billing periods: taxed while they are drafts, and in the books once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from interlock.intake.poller import watched
from tests.processes.company import CURRENCIES, Company

MINOR = {"USD": 100, "GBP": 100, "JPY": 1, "KWD": 1000, "EUR": 100}
MIXED = [
    ("SAAS-SEAT", "Recurring", 12, "250"),
    ("API-USAGE", "Usage", 1000, "2"),
    ("ONBOARDING", "One-Time", 1, "500"),
]


def booked(company: Company, bill: str) -> list[dict[str, Any]]:
    """Return the invoices that the books have under a billing invoice."""
    return [row for row in company.rows("erp", "invoice") if row["externalId"] == bill]


def as_asked(company: Company, bill: str) -> dict[str, Any]:
    """Return an invoice as billing has it."""
    (found,) = [row for row in company.rows("billing", "invoice") if row["id"] == bill]
    return found


@pytest.mark.parametrize("entity", ["us", "uk", "jp", "kw"])
def test_a_later_period_is_taxed_made_final_and_posted_once(company: Company, entity: str) -> None:
    deal = company.sell(entity, lines=MIXED)
    account, minor = company.deal(deal)["AccountId"], MINOR[CURRENCIES[entity]]
    company.use(f"use-{entity}", account, "75", datetime.now(UTC))

    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    assert booked(company, draft["id"]) == []
    company.do("hour", invoice=draft["id"])

    bill = as_asked(company, draft["id"])
    tax = sum(e["amount"] for e in bill["lines"]["data"] if e["description"] == "TAX")
    (posted,) = booked(company, bill["id"])
    assert posted["total"] * minor == bill["total"]
    assert posted["taxTotal"] * minor == tax
    amounts = {e["revenueAccount"]["refName"]: e["amount"] for e in posted["item"]["items"]}
    assert amounts == {"4000": 250, "4100": 150}
    assert posted["subsidiary"] == company.posted(deal)["subsidiary"]
    assert posted["currency"]["refName"] == CURRENCIES[entity]
    assert posted["custbody_billing_invoice"] == bill["id"]
    assert posted["startDate"] > company.posted(deal)["startDate"]
    assert bill["metadata"] == {"booked_under": bill["id"], "posted_as": posted["tranId"]}
    assert company.states("period-invoice")[bill["id"]] == "completed"


def test_tax_is_added_in_the_hour_and_what_is_paid_reaches_the_books(company: Company) -> None:
    deal = company.sell(lines=MIXED)
    first = company.posted(deal)
    rate = first["taxTotal"] / first["subtotal"]
    assert rate > 0

    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])
    bill = as_asked(company, draft["id"])
    company.do("receive", invoice=bill["id"], amount=bill["amount_remaining"])

    (posted,) = booked(company, bill["id"])
    assert posted["subtotal"] == 250
    assert abs(posted["taxTotal"] - 250 * rate) < Decimal("0.02")
    assert posted["status"]["id"] == "Paid In Full"
    (payment,) = [
        row
        for row in company.rows("erp", "customerPayment")
        if row["apply"]["items"][0]["doc"]["id"] == posted["id"]
    ]
    assert payment["payment"] * 100 == bill["total"]


def test_an_invoice_that_was_final_before_its_tax_was_known_is_a_question(
    company: Company,
) -> None:
    deal = company.sell(lines=MIXED)
    draft = company.tell("billing", "do/cycle", {"subscription": company.subscription(deal)["id"]})
    company.do("hour", invoice=draft["id"])

    assert company.states("period-invoice")[draft["id"]] == "parked"
    assert "another tax than is due" in company.why("period-invoice", draft["id"])
    assert booked(company, draft["id"]) == []


def test_a_period_in_which_nothing_was_used_asks_for_nothing_and_books_nothing(
    company: Company,
) -> None:
    deal = company.sell(lines=[("API-USAGE", "Usage", 1000, "2")])

    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])

    assert as_asked(company, draft["id"])["total"] == 0
    assert booked(company, draft["id"]) == []
    assert company.states("period-invoice")[draft["id"]] == "completed"


def test_what_was_heard_twice_is_posted_once(company: Company) -> None:
    deal = company.sell(lines=MIXED)
    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])

    company.tell("billing", "do/cycle", {"subscription": company.subscription(deal)["id"]})
    for (system, obj), criticality in sorted(watched(company.estate).items()):
        company.poller.poll(system, obj, criticality)
    company.settle()

    assert len(booked(company, draft["id"])) == 1


def test_a_german_period_is_posted_in_the_german_books(company: Company) -> None:
    deal = company.sell("de", lines=MIXED)
    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])

    bill = as_asked(company, draft["id"])
    (posted,) = [
        row for row in company.rows("legacy", "account.invoice") if row["reference"] == bill["id"]
    ]
    assert posted["state"] == "posted"
    assert Decimal(str(posted["total_amount"])) * 100 == bill["total"]
    assert booked(company, bill["id"]) == []
    assert bill["metadata"]["posted_as"] == posted["number"]


def journals(company: Company, key: str) -> list[dict[str, Any]]:
    """Return the journal entries under a reference."""
    return [row for row in company.rows("erp", "journalEntry") if row["externalId"] == key]


def recognise(company: Company, invoice: str) -> None:
    """Let revenue accounting ask for an invoice's part of the schedule."""
    marked = {"object": "invoice", "id": invoice, "set": {"custbody_recognise": True}}
    company.tell("erp", "change", marked)
    company.settle()


def test_a_later_period_of_a_scheduled_contract_is_deferred_but_for_its_usage(
    company: Company,
) -> None:
    deal = company.sell(lines=MIXED)
    recognise(company, company.posted(deal)["id"])
    company.use("use-deferred", company.deal(deal)["AccountId"], "75", datetime.now(UTC))
    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])
    (posted,) = booked(company, draft["id"])

    recognise(company, posted["id"])

    (entry,) = journals(company, f"{draft['id']}-DEFER")
    moved = {
        line["account"]["refName"].split()[0]: (line.get("debit"), line.get("credit"))
        for line in entry["line"]["items"]
    }
    assert moved == {"4000": (250, None), "2400": (None, 250)}
    assert entry["approvalStatus"]["id"] == "1"
    assert entry["tranDate"] == posted["tranDate"]
    assert company.states("revenue-deferral")[draft["id"]] == "completed"
    assert draft["id"] not in company.states("revenue-schedule")


def test_a_later_period_without_a_schedule_is_a_question(company: Company) -> None:
    deal = company.sell(lines=MIXED)
    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])
    (posted,) = booked(company, draft["id"])

    recognise(company, posted["id"])

    assert company.states("revenue-deferral")[draft["id"]] == "parked"
    assert journals(company, f"{draft['id']}-DEFER") == []
