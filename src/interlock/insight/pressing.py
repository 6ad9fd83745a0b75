"""What is at risk, whose it is and until when: by legal entity, and by what is broken (R62, R103).

Every sum is by currency and never over two; every pile names exactly the cases that are in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from interlock.cases.queue import Stake
from interlock.estate.estate import Estate
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.money import Money


@dataclass(slots=True)
class Sums:
    """How many there are, and what they are worth by currency."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)

    def add(self, money: Money | None) -> None:
        """Count one more."""
        self.count += 1
        if money is not None:
            known = self.sums.get(money.currency, Decimal(0))
            self.sums[money.currency] = known + money.amount

    @property
    def worth(self) -> list[tuple[str, Decimal]]:
        """Return the sums, by currency."""
        return sorted(self.sums.items())


@dataclass(slots=True)
class Pile:
    """Cases that belong together."""

    cases: int = 0
    overdue: int = 0
    soon: int = 0
    """Due within a day."""
    sums: dict[str, Decimal] = field(default_factory=dict)
    without_money: int = 0
    """Nobody knows what these are worth: they are not worth nothing."""
    first: str = ""
    """When the first of them is due, as the database has it."""

    def add(self, stake: Stake, now: str, soon: str) -> None:
        """Put a case on the pile."""
        due = stake.due
        self.cases += 1
        self.overdue += due < now
        self.soon += now <= due < soon
        if not self.first or due < self.first:
            self.first = due
        if stake.money is None:
            self.without_money += 1
        else:
            currency = stake.money.currency
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + stake.money.amount

    @property
    def next_due(self) -> datetime | None:
        """Return when the first of them is due."""
        return from_iso(self.first) if self.first else None

    @property
    def worth(self) -> list[tuple[str, Decimal]]:
        """Return the sums, by currency."""
        return sorted(self.sums.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Everything that is open, seen from two sides."""

    whole: Pile
    by_legal_entity: Mapping[str, Pile]
    """Empty name: it is not known."""
    by_cause: list[tuple[str, str, Pile]]
    """Cause, owner and pile; what has most cases first."""
    broken: list[str]
    """Systems that cannot be reached or do not let us in."""


def risk(stakes: Iterable[Stake], now: datetime) -> Risk:
    """Pile up what is open."""
    whole = Pile()
    entities: dict[str, Pile] = {}
    causes: dict[tuple[str, str], Pile] = {}
    broken: set[str] = set()
    at, soon = iso(now), iso(now + timedelta(days=1))
    for stake in stakes:
        whole.add(stake, at, soon)
        entities.setdefault(stake.legal_entity, Pile()).add(stake, at, soon)
        causes.setdefault((stake.cause, stake.owner), Pile()).add(stake, at, soon)
        if stake.kind == "connection":
            broken.add(stake.system)
    listed = [(cause, owner, pile) for (cause, owner), pile in causes.items()]
    return Risk(
        whole=whole,
        by_legal_entity=dict(sorted(entities.items())),
        by_cause=sorted(listed, key=lambda each: (-each[2].cases, each[0], each[1])),
        broken=sorted(broken),
    )


def closes_at(estate: Estate, legal_entity: str, now: datetime) -> datetime | None:
    """Return when the month of a legal entity ends, in its own zone; ``None``: it has none."""
    declared = estate.legal_entities.get(legal_entity)
    if declared is None:
        return None
    zone = ZoneInfo(str(declared.spec.timezone))
    today = now.astimezone(zone).date()
    after = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return datetime.combine(after, time(), zone).astimezone(UTC)
