"""What becomes of contracts: renewed, ended early, upgraded in mid-term."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from interlock.cli.demonstration.acts.act import (
    Act,
    Tied,
    count,
    exact,
    major,
    per_currency,
)
from interlock.cli.demonstration.acts.products import ADD_ON
from interlock.cli.demonstration.cast import ends, months_later
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, until
from interlock.cli.demonstration.trade import sell
from interlock.cli.demonstration.tying import PERIODS

UPGRADE: Final = "UPGRD"
"""How the id of an upgrade ends; its beginning is that of the contract."""
SEATS: Final = 3
DAYS: Final = 10
"""A contract that begins some day is upgraded so many days later."""


def _renewed(scene: Scene, deal: str) -> Iterator[None]:
    yield from scene.settled(deal)
    again = _next_term(scene, deal)
    sell(scene.stage, scene.cast.story, [again | {"AccountId": scene.deal(deal)["AccountId"]}])
    yield from until(lambda: scene.ended("renewal", again["Id"]))
    yield from scene.sold(again["Id"])


def _next_term(scene: Scene, deal: str) -> Row:
    rows = scene.cast.story.opportunities
    return next(row for row in rows if row.get("Renews__c") == deal)


def _cancelled(scene: Scene, deal: str) -> Iterator[None]:
    yield from scene.settled(deal)
    day = scene.cast.deal(deal)["Contract_Start__c"]
    change = {"object": "Opportunity", "id": deal, "set": {"Cancelled_On__c": day}}
    scene.tell("crm", "change", change)
    yield from until(lambda: scene.ended("cancellation", deal))
    memo = f"{deal}-cancelled"
    if memo in scene.by("erp", "creditMemo", "externalId"):
        yield from until(lambda: scene.ended("credit-memo", memo))


def _upgraded(scene: Scene, deal: str) -> Iterator[None]:
    yield from until(lambda: scene.ended("price-sync", ADD_ON))
    yield from scene.settled(deal)
    row = scene.cast.deal(deal)
    effective = _effective(row, scene.clock.now().date()).isoformat()
    ref, price = f"{deal[:-5]}{UPGRADE}", Decimal(100)
    line = {
        "Id": f"00k{deal[3:-5]}{UPGRADE}",
        "OpportunityId": ref,
        "ProductCode": "ADD-ON",
        "PricebookEntryId": ADD_ON,
        "Quantity": SEATS,
        "UnitPrice": str(price),
        "TotalPrice": str(price * SEATS),
        "Charge_Type__c": "Recurring",
    }
    about = {name: row[name] for name in ("StageName", "CurrencyIsoCode", "Legal_Entity__c")}
    change = {"Amends__c": deal, "Effective_Date__c": effective, "CloseDate": effective}
    sold = {"Id": ref, "Name": f"{row['Name']} upgraded", "Amount": line["TotalPrice"]}
    scene.tell("crm", "seed", {"OpportunityLineItem": [line]})
    asked = about | change | sold | {"AccountId": scene.deal(deal)["AccountId"]}
    scene.tell("crm", "seed", {"Opportunity": [asked]})
    yield from until(lambda: scene.ended("contract-upgrade", ref))


def _effective(row: Row, today: date) -> date:
    """Return a day of a billing period that is not over, and will not be before the demo is."""
    begun = date.fromisoformat(row["Contract_Start__c"])
    effective = max(begun + timedelta(days=DAYS), today)
    _, over = _running(row, effective)
    return effective if over > today + timedelta(days=1) else over


def _running(row: Row, day: date) -> tuple[date, date]:
    """Return the billing period of a contract in which `day` is, and the day after it."""
    start, months = (
        date.fromisoformat(row["Contract_Start__c"]),
        PERIODS[row["Billing_Frequency__c"]],
    )
    number = 1
    while (over := months_later(start, number * months)) <= day:
        number += 1
    return months_later(start, (number - 1) * months), over


def _ties(scene: Scene) -> Iterator[Tied]:
    yield from _terms(scene)
    yield from per_currency("contract-upgrade", "of the period, posted", _upgrades(scene))
    yield from per_currency("cancellation", "credited and given back", _credits(scene))
    for deal in scene.cast.of("cancelled"):
        rows = [row for row in _subscriptions(scene, deal) if scene.deal(deal)["Cancelled_On__c"]]
        ended = [row for row in rows if row["status"] == "canceled" or row["cancel_at"]]
        yield count("cancellation", "contracts that end", len(rows), len(ended))


def _terms(scene: Scene) -> Iterator[Tied]:
    """Compare the days on which old terms end with those on which the new ones begin."""
    pairs = [
        (row["cancel_at"], ends(scene.cast.deal(deal)))
        for deal in scene.cast.of("renewed")
        for row in _subscriptions(scene, deal)
    ]
    same = sum(1 for ended, begins in pairs if ended and _day(ended) == begins)
    yield count("renewal", "terms that end where the next begins", len(pairs), same)


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _subscriptions(scene: Scene, deal: str) -> list[Row]:
    rows = scene.rows("billing", "subscription")
    return [row for row in rows if row["metadata"].get("opportunity_id") == deal]


def _upgrades(scene: Scene) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Return what is left of the running period of the line that was added, and what is posted."""
    for ref, row in scene.by("crm", "Opportunity", "Id").items():
        if not row.get("Amends__c"):
            continue
        effective = date.fromisoformat(row["Effective_Date__c"])
        begun, over = _running(scene.cast.deal(row["Amends__c"]), effective)
        left = Decimal((over - effective).days)
        unit = major(1, row["CurrencyIsoCode"])
        owed = exact(row["Amount"]) * left / (over - begun).days
        posted = exact(scene.booked(ref).get("subtotal"))
        yield row["CurrencyIsoCode"], owed.quantize(unit, ROUND_HALF_UP), posted


def _credits(scene: Scene) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Return what cancellations credited in the books, and what billing gave back for it."""
    refunds: dict[str, Decimal] = {}
    for row in scene.rows("billing", "refund"):
        memo = str(row["metadata"].get("credit_memo"))
        refunds[memo] = refunds.get(memo, Decimal(0)) + major(row["amount"], row["currency"])
    for row in scene.rows("erp", "creditMemo"):
        if str(row.get("externalId")).endswith("-cancelled"):
            there = refunds.get(row["id"], Decimal(0))
            yield row["currency"]["refName"], exact(row["total"]), there


ACT: Final = Act(
    processes=("renewal", "cancellation", "contract-upgrade"),
    plays={"renewed": _renewed, "cancelled": _cancelled, "upgraded": _upgraded},
    ties=_ties,
)
