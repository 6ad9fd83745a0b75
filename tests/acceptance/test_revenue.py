"""Revenue is drafted for the whole contract, posted month by month, and ties in every ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.clerk import Clerk, at_work
from tests.acceptance.company import Company, open_company

ENTITIES = {
    "us": ("USD", "1999.99"),
    "jp": ("JPY", "100000"),
    "kw": ("KWD", "1000.001"),
    "uk": ("GBP", "480.00"),
    "uk-late": ("GBP", "365.00"),
}
"""Deal, by its legal entity -> its currency, and a price that no number of days divides."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with open_company(tmp_path_factory.mktemp("revenue") / "home", deals=0) as found:
        for number, (entity, (currency, price)) in enumerate(ENTITIES.items()):
            _sell(found, number, entity, currency, price)
        found.until(lambda: len(found.posted()) == len(ENTITIES))
        yield found


@pytest.fixture(scope="module")
def clerk(company: Company) -> Iterator[Clerk]:
    with at_work(company) as found:
        yield found


def _sell(company: Company, number: int, deal: str, currency: str, price: str) -> None:
    entity = deal[:2]
    account = {
        "Id": f"0010000000{number:02}AAAAA",
        "Name": f"Buyer {deal}",
        "BillingCountry": {"us": "US", "jp": "JP", "kw": "KW", "uk": "GB"}[entity],
        "BillingState": "CA" if entity == "us" else None,
        "BillingCity": "Town",
        "BillingPostalCode": "10000",
        "CurrencyIsoCode": currency,
        "Legal_Entity__c": entity,
    }
    row = {
        "Id": contract(deal),
        "Name": f"Deal {deal}",
        "AccountId": account["Id"],
        "StageName": "Closed Won",
        "Amount": price,
        "CloseDate": "2026-11-10",
        "CurrencyIsoCode": currency,
        "Contract_Start__c": "2026-11-16",
        "Contract_Term_Months__c": 12,
        "Billing_Frequency__c": "Monthly",
        "Revenue_Treatment__c": "Ratable",
        "Legal_Entity__c": entity,
    }
    line = {
        "Id": f"00k0000000{number:02}AAAAA",
        "OpportunityId": row["Id"],
        "ProductCode": "SAAS-SEAT",
        "Description": "Recurring charge",
        "Quantity": 1,
        "UnitPrice": price,
        "TotalPrice": price,
        "Charge_Type__c": "Recurring",
    }
    for obj, record in (("Account", account), ("OpportunityLineItem", line), ("Opportunity", row)):
        company.stage.tell("crm", "seed", {obj: [record]})


def contract(entity: str) -> str:
    return f"0060000000{list(ENTITIES).index(entity):02}AAAAA"


def scheduled(company: Company, clerk: Clerk, entity: str) -> dict[str, Mapping[str, Any]]:
    """Ask for the schedule of a contract, and wait until it is whole; return its entries."""
    key = contract(entity)
    invoice = company.posted()[key]
    if not invoice.get("custbody_recognise"):
        clerk.correct("invoice", invoice["id"], {"custbody_recognise": True})
    # Thirteen months, because the first and the last are parts of one; and the deferral.
    company.until(lambda: len(entries(clerk, key)) == 14)
    return entries(clerk, key)


def entries(clerk: Clerk, key: str) -> dict[str, Mapping[str, Any]]:
    found = clerk.books("journalEntry")
    return {name: row for name, row in found.items() if row.get("custbody_contract") == key}


def balance(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return account -> debits less credits."""
    found: Counter[str] = Counter()
    for row in rows.values():
        for line in row["line"]["items"]:
            number = line["account"]["refName"].split()[0]
            moved = Decimal(str(line.get("debit", 0))) - Decimal(str(line.get("credit", 0)))
            found[number] += moved  # type: ignore[assignment]  # a Counter of decimals
    return {number: Decimal(amount) for number, amount in found.items()}


@pytest.mark.parametrize("entity", ["us", "jp", "kw"])
def test_a_schedule_ties_to_contract_and_invoice_and_moves_no_ledger(
    company: Company, clerk: Clerk, entity: str
) -> None:
    price = Decimal(ENTITIES[entity][1])
    billed = Decimal(str(company.posted()[contract(entity)]["subtotal"]))

    found = scheduled(company, clerk, entity)

    months = {name: row for name, row in found.items() if not name.endswith("-DEFER")}
    assert balance(months) == {"2400": price, "4000": -price}
    assert balance({"": found[f"{contract(entity)}-DEFER"]}) == {"2400": -billed, "4000": billed}
    released = [row for row in found.values() if row.get("custbody_release")]
    posted = [row for row in found.values() if row["approvalStatus"]["id"] != "1"]
    assert len(posted) <= len(released)
    assert {row["currency"]["refName"] for row in found.values()} == {ENTITIES[entity][0]}


def test_a_released_month_is_posted_and_the_others_wait(company: Company, clerk: Clerk) -> None:
    found = scheduled(company, clerk, "us")
    name = f"{contract('us')}-2026-11"

    clerk.correct("journalEntry", found[name]["id"], {"custbody_release": True})

    company.until(lambda: clerk.books("journalEntry")[name]["approvalStatus"]["id"] == "2")
    after = entries(clerk, contract("us"))
    assert after[f"{contract('us')}-2026-12"]["approvalStatus"]["id"] == "1"
    assert after[name]["line"] == found[name]["line"]


def test_a_month_that_was_closed_meanwhile_is_a_question_and_not_posted(
    company: Company, clerk: Clerk
) -> None:
    found = scheduled(company, clerk, "jp")
    name = f"{contract('jp')}-2027-03"
    company.stage.tell("erp", "periods", {"close": [["3", "2027-03"]]})

    clerk.correct("journalEntry", found[name]["id"], {"custbody_release": True})

    company.until(lambda: any(case["key"] == name for case in company.open_cases()))
    (case,) = [each for each in company.open_cases() if each["key"] == name]
    assert (case["cause"], case["owner"]) == ("period-closed", "group:general-ledger")
    assert clerk.books("journalEntry")[name]["approvalStatus"]["id"] == "1"

    company.stage.tell("erp", "periods", {"open": [["3", "2027-03"]]})
    company.ask("cases", "answer", str(case["id"]), "retry", "--by", "fatou")
    company.until(lambda: clerk.books("journalEntry")[name]["approvalStatus"]["id"] == "2")


def test_an_entry_against_the_chart_of_accounts_is_never_posted(
    company: Company, clerk: Clerk
) -> None:
    found = scheduled(company, clerk, "uk")
    name = f"{contract('uk')}-2027-01"
    lines = [dict(line) for line in found[name]["line"]["items"]]
    lines[1] |= {"account": {"id": "62", "refName": "4900 Revenue of a closed business"}}

    changed = {"line": {"items": lines}, "custbody_release": True}
    clerk.correct("journalEntry", found[name]["id"], changed)

    company.until(lambda: any(case["key"] == name for case in company.open_cases()))
    (case,) = [each for each in company.open_cases() if each["key"] == name]
    assert "not in the legal entity's chart" in str(case)
    assert clerk.books("journalEntry")[name]["approvalStatus"]["id"] == "1"


def test_a_schedule_that_cannot_be_whole_is_taken_back_wholly(
    company: Company, clerk: Clerk
) -> None:
    key = contract("uk-late")
    company.stage.tell("erp", "periods", {"close": [["2", "2027-06"]]})
    clerk.correct("invoice", company.posted()[key]["id"], {"custbody_recognise": True})
    company.until(lambda: any(case["key"] == key for case in company.open_cases()))
    (case,) = [each for each in company.open_cases() if each["key"] == key]
    assert case["cause"] == "period-closed"
    drafted = entries(clerk, key)
    assert f"{key}-2027-05" in drafted
    assert f"{key}-2027-06" not in drafted

    company.ask("cases", "answer", str(case["id"]), "compensate", "--by", "fatou")

    def refused() -> set[str]:
        return {row["approvalStatus"]["id"] for row in entries(clerk, key).values()}

    company.until(lambda: refused() == {"3"})
    company.stage.tell("erp", "periods", {"open": [["2", "2027-06"]]})
