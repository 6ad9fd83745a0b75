"""Do the sums agree? The oracle reads the vendors' ledgers and the CRM, not our tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from interlock.cli.demonstration.account import Account

PERIODS: Final = {"Monthly": 1, "Quarterly": 3, "Annual": 12}
DIGITS: Final = {"JPY": 0, "KWD": 3}

Rows = Iterable[Mapping[str, Any]]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One invoice as the books have it."""

    opportunity: str
    legal_entity: str
    currency: str
    net: Decimal
    total: Decimal
    reversed: bool


@dataclass(slots=True, kw_only=True)
class Tie:
    """The result, and everything that does not agree."""

    opportunities: int
    states: Mapping[str, str]
    """Opportunity -> completed, compensated, case or lost."""
    duplicates: int = 0
    complaints: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    """What became of every other process."""
    sums: dict[Key, tuple[Decimal, Decimal, int]] = field(default_factory=dict)
    """(legal entity, currency) -> posted, expected, how many."""

    @property
    def ties(self) -> bool:
        """Whether everything agrees."""
        return not self.complaints and self.duplicates == 0

    def count(self, state: str) -> int:
        """Return how many opportunities ended so."""
        return sum(1 for found in self.states.values() if found == state)


def tie(
    crm: Mapping[str, Rows], posted: list[Posted], subscriptions: Rows, states: Mapping[str, str]
) -> Tie:
    """Compare what was sold with what is posted, to the smallest unit of every currency."""
    opportunities = {str(row["Id"]): row for row in crm["Opportunity"]}
    amending = {ref for ref, row in opportunities.items() if row.get("Amends__c")}
    result = Tie(opportunities=len(opportunities) - len(amending), states=states)
    _once(result, posted, subscriptions, amending)
    live = {each.opportunity: each for each in posted if not each.reversed}
    sums: dict[Key, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    lines: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in crm["OpportunityLineItem"]:
        lines[str(line["OpportunityId"])].append(line)
    for ref, state in states.items():
        invoice = live.get(ref)
        if state == "completed" and invoice is not None:
            expected = first_bill(opportunities[ref], lines[ref])
            if expected != invoice.net:
                said = f"{invoice.net} is posted, {expected} was sold {invoice.currency}"
                result.complaints.append(f"{ref}: {said}")
            found = sums[(invoice.legal_entity, invoice.currency)]
            found[0], found[1], found[2] = (
                found[0] + invoice.net,
                found[1] + expected,
                found[2] + 1,
            )
        elif (complaint := _unfit(ref, state, posted=invoice is not None)) is not None:
            result.complaints.append(complaint)
    result.sums = {key: (a, b, int(n)) for key, (a, b, n) in sorted(sums.items())}
    return result


def _unfit(ref: str, state: str, *, posted: bool) -> str | None:
    """Return how an end contradicts the books."""
    if state == "completed" and not posted:
        return f"{ref} is completed but nothing is posted"
    if state == "compensated" and posted:
        return f"{ref} is compensated but an invoice is posted"
    return f"{ref} has neither an end nor a case" if state == "lost" else None


def _once(
    result: Tie, posted: list[Posted], subscriptions: Rows, amending: AbstractSet[str]
) -> None:
    per = Counter(each.opportunity for each in posted if not each.reversed)
    active = Counter(
        str(each["metadata"].get("opportunity_id"))
        for each in subscriptions
        if each["status"] != "canceled"
    )
    for what, counts in (("invoices", per), ("subscriptions", active)):
        for ref, count in counts.items():
            if count > 1:
                result.duplicates += count - 1
                result.complaints.append(f"{ref} has {count} {what}")
            if ref not in result.states and ref not in amending:
                result.complaints.append(f"{ref}: {what} that nobody sold")


def first_bill(opportunity: Mapping[str, Any], lines: Rows) -> Decimal:
    """Return what the first invoice of a contract bills, worked out from the CRM alone."""
    months = PERIODS.get(str(opportunity["Billing_Frequency__c"]), 12)
    periods = -(-int(opportunity["Contract_Term_Months__c"]) // months)
    unit = Decimal(1).scaleb(-DIGITS.get(str(opportunity["CurrencyIsoCode"]), 2))
    found = Decimal(0)
    for line in lines:
        amount = Decimal(str(line["TotalPrice"]))
        if line["Charge_Type__c"] == "One-Time":
            found += amount
        elif line["Charge_Type__c"] == "Recurring":
            found += amount - (amount / periods).quantize(unit, ROUND_DOWN) * (periods - 1)
    return found
