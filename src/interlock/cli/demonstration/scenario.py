"""What the demo's sales people closed: customers three levels deep, contracts of every kind."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

ENTITIES: Final[Mapping[str, tuple[str, Sequence[tuple[str, str]]]]] = {
    "us": ("USD", (("US", "CA"), ("US", "NY"), ("US", "TX"), ("US", "WA"))),
    "uk": ("GBP", (("GB", ""),)),
    "jp": ("JPY", (("JP", ""),)),
    "kw": ("KWD", (("KW", ""),)),
    "de": ("EUR", (("DE", ""),)),
}
"""Legal entity -> its currency and where its customers live."""
UNITS: Final = {"JPY": Decimal(1), "KWD": Decimal("0.001")}
WITHDRAWN: Final = "opportunity_withdrawn"
CLOSED_MONTH: Final = "2026-08"
SUBSIDIARIES: Final = {"us": "1", "uk": "2", "jp": "3", "kw": "4"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that is put into the CRM, and what is wrong with some of it on purpose."""

    accounts: Sequence[Row]
    opportunities: Sequence[Row]
    lines: Sequence[Row]
    merges: Sequence[tuple[str, str]]
    """(winner, loser): merged while their runs are under way."""
    flaws: Mapping[str, str]
    """Opportunity -> what is wrong with it."""

    @property
    def withdrawn(self) -> frozenset[str]:
        """Return the deals that the customer calls off while their runs are under way."""
        return frozenset(ref for ref, flaw in self.flaws.items() if flaw == WITHDRAWN)


def scenario(seed: int, opportunities: int, entities: Sequence[str]) -> Scenario:
    """Return the same scenario for the same seed."""
    rng = random.Random(seed)  # noqa: S311 (a reproducible story, not a secret)
    accounts = list(_accounts(rng, max(opportunities // 2, 12), entities))
    leaves = [row for row in accounts if row["Name"].startswith("Unit")]
    made: list[Row] = []
    lines: list[Row] = []
    flaws: dict[str, str] = {}
    for number in range(opportunities):
        account = leaves[number % len(leaves)]
        row, own = _opportunity(rng, number, account)
        flaw = _flaw(number, row)
        if flaw is not None:
            flaws[row["Id"]] = flaw
        made.append(row)
        lines.extend(own)
    spare = [row for row in accounts if row["Name"].startswith("Twin")]
    pairs = zip(leaves, spare, strict=False)
    merges = [(twin["Id"], leaf["Id"]) for leaf, twin in pairs][:3]
    return Scenario(accounts=accounts, opportunities=made, lines=lines, merges=merges, flaws=flaws)


def _accounts(rng: random.Random, count: int, entities: Sequence[str]) -> Iterator[Row]:
    for number in range(count // 3 + 1):
        entity = entities[number % len(entities)]
        currency, places = ENTITIES[entity]
        country, state = places[rng.randrange(len(places))]
        parent: str | None = None
        for level in ("Group", "Division", "Unit"):
            ref = f"001{number:09d}{level[0]}AAAAA"
            yield {
                "Id": ref,
                "Name": f"{level} {number:03d} {entity.upper()}",
                "ParentId": parent,
                "BillingCountry": country,
                "BillingState": state or None,
                "BillingCity": "Town",
                "BillingPostalCode": f"{10000 + number}",
                "Billing_Email__c": f"billing-{number}-{level.lower()}@customer.example",
                "CurrencyIsoCode": currency,
                "Legal_Entity__c": entity,
            }
            parent = ref
        if number < 3:  # noqa: PLR2004 (three merges are enough for a demo)
            yield {
                "Id": f"001{number:09d}TAAAAA",
                "Name": f"Twin {number:03d} {entity.upper()}",
                "BillingCountry": country,
                "BillingState": state or None,
                "BillingCity": "Town",
                "BillingPostalCode": f"{20000 + number}",
                "Billing_Email__c": f"twin-{number}@customer.example",
                "CurrencyIsoCode": currency,
                "Legal_Entity__c": entity,
            }


def _opportunity(rng: random.Random, number: int, account: Row) -> tuple[Row, list[Row]]:
    currency = account["CurrencyIsoCode"]
    unit = UNITS.get(currency, Decimal("0.01"))
    ref = f"006{number:09d}OAAAAA"
    kinds = ["Recurring"]
    if rng.random() < 0.35:  # noqa: PLR2004 (about a third of the deals)
        kinds.append("Usage")
    if rng.random() < 0.5:  # noqa: PLR2004 (about half of the deals)
        kinds.append("One-Time")
    if number % 17 == 3:  # noqa: PLR2004 (some deals are services and nothing else)
        kinds = ["One-Time"]
    lines: list[Row] = []
    for index, kind in enumerate(kinds):
        quantity = rng.randrange(1, 40)
        price = (Decimal(rng.randrange(1_000, 90_000)) * Decimal("0.0137")).quantize(unit)
        lines.append(
            {
                "Id": f"00k{number:09d}{index}AAAAA",
                "OpportunityId": ref,
                "ProductCode": {
                    "Recurring": "SAAS-SEAT",
                    "Usage": "API-USAGE",
                    "One-Time": "ONBOARDING",
                }[kind],
                "Description": f"{kind} charge",
                "Quantity": quantity,
                "UnitPrice": str(price),
                "TotalPrice": str(price * quantity),
                "Charge_Type__c": kind,
            }
        )
    start = date(2026, 10, 1) + timedelta(days=rng.randrange(0, 90))
    total = sum((Decimal(str(line["TotalPrice"])) for line in lines), Decimal(0))
    row = {
        "Id": ref,
        "Name": f"Deal {number:04d}",
        "AccountId": account["Id"],
        "StageName": "Closed Won",
        "Amount": str(total),
        "CloseDate": (start - timedelta(days=rng.randrange(1, 20))).isoformat(),
        "CurrencyIsoCode": currency,
        "Contract_Start__c": start.isoformat(),
        "Contract_Term_Months__c": rng.choice([12, 24, 36]),
        "Billing_Frequency__c": rng.choice(["Monthly", "Quarterly", "Annual"]),
        "Revenue_Treatment__c": rng.choice(["Ratable", "Immediate"]),
        "Legal_Entity__c": account["Legal_Entity__c"],
    }
    return row, lines


def _flaw(number: int, row: Row) -> str | None:
    """Break a few deals on purpose: each kind of flaw must end in a case, never in silence.

    The deals that will be withdrawn are stuck before the pivot until then, in a closed month.
    """
    if number % 47 == 11 and row["Legal_Entity__c"] in SUBSIDIARIES:  # noqa: PLR2004 (every so many)
        row["CloseDate"] = f"{CLOSED_MONTH}-20"
        return WITHDRAWN
    if number % 37 == 5:  # noqa: PLR2004 (every so many)
        row["Contract_Start__c"] = None
        return "missing_field"
    if number % 41 == 7:  # noqa: PLR2004 (every so many)
        row["Billing_Frequency__c"] = "Fortnightly"
        return "unknown_enum"
    if number % 43 == 9 and row["Legal_Entity__c"] in SUBSIDIARIES:  # noqa: PLR2004 (every so many)
        row["CloseDate"] = f"{CLOSED_MONTH}-15"
        return "closed_period"
    return None
