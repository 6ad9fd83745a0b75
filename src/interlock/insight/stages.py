"""How many transactions stand where: the tallies of `summary`, in the stages that lists use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.flow.listing import Stage
from interlock.insight.summary import Count

STAGE_OF: Final[Mapping[str, Stage]] = {
    "running": Stage.UNDER_WAY,
    "waiting": Stage.UNDER_WAY,
    "compensating": Stage.UNDER_WAY,
    "parked": Stage.NEEDS_A_PERSON,
    "completed": Stage.COMPLETED,
    "compensated": Stage.TAKEN_BACK,
    "cancelled": Stage.WITHDRAWN,
}
"""State of a tally -> the stage whose list has these runs."""


@dataclass(slots=True)
class Number:
    """How many, and what they are about by currency."""

    runs: int = 0
    sums: dict[str, Decimal] | None = None

    def add(self, count: Count) -> None:
        """Add a tally."""
        self.runs += count.runs
        sums = self.sums = self.sums or {}
        currency = count.group.currency
        if currency:
            sums[currency] = sums.get(currency, Decimal(0)) + count.amount


def by_stage(counts: Iterable[Count]) -> dict[str, dict[Stage, Number]]:
    """Return the numbers by integration and stage."""
    found: dict[str, dict[Stage, Number]] = {}
    for count in counts:
        row = found.setdefault(count.group.integration, {})
        row.setdefault(STAGE_OF[count.group.state], Number()).add(count)
    return dict(sorted(found.items()))
