"""Products and list prices reach every system, each field from its authority, and never twice."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.apply import deploy
from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.stage import Stage
from interlock.cli.sandbox import VENDORS

CODES = ("SAAS-SEAT", "API-USAGE", "ONBOARDING", "VAULT")
CHARGES = ("Recurring", "Usage", "One-Time", "Recurring")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company whose vendors lose answers, lock records and forget to tell."""

    stage: Stage

    def rows(self, system: str, table: str) -> list[Row]:
        found: list[Row] = self.stage.tell(system, "ledger").get(table, [])
        return found

    def named(self, system: str, table: str, field: str) -> dict[str, Row]:
        return {str(row[field]): row for row in self.rows(system, table) if row.get(field)}

    def sell(self) -> None:
        products = [
            {
                "Id": f"01t00000000000{number}AAA",
                "Name": f"Our {code}",
                "ProductCode": code,
                "External_Id__c": code,
                "Description": "What we sell",
                "IsActive": True,
                "Charge_Type__c": charge,
            }
            for number, (code, charge) in enumerate(zip(CODES, CHARGES, strict=True))
        ]
        self.stage.tell("crm", "seed", {"Product2": products})
        prices = [
            {
                "Id": f"01u00000000000{number}{currency[0]}AA",
                "Product2Id": product["Id"],
                "ProductCode": product["ProductCode"],
                "UnitPrice": "49.90" if currency == "USD" else "5500",
                "CurrencyIsoCode": currency,
                "IsActive": True,
                "Billing_Frequency__c": "Monthly",
            }
            for number, product in enumerate(products)
            if product["ProductCode"] != "ONBOARDING"
            for currency in ("USD", "JPY")
        ]
        self.stage.tell("crm", "seed", {"PricebookEntry": prices})

    def wait(self, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + 180
        while time.monotonic() < until:
            if holds():
                return
            time.sleep(0.25)
        listed = [sys.executable, "-m", "interlock.cli", "cases", "list", "--home"]
        cases = subprocess.run([*listed, str(self.stage.home)], capture_output=True, check=False)
        raise AssertionError((cases.stdout.decode(), self.offered()))

    def offered(self) -> dict[str, str]:
        """Return the active prices of billing: lookup key -> amount in minor units."""
        rows = self.named("billing", "price", "lookup_key").items()
        return {key: str(row["unit_amount_decimal"]) for key, row in rows if row["active"]}

    def told(self) -> bool:
        """Tell whether the CRM knows of every list price which price of billing it is."""
        refs = {row["id"] for row in self.rows("billing", "price") if row["active"]}
        return {row["Billing_Price__c"] for row in self.rows("crm", "PricebookEntry")} == refs


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    home = tmp_path / "home"
    home.mkdir()
    stage = Stage(home, 5, faults=True)
    try:
        stage.open(VENDORS, real_tryton=False)
        deploy(EXAMPLE, "ana", "bao", home)
        stage.tell("billing", "seed", {"meters": [{"event_name": "usage", "display_name": "U"}]})
        stage.start_worker()
        stage.until_watching()
        yield Company(stage=stage)
    finally:
        stage.stop()


def test_what_sales_offers_billing_charges_and_the_books_know(company: Company) -> None:
    company.sell()
    company.wait(lambda: len(company.offered()) == 6 and company.told())

    _products_are_everywhere(company)
    _a_new_amount_is_a_new_price(company)
    _what_is_not_offered_any_more_is_not_charged(company)


def _products_are_everywhere(company: Company) -> None:
    billed = company.named("billing", "product", "id")
    company.wait(lambda: set(company.named("erp", "serviceSaleItem", "externalId")) == set(CODES))
    items = company.named("erp", "serviceSaleItem", "externalId")
    company.wait(
        lambda: {row["Revenue_Account__c"] for row in company.rows("crm", "Product2")} == {"4000"}
    )
    assert set(billed) == set(CODES)
    assert len(company.rows("billing", "product")) == len(company.rows("erp", "serviceSaleItem"))
    assert {row["name"] for row in billed.values()} == {f"Our {code}" for code in CODES}
    assert {row["displayName"] for row in items.values()} == {f"Our {code}" for code in CODES}
    assert sorted(set(company.offered().values())) == ["4990", "5500"]
    metered = [row for row in company.rows("billing", "price") if row["product"] == "API-USAGE"]
    assert {row["recurring"]["usage_type"] for row in metered} == {"metered"}


def _a_new_amount_is_a_new_price(company: Company) -> None:
    entry = "01u000000000000UAA"
    before = company.named("billing", "price", "lookup_key")
    company.stage.tell(
        "crm",
        "change",
        {"object": "PricebookEntry", "id": entry, "set": {"UnitPrice": "59.90"}},
    )
    company.wait(lambda: f"{entry}:59.90" in company.offered() and company.told())

    assert f"{entry}:49.90" in before
    assert f"{entry}:49.90" not in company.offered()
    assert len(company.rows("billing", "price")) == len(before) + 1


def _what_is_not_offered_any_more_is_not_charged(company: Company) -> None:
    entry = "01u000000000003JAA"
    company.stage.tell(
        "crm", "change", {"object": "PricebookEntry", "id": entry, "set": {"IsActive": False}}
    )
    company.wait(lambda: f"{entry}:5500" not in company.offered())

    assert len(company.offered()) == 5
