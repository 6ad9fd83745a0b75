"""What happens in a universe by itself: sales, changes of mind, deliveries, polls, payments."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from interlock.connectors.port import Event
from interlock.foundation.clock import VirtualClock
from interlock.foundation.errors import InvariantError, UnavailableError
from interlock.foundation.money import exponent
from interlock.proving.company import BOOKS, CURRENCIES
from interlock.proving.faults import Weather
from interlock.proving.ledger import Row
from interlock.proving.vendor import Simulated

SELLING: Final = timedelta(hours=10)
"""How long deals are closed, from the start of a universe."""
AGAIN: Final = timedelta(minutes=1)
"""After this long a sender repeats a delivery that was not acknowledged."""


@dataclass(slots=True, kw_only=True)
class Deal:
    """What the company really agreed: the truth that everything is held against."""

    key: str
    entity: str
    account: str
    amount: Decimal
    flaw: str = ""
    """Why it cannot run as it is: it must become a question, never an invoice."""
    withdrawn: bool = False
    amended: bool = False


Take = Callable[[str, Event], object]
"""Hands a delivery to the inbox; raises `UnavailableError` when it could not be stored."""


@dataclass(slots=True, kw_only=True)
class Story:
    """The events of one universe, in the order of their time."""

    systems: dict[str, Simulated]
    weather: Weather
    rng: random.Random
    clock: VirtualClock
    take: Take
    deals: dict[str, Deal] = field(default_factory=dict)
    survivors: dict[str, str] = field(default_factory=dict)
    """Account -> the account that it was merged into."""
    merged_at: dict[str, datetime] = field(default_factory=dict)
    prompt: bool = False
    """Whether deliveries come in the very moment that they tell of."""
    _coming: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _number: int = 0

    def at(self, moment: datetime, happens: Callable[[], None]) -> None:
        """Let something happen then."""
        self._number += 1
        heapq.heappush(self._coming, (moment, self._number, happens))

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        """Let something happen in so many seconds."""
        self.at(self.clock.now() + timedelta(seconds=seconds), happens)

    def every(self, seconds: float, until: datetime, happens: Callable[[], None]) -> None:
        """Let something happen again and again."""

        def once() -> None:
            happens()
            if self.clock.now() < until:
                self.after(seconds, once)

        self.after(seconds, once)

    def next_at(self) -> datetime | None:
        """Return when the next thing happens."""
        return self._coming[0][0] if self._coming else None

    def happen(self) -> None:
        """Let everything happen that is due; what the database was away for happens later."""
        now = self.clock.now()
        while self._coming and self._coming[0][0] <= now:
            happens = heapq.heappop(self._coming)[2]
            try:
                happens()
            except UnavailableError:
                self.at(now + AGAIN, happens)

    def open(self, deals: int, accounts: int) -> None:
        """Write the company's accounts, and let its deals close over the first hours."""
        for number in range(1, accounts + 1):
            self._row("account", f"acc-{number}", {"name": f"Customer {number}"})
        for number in range(1, deals + 1):
            deal = self._agreed(number, accounts)
            self.deals[deal.key] = deal
            moment = self.clock.now() + SELLING * self.rng.random()
            if self.weather.strikes("business_day_turns"):
                moment = self._turn_of_day(deal)
            self.at(moment, lambda deal=deal: self._close(deal))  # type: ignore[misc]  # bound

    def _turn_of_day(self, deal: Deal) -> datetime:
        """Return a moment within the minutes around midnight where the deal's books are kept."""
        hour = 5 if deal.entity == "north" else 15
        midnight = self.clock.now().replace(hour=hour, minute=0, second=0)
        if midnight < self.clock.now():
            midnight += timedelta(days=1)
        return midnight + timedelta(seconds=self.rng.uniform(-90, 90))

    def _agreed(self, number: int, accounts: int) -> Deal:
        entity = self.rng.choice(sorted(BOOKS))
        units = self.rng.randrange(100, 1_000_000)
        amount = Decimal(units).scaleb(-exponent(CURRENCIES[entity]))
        account = f"acc-{self.rng.randrange(1, accounts + 1)}"
        deal = Deal(key=f"deal-{number}", entity=entity, account=account, amount=amount)
        self.weather.facing("story", "deal.agreed")
        for flaw in ("missing_amount", "unknown_value", "period_closed"):
            if not deal.flaw and self.weather.strikes(flaw):
                deal.flaw = flaw
        return deal

    def _close(self, deal: Deal) -> None:
        """Win a deal, and let the company change its mind about some."""
        if deal.flaw == "period_closed":
            self.systems[BOOKS[deal.entity]].refused[deal.key] = "period_closed"
        self._row("deal", deal.key, self._said(deal))
        soon, late = self.rng.uniform(0, 40), self.rng.uniform(40, 7200)
        second = self.rng.choice((soon, late))
        if self.weather.strikes("withdrawn"):
            self.after(second, lambda: self._withdraw(deal))
        elif not deal.flaw and self.weather.strikes("amended"):
            self.after(second, lambda: self._amend(deal))
        if self.weather.strikes("customer_merged"):
            self.after(self.rng.uniform(0, 600), lambda: self._merge(deal.account))

    def _said(self, deal: Deal) -> dict[str, object]:
        entity = "atlantis" if deal.flaw == "unknown_value" else deal.entity
        return {
            "id": deal.key,
            "stage": "lost" if deal.withdrawn else "won",
            "account": deal.account,
            "amount": "0" if deal.flaw == "missing_amount" else str(deal.amount),
            "currency": CURRENCIES[deal.entity],
            "closed_on": self.clock.now().date().isoformat(),
            "legal_entity": entity,
            "lines": self._lines(deal.amount, exponent(CURRENCIES[deal.entity])),
        }

    def _lines(self, amount: Decimal, digits: int) -> list[dict[str, object]]:
        many = self.rng.randrange(1, 4)
        unit = Decimal(1).scaleb(-digits)
        share = (amount / many).quantize(unit)
        parts = [share] * (many - 1)
        parts.append(amount - sum(parts))
        return [{"id": f"{n}", "product": f"P{n}", "amount": str(p)} for n, p in enumerate(parts)]

    def mend(self, deal: Deal) -> None:
        """Put right what is wrong with a deal, in the system where it is wrong."""
        deal.flaw = ""
        self.systems[BOOKS[deal.entity]].refused.pop(deal.key, None)
        self._change("deal", deal.key, **self._said(deal))

    def change(self, fault: str, deal: Deal) -> None:
        """Let the company change its mind now: ``withdrawn``, ``amended``, ``customer_merged``."""
        match fault:
            case "withdrawn":
                self._withdraw(deal)
            case "amended":
                self._amend(deal)
            case "customer_merged":
                self._merge(deal.account)
            case _:
                raise InvariantError(f"nobody changes a deal by `{fault}`", hint="A defect.")

    def _withdraw(self, deal: Deal) -> None:
        deal.withdrawn = True
        self._change("deal", deal.key, stage="lost")

    def _amend(self, deal: Deal) -> None:
        deal.amended = True
        deal.amount += Decimal(1)
        lines = self._lines(deal.amount, exponent(CURRENCIES[deal.entity]))
        self._change("deal", deal.key, amount=str(deal.amount), lines=lines)

    def _merge(self, account: str) -> None:
        """Merge an account into another one that still stands; chains come by themselves."""
        standing = [
            row.key
            for row in self.systems["crm"].ledger.of("account")
            if row.key not in self.survivors and row.key != account
        ]
        if account in self.survivors or not standing:
            return
        self.survivors[account] = self.rng.choice(standing)
        self.merged_at[account] = self.clock.now()
        self._change("account", account, merged_into=self.survivors[account])

    def _row(self, obj: str, key: str, body: dict[str, object]) -> None:
        crm = self.systems["crm"]
        row = crm.ledger.add(obj, key, key, {"id": key, **body}, self.clock.now())
        self.deliver("crm", row)

    def _change(self, obj: str, key: str, **fields: object) -> None:
        crm = self.systems["crm"]
        row = crm.ledger.rows[obj, key]
        crm.ledger.touch(row, self.clock.now(), **fields)
        self.deliver("crm", row)

    def pay(self) -> None:
        """Let the buyers of live subscriptions pay, each in time of its own."""
        billing = self.systems["billing"]
        paid = {str(row.body["subscription"]) for row in billing.ledger.of("payment")}
        for row in list(billing.ledger.of("subscription")):
            if row.live and row.ref not in paid and self.rng.random() < 0.2:  # noqa: PLR2004 (an hour's share)
                ref = f"pay-{row.ref}"
                body = {"id": ref, "subscription": row.ref, "status": "paid"}
                self.deliver(
                    "billing", billing.ledger.add("payment", ref, ref, body, self.clock.now())
                )

    def deliver(self, system: str, row: Row) -> None:
        """Tell of a change, in the way that webhooks do: perhaps, perhaps twice, perhaps late."""
        self.weather.facing(system, f"{row.obj}.delivered")
        event = self.systems[system].event_of(row)
        if self.weather.strikes("webhook_lost"):
            return
        if self.weather.strikes("webhook_malformed"):
            poisoned = Event(
                id=f"poison:{event.id}",
                type=event.type,
                object=event.object,
                ref=event.ref,
                body={"amount": ["not", "money"], "id": {"nor": "text"}},
                at=event.at,
            )
            self.after(0.5, lambda: self._handed(system, poisoned))
        copies = 2 if self.weather.strikes("webhook_duplicate") else 1
        for _ in range(copies):
            late = self.weather.strikes("webhook_late")
            wait = self.rng.uniform(30, 3600) if late else self.rng.uniform(0.1, 2)
            if self.prompt:
                self._handed(system, event)
            else:
                self.after(wait, lambda: self._handed(system, event))

    def _handed(self, system: str, event: Event) -> None:
        self.take(system, event)
