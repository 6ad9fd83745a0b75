"""The deals that are closed while it storms; each knows what has to become of it.

Prices are chosen so that every period of a contract bills the same: what the first invoice must
say follows without a rule for rounding (the demo has the rest).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

CURRENCIES: Final = {
    "us": ("USD", Decimal("0.01"), "US", "CA"),
    "uk": ("GBP", Decimal("0.01"), "GB", None),
    "jp": ("JPY", Decimal(1), "JP", None),
    "kw": ("KWD", Decimal("0.001"), "KW", None),
    "de": ("EUR", Decimal("0.01"), "DE", None),
}
"""Legal entity -> currency, its smallest unit, country and state of its customers."""
BOOKED_IN_ERP: Final = {"us": "1", "uk": "2", "jp": "3", "kw": "4"}
"""Legal entity -> its subsidiary; the German books are a system of their own."""
CLOSED_MONTH: Final = "2026-08"
MONTHS: Final = {"Monthly": 1, "Quarterly": 3, "Annual": 12}
PER_CUSTOMER: Final = 4

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One deal, as it is written into the CRM, and what it is worth at first."""

    ref: str
    entity: str
    currency: str
    net: Decimal
    """What its first invoice bills before tax."""
    row: Row
    lines: Sequence[Row]
    incomplete: bool
    """It lacks a date: a person has to be asked."""
    withdrawn: bool
    """It waits for a closed month until the customer calls it off."""


def accounts(number: int) -> Iterator[Row]:
    """Return the customers of `number` deals: groups, and one company in each."""
    for index in range(-(-number // PER_CUSTOMER)):
        entity = list(CURRENCIES)[index % len(CURRENCIES)]
        currency, _, country, state = CURRENCIES[entity]
        for kind in "GC":
            yield {
                "Id": _account(index, kind),
                "Name": f"{'Group' if kind == 'G' else 'Company'} {index:05d}",
                "ParentId": None if kind == "G" else _account(index, "G"),
                "BillingCountry": country,
                "BillingState": state,
                "BillingCity": "Port",
                "BillingPostalCode": f"{10000 + index}",
                "Billing_Email__c": f"storm-{index}-{kind.lower()}@customer.example",
                "CurrencyIsoCode": currency,
                "Legal_Entity__c": entity,
            }


def deals(seed: int, number: int) -> Iterator[Deal]:
    """Return the same deals for the same seed."""
    rng = random.Random(f"storm/{seed}")  # noqa: S311 (a reproducible story, not a secret)
    for index in range(number):
        yield _deal(rng, index)


def _account(index: int, kind: str) -> str:
    return f"001{index:09d}{kind}AAAAA"


def _deal(rng: random.Random, index: int) -> Deal:
    customer = index // PER_CUSTOMER
    entity = list(CURRENCIES)[customer % len(CURRENCIES)]
    currency, unit, _, _ = CURRENCIES[entity]
    frequency, term = rng.choice(list(MONTHS)), rng.choice((12, 24, 36))
    periods = term // MONTHS[frequency]
    ref = f"006{index:09d}OAAAAA"
    seat = unit * periods * rng.randrange(50, 5_000)
    seats = rng.randrange(1, 30)
    lines = [_line(ref, 0, "SAAS-SEAT", "Recurring", seats, seat)]
    net = seat * seats / periods
    if rng.random() < 0.5:  # noqa: PLR2004 (about half of the deals)
        fee = unit * rng.randrange(1_000, 900_000)
        lines.append(_line(ref, 1, "ONBOARDING", "One-Time", 1, fee))
        net += fee
    incomplete = index % 29 == 5  # noqa: PLR2004 (every so many)
    withdrawn = index % 31 == 7 and entity in BOOKED_IN_ERP  # noqa: PLR2004 (every so many)
    row = {
        "Id": ref,
        "Name": f"Deal {index:05d}",
        "AccountId": _account(customer, "C"),
        "StageName": "Closed Won",
        "Amount": str(sum(Decimal(line["TotalPrice"]) for line in lines)),
        "CloseDate": f"{CLOSED_MONTH}-20" if withdrawn else "2026-10-05",
        "CurrencyIsoCode": currency,
        "Contract_Start__c": None if incomplete else "2026-10-15",
        "Contract_Term_Months__c": term,
        "Billing_Frequency__c": frequency,
        "Revenue_Treatment__c": rng.choice(("Ratable", "Immediate")),
        "Legal_Entity__c": entity,
    }
    return Deal(
        ref=ref,
        entity=entity,
        currency=currency,
        net=net,
        row=row,
        lines=lines,
        incomplete=incomplete,
        withdrawn=withdrawn and not incomplete,
    )


def _line(deal: str, index: int, product: str, charge: str, quantity: int, price: Decimal) -> Row:
    return {
        "Id": f"00k{deal[3:12]}{index}AAAAA",
        "OpportunityId": deal,
        "ProductCode": product,
        "Description": f"{charge} charge",
        "Quantity": quantity,
        "UnitPrice": str(price),
        "TotalPrice": str(price * quantity),
        "Charge_Type__c": charge,
    }
