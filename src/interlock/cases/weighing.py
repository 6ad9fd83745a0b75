"""The order of the queue: money at risk times nearness of the deadline (peers.md N5).

A case that is due one `half_life` earlier weighs twice as much. Taken as a logarithm, that is
``log2(money) - due / half_life``: it does not depend on the present, so the queue is an index in
the database and not a calculation over all open cases. No figure here is ever shown as money.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Final

from interlock.foundation.money import Money

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PRECISION: Final = Context(prec=18)
_LN2: Final = _PRECISION.ln(Decimal(2))
_STEPS: Final = 1_000_000
URGENT: Final = 1 << 50
"""Added for a broken connection: everything behind it waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How money and time are compared."""

    half_life: timedelta = timedelta(days=1)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    """Currency -> what one unit is worth in the reporting currency, for ordering only. A currency
    without a rate counts unit for unit."""

    def weight(self, money: Money | None, due: datetime) -> int:
        """Return the place in the queue; larger is sooner."""
        halves = Decimal((due - _EPOCH) // timedelta(microseconds=1)) / Decimal(
            self.half_life // timedelta(microseconds=1)
        )
        return int((self._doublings(money) - halves) * _STEPS)

    def _doublings(self, money: Money | None) -> Decimal:
        if money is None:
            return Decimal(0)
        worth = abs(money.amount) * self.rates.get(money.currency, Decimal(1))
        return _PRECISION.ln(max(worth, Decimal(1))) / _LN2
