"""A contract that runs is upgraded in mid-term: the ledgers tie, and it can be taken back."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.demonstration.cast import months_later
from interlock.cli.demonstration.scenario import CLOSED_MONTH
from tests.acceptance.company import Company, open_company

DEAL = "006000000000000CAA"
UPGRADE = "006000000000001CAA"
END = "006000000000002CAA"
ACCOUNT = "001000000000000CAA"
LIST_PRICE = "01u000000000000CAA"
TODAY = datetime.now(UTC).date()
BEGAN, COUNTS = TODAY - timedelta(days=14), TODAY - timedelta(days=4)
"""The period that runs ends two weeks from now or later: billing looks at its own clock."""
ENDS = months_later(BEGAN, 1)
START, EFFECTIVE = BEGAN.isoformat(), COUNTS.isoformat()
LEFT = (Decimal(300) * (ENDS - COUNTS).days / (ENDS - BEGAN).days).quantize(Decimal("0.01"))
Row = Mapping[str, Any]


def deal(ref: str, **more: object) -> Row:
    return {
        "Id": ref,
        "Name": f"Deal {ref}",
        "AccountId": ACCOUNT,
        "StageName": "Closed Won",
        "CloseDate": EFFECTIVE,
        "CurrencyIsoCode": "USD",
        "Legal_Entity__c": "us",
        **more,
    }


def line(opportunity: str, unit_price: str, quantity: int, total: str) -> Row:
    return {
        "OpportunityId": opportunity,
        "ProductCode": "SEAT",
        "PricebookEntryId": LIST_PRICE,
        "Quantity": quantity,
        "UnitPrice": unit_price,
        "TotalPrice": total,
        "Charge_Type__c": "Recurring",
    }


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with open_company(tmp_path / "home", deals=0) as found:
        _sell_the_contract(found)
        yield found


def _sell_the_contract(company: Company) -> None:
    """Sell 10 seats for a year at 100.00 a seat and month, from two weeks ago on."""
    tell = company.stage.tell
    customer = {"Id": ACCOUNT, "Name": "Acme", "Legal_Entity__c": "us", "CurrencyIsoCode": "USD"}
    address = {"BillingCountry": "US", "BillingState": "CA", "BillingPostalCode": "94105"}
    tell("crm", "seed", {"Account": [{**customer, **address, "BillingCity": "Town"}]})
    product = {
        "Id": "01t000000000000CAA",
        "Name": "Seat",
        "ProductCode": "SEAT",
        "External_Id__c": "SEAT",
        "IsActive": True,
        "Charge_Type__c": "Recurring",
    }
    price = {
        "Id": LIST_PRICE,
        "Product2Id": product["Id"],
        "ProductCode": "SEAT",
        "UnitPrice": "100.00",
        "CurrencyIsoCode": "USD",
        "IsActive": True,
        "Billing_Frequency__c": "Monthly",
    }
    tell("crm", "seed", {"Product2": [product], "PricebookEntry": [price]})
    company.until(lambda: any(row["lookup_key"] for row in _rows(company, "billing", "price")))
    terms = {
        "Amount": "12000.00",
        "CloseDate": START,
        "Contract_Start__c": START,
        "Contract_Term_Months__c": 12,
        "Billing_Frequency__c": "Monthly",
        "Revenue_Treatment__c": "Ratable",
    }
    tell("crm", "seed", {"OpportunityLineItem": [line(DEAL, "100.00", 10, "12000.00")]})
    tell("crm", "seed", {"Opportunity": [deal(DEAL, **terms)]})
    company.until(lambda: bool(_crm(company, DEAL)["Subscription_Id__c"]))


def _rows(company: Company, system: str, table: str) -> list[Row]:
    found: list[Row] = company.stage.tell(system, "ledger").get(table, [])
    return found


def _crm(company: Company, ref: str) -> Row:
    return next(row for row in _rows(company, "crm", "Opportunity") if row["Id"] == ref)


def _subscriptions(company: Company) -> dict[str, Row]:
    rows = _rows(company, "billing", "subscription")
    return {row["metadata"]["opportunity_id"]: row for row in rows}


def _bills(company: Company, subscription: str) -> list[Row]:
    return [
        row
        for row in _rows(company, "billing", "invoice")
        if row["parent"]["subscription_details"]["subscription"] == subscription
    ]


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _document(company: Company, table: str, key: str) -> Row:
    company.until(lambda: any(r.get("externalId") == key for r in _rows(company, "erp", table)))
    (found,) = [row for row in _rows(company, "erp", table) if row.get("externalId") == key]
    return found


def _net(document: Row) -> Decimal:
    return sum((Decimal(str(each["amount"])) for each in document["item"]["items"]), Decimal(0))


def _upgrade(company: Company, **more: object) -> None:
    change = {"Amends__c": DEAL, "Effective_Date__c": EFFECTIVE}
    lines = [line(UPGRADE, "100.00", 3, "300.00")]
    company.stage.tell("crm", "seed", {"OpportunityLineItem": lines})
    row = deal(UPGRADE, Amount="300.00", **{**change, **more})
    company.stage.tell("crm", "seed", {"Opportunity": [row]})


def test_an_upgrade_bills_what_is_left_of_the_period_and_runs_beside_the_contract(
    company: Company,
) -> None:
    _upgrade(company)

    invoice = _document(company, "invoice", UPGRADE)
    assert _net(invoice) == LEFT
    assert (invoice["startDate"], invoice["endDate"]) == (EFFECTIVE, ENDS.isoformat())
    assert Decimal(str(invoice["total"])) == _net(invoice) + Decimal(str(invoice["taxTotal"]))
    company.until(lambda: bool(_crm(company, UPGRADE)["Invoice_Number__c"]))
    live = _subscriptions(company)
    assert {ref: row["status"] for ref, row in live.items()} == {DEAL: "active", UPGRADE: "active"}
    assert live[UPGRADE]["metadata"]["amends"] == DEAL
    (item,) = live[UPGRADE]["items"]["data"]
    assert (item["price"]["product"], item["quantity"]) == ("SEAT", 3)
    assert _day(item["current_period_end"]) == ENDS
    (bill,) = _bills(company, live[UPGRADE]["id"])
    assert Decimal(bill["total"]).scaleb(-2) == Decimal(str(invoice["total"]))
    assert _crm(company, UPGRADE)["Subscription_Id__c"] == live[UPGRADE]["id"]
    company.until(lambda: _states(company)["contract-upgrade"] == {"completed"})
    assert _bills(company, live[UPGRADE]["id"])[0]["metadata"]["booked_under"] == UPGRADE

    whole = company.stage.tell("billing", "do/cycle", {"subscription": live[UPGRADE]["id"]})

    assert Decimal(whole["total"]).scaleb(-2) == Decimal(300)


def test_an_upgrade_from_a_period_that_is_over_is_a_question_and_charges_nothing(
    company: Company,
) -> None:
    earlier = BEGAN - timedelta(days=60)
    begun = {
        "object": "Opportunity",
        "id": DEAL,
        "set": {"Contract_Start__c": earlier.isoformat()},
    }
    company.stage.tell("crm", "change", begun)

    _upgrade(company, Effective_Date__c=(earlier + timedelta(days=3)).isoformat())

    (case,) = company.wait(1)
    assert (case["cause"], case["integration"]) == ("unknown-value", "contract-upgrade")
    assert "is over" in case["remedy"]
    assert UPGRADE not in _subscriptions(company)
    assert UPGRADE not in company.posted()


def test_an_upgrade_that_is_taken_back_leaves_no_subscription_behind(company: Company) -> None:
    company.stage.tell("erp", "periods", {"close": [["1", CLOSED_MONTH]]})
    _upgrade(company, CloseDate=f"{CLOSED_MONTH}-15")
    (case,) = company.wait(1)
    assert (case["cause"], case["integration"]) == ("period-closed", "contract-upgrade")
    assert _subscriptions(company)[UPGRADE]["status"] == "active"

    company.ask("cases", "answer", str(case["id"]), "compensate", "--by", "ana")

    company.until(lambda: _states(company).get("contract-upgrade") == {"compensated"})
    taken_back = _subscriptions(company)[UPGRADE]
    assert taken_back["status"] == "canceled"
    assert {bill["status"] for bill in _bills(company, taken_back["id"])} == {"void"}
    assert _subscriptions(company)[DEAL]["status"] == "active"
    assert UPGRADE not in company.posted()


def test_an_upgrade_of_a_contract_that_is_not_billed_is_a_question_and_writes_nothing(
    company: Company,
) -> None:
    company.stage.tell("crm", "seed", {"Opportunity": [deal(END, StageName="Prospecting")]})
    _upgrade(company, Amends__c=END)

    company.until(lambda: len(company.open_cases()) == 1)
    (case,) = company.open_cases()
    assert (case["cause"], case["integration"]) == ("requirement", "contract-upgrade")
    assert UPGRADE not in _subscriptions(company)


def _states(company: Company) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in company.ask("status"):
        found.setdefault(row["integration"], set()).add(row["state"])
    return found
