"""How long a run lies that a dead worker had in hand, until another worker takes it up.

This, and the progress shown, is all that is read from our own tables: it measures, and judges
nothing.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import psycopg

from interlock.testing.storm.cluster import Cluster

HELD: Final = "SELECT id, segment FROM run WHERE worker = '{}' AND state = 'running'"
SINCE: Final = "SELECT id, segment, worker FROM run WHERE id IN ({})"
RESTING: Final = ("completed", "compensated", "cancelled", "parked")
COUNTS: Final = "SELECT state, count(*) FROM run GROUP BY state"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    run: str
    segment: int
    by: str
    at: float


@dataclass(slots=True)
class Takeovers:
    """What dead workers left behind, and since when."""

    cluster: Cluster
    seconds: list[float] = field(default_factory=list)
    unknown: int = 0
    """Deaths of which nobody could ask what was left: the database was away as well."""
    _left: list[_Left] = field(default_factory=list)

    def died(self, worker: str) -> None:
        """Note what `worker`, which is dead and comes not back, had in hand."""
        try:
            rows = self.cluster.ask(HELD.format(worker))
        except psycopg.Error:
            self.unknown += 1
            return
        now = time.monotonic()
        self._left += [_Left(run=row[0], segment=row[1], by=worker, at=now) for row in rows]

    def look(self) -> None:
        """See who was taken up meanwhile."""
        if not self._left:
            return
        wanted = ", ".join(f"'{each.run}'" for each in self._left)
        try:
            rows = self.cluster.ask(SINCE.format(wanted))
        except psycopg.Error:
            return
        now = time.monotonic()
        segments = {run: segment for run, segment, _ in rows}
        taken = [each for each in self._left if segments[each.run] > each.segment]
        self.seconds += [now - each.at for each in taken]
        self._left = [each for each in self._left if each not in taken]

    @property
    def open(self) -> int:
        """Return how many runs still lie."""
        return len(self._left)


def states(cluster: Cluster) -> dict[str, int] | None:
    """Return how many runs are in which state; ``None`` while the database is away."""
    try:
        return {str(state): int(count) for state, count in cluster.ask(COUNTS)}
    except psycopg.Error:
        return None


def resting(counts: dict[str, int]) -> int:
    """Return how many runs have ended or wait for a person."""
    return sum(counts.get(state, 0) for state in RESTING)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that `share` of all do not exceed; ``None`` of nothing."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None
