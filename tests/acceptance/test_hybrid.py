"""Two ERPs at once, each with the books of its own legal entity, and one view over both."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.scenario import Scenario
from tests.acceptance.company import Company
from tests.acceptance.hybrid import two_books, with_odoo

SINCE = ["--since", "2026-01-01", "--system", "erp", "--system", "legacy"]
Books = Mapping[str, tuple[Decimal, Decimal]]
"""Opportunity -> total and tax of its posted invoice."""


def netsuite(company: Company) -> Books:
    rows = company.stage.tell("erp", "ledger").get("invoice", [])
    return {
        str(row["externalId"]): (Decimal(str(row["total"])), Decimal(str(row["taxTotal"])))
        for row in rows
    }


def tryton(company: Company) -> Books:
    rows = company.stage.tell("legacy", "ledger").get("account.invoice", [])
    return {
        str(row["reference"]): (Decimal(str(row["total_amount"])), Decimal(str(row["tax_amount"])))
        for row in rows
        if row["state"] in {"posted", "paid"}
    }


def odoo(company: Company) -> Books:
    rows = company.stage.tell("legacy", "ledger").get("account.move", [])
    return {
        str(row["ref"]): (Decimal(str(row["amount_total"])), Decimal(str(row["amount_tax"])))
        for row in rows
        if row["state"] == "posted" and row["move_type"] == "out_invoice"
    }


def sold(story: Scenario) -> dict[str, set[str]]:
    """Return the deals without a flaw, by legal entity."""
    found: dict[str, set[str]] = {"us": set(), "de": set()}
    for row in story.opportunities:
        if row["Id"] not in story.flaws:
            found[row["Legal_Entity__c"]].add(str(row["Id"]))
    return found


@pytest.mark.parametrize(("vendor", "read"), [("tryton", tryton), ("odoo", odoo)])
def test_two_erps_at_once_by_legal_entity_and_one_view_over_both(
    tmp_path: Path, vendor: str, read: Any
) -> None:
    estate = EXAMPLE if vendor == "tryton" else with_odoo(tmp_path / "estate")
    with two_books(tmp_path / "home", estate, vendor) as (company, story):
        deals = sold(story)
        assert deals["us"]
        assert deals["de"]
        company.until(lambda: deals["us"] <= netsuite(company).keys())
        company.until(lambda: deals["de"] <= read(company).keys())
        ledgers = {"us": netsuite(company), "de": read(company)}
        # Each legal entity is in its own books, and in no others.
        assert not ledgers["us"].keys() & ledgers["de"].keys()
        assert deals["de"].isdisjoint(ledgers["us"])
        assert deals["us"].isdisjoint(ledgers["de"])

        _is_one_view(company.ask_apart("view", "invoice", *SINCE), ledgers)
        _in_the_wrong_books(company, next(iter(deals["de"])))


def _is_one_view(seen: Mapping[str, Any], ledgers: Mapping[str, Books]) -> None:
    """The view shows what both ledgers hold, each record once, and adds up to the cent."""
    assert seen["troubles"] == []
    lines = {line["key"]: line for line in seen["lines"]}
    assert len(lines) == len(seen["lines"])
    assert lines.keys() == ledgers["us"].keys() | ledgers["de"].keys()
    for legal_entity, system in (("us", "erp"), ("de", "legacy")):
        for key, (total, tax) in ledgers[legal_entity].items():
            line = lines[key]
            assert (line["legal_entity"], line["system"]) == (legal_entity, system)
            assert (line["posted"], line["finding"]) == (True, "")
            assert line["record"]["number"]
            assert Decimal(line["record"]["total"]) == total
            assert Decimal(line["record"]["tax"]) == tax
    sums = {(each["legal_entity"], each["currency"]): each for each in seen["sums"]}
    assert sums.keys() == {("us", "USD"), ("de", "EUR")}
    for (legal_entity, _), each in sums.items():
        ledger = ledgers[legal_entity].values()
        assert each["records"] == len(ledger)
        assert Decimal(each["amounts"]["total"]) == sum(total for total, _ in ledger)


def _in_the_wrong_books(company: Company, key: str) -> None:
    """Put an invoice of the German company into the American books by hand: it is told."""
    invoice = company.stage.tell("erp", "ledger")["invoice"][0]
    line = {name: invoice["item"]["items"][0][name] for name in ("item", "quantity", "amount")}
    kept = {name: invoice[name] for name in ("entity", "subsidiary", "currency", "tranDate")}
    alien = {**kept, "externalId": key, "item": {"items": [line]}}
    company.stage.tell("erp", "seed", {"invoice": [alien]})
    seen = company.ask_apart("view", "invoice", *SINCE, code=1)
    told = [line for line in seen["lines"] if line["finding"]]
    assert [(line["key"], line["finding"]) for line in told] == [
        (key, "in the books of `erp` and `legacy`")
    ]
