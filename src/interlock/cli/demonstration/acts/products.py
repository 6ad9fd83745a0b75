"""Products and list prices: out of the CRM into billing and the books, before anything is sold."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration.acts.act import (
    Act,
    Tied,
    count,
    exact,
    major,
    per_currency,
)
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, until

PRODUCTS: Final = {
    "SAAS-SEAT": ("Recurring", "49.90"),
    "API-USAGE": ("Usage", "0.02"),
    "ONBOARDING": ("One-Time", None),
    "ADD-ON": ("Recurring", "100.00"),
}
"""Code -> how it is charged, and its list price by the period."""
ADD_ON: Final = "01u000000000003AAA"
"""The list price that an upgrade adds to a contract."""


def _offer(scene: Scene, _: str) -> Iterator[None]:
    upgraded = [scene.cast.deal(ref) for ref in scene.cast.of("upgraded")]
    products: list[Row] = []
    prices: list[Row] = []
    for number, (code, (charge, price)) in enumerate(PRODUCTS.items()):
        product = {"Id": f"01t00000000000{number}AAA", "Name": f"Our {code}", "ProductCode": code}
        about = {"External_Id__c": code, "IsActive": True, "Charge_Type__c": charge}
        products.append(product | about)
        if price is not None:
            sold = upgraded[0] if upgraded and code == "ADD-ON" else {}
            prices.append(
                {
                    "Id": f"01u00000000000{number}AAA",
                    "Product2Id": product["Id"],
                    "ProductCode": code,
                    "UnitPrice": price,
                    "CurrencyIsoCode": sold.get("CurrencyIsoCode", "USD"),
                    "IsActive": True,
                    "Billing_Frequency__c": sold.get("Billing_Frequency__c", "Monthly"),
                }
            )
    scene.tell("crm", "seed", {"Product2": products})
    scene.tell("crm", "seed", {"PricebookEntry": prices})
    keys = [("product-sync", code) for code in PRODUCTS]
    keys += [("price-sync", row["Id"]) for row in prices]
    yield from until(lambda: all(scene.ended(process, key) for process, key in keys))


def _ties(scene: Scene) -> Iterator[Tied]:
    names = {row["ProductCode"]: row["Name"] for row in scene.rows("crm", "Product2")}
    items = scene.by("erp", "serviceSaleItem", "externalId")
    billed = {row["id"]: row["name"] for row in scene.rows("billing", "product")}
    booked = {code: row.get("displayName") for code, row in items.items()}
    for where, known in (("billing", billed), ("books", booked)):
        same = sum(1 for code, name in names.items() if known.get(code) == name)
        yield count("product-sync", f"products in {where}", len(names), same)
    prices = scene.by("billing", "price", "id")
    listed = [
        (row["CurrencyIsoCode"], exact(row["UnitPrice"]), _charged(prices, row))
        for row in scene.rows("crm", "PricebookEntry")
    ]
    yield from per_currency("price-sync", "list prices", listed)


def _charged(offered: dict[str, Row], listed: Row) -> Decimal:
    """Return what billing charges for a list price of the CRM; nothing if it does not."""
    price = offered.get(str(listed.get("Billing_Price__c")), {})
    if not price.get("active"):
        return Decimal(0)
    return major(1, price["currency"]) * exact(price["unit_amount_decimal"])


ACT: Final = Act(processes=("product-sync", "price-sync"), plays={"": _offer}, ties=_ties)
