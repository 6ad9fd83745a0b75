"""What people decide about breaks: this belongs together, this is lost, this comes next month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from interlock.foundation.money import Money
from interlock.reconciliation.finding import Break
from interlock.reconciliation.passes import Parts


class Kind(StrEnum):
    """The three things that can be said."""

    MATCH = "match"
    """These records belong together."""
    WRITE_OFF = "write-off"
    """The difference stays, and nobody waits for it any more."""
    CARRY_FORWARD = "carry-forward"
    """It is expected to heal, and is nobody's question until a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision, and who answers for it."""

    id: str
    name: str
    """The reconciliation."""
    kind: Kind
    breaks: Sequence[str]
    parts: Parts = ()
    """Of a match: its records."""
    money: Money | None = None
    """What is given up; of a match, what is left over."""
    reason: str = ""
    until: date | None = None
    by: str
    at: datetime
    approved_by: str = ""
    in_force: bool = True

    def covers(self, found: Break, as_of: date) -> bool:
        """Tell whether it still answers for a break: never for more than was decided."""
        if not self.in_force or found.id not in self.breaks or self.kind is Kind.MATCH:
            return False
        if self.until is not None and as_of > self.until:
            return False
        decided = self.money.amount if self.money else Decimal(0)
        worth = found.money.amount if found.money else Decimal(0)
        same = found.money is None or (self.money or found.money).currency == found.money.currency
        return same and worth <= decided


def needs_another(money: Money | None, limits: Mapping[str, Decimal]) -> bool:
    """Tell whether a second person must agree: above the limit, or where none is declared."""
    if money is None or not money.amount:
        return False
    limit = limits.get(money.currency)
    return limit is None or abs(money.amount) > limit
