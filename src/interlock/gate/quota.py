"""What all integrations share of one system: concurrency, rate, and the vendor's own "not now".

Limits are declared per system and per operation and are split by criticality: what matters less
may use less, so that payments never queue behind enrichment (R28, F7). Every process gets its
share of an account-wide limit; see docs/decisions.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SHARES: Final[Mapping[str, float]] = {"critical": 1.0, "high": 0.9, "medium": 0.75, "low": 0.5}
"""How much of a limit each criticality may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A declared limit; ``None`` means none."""

    concurrency: int | None = None
    per_second: float | None = None
    per_day: int | None = None

    def shared_by(self, workers: int) -> "Limit":
        """Return the share of one of `workers` processes: never more than the whole allows."""
        if workers <= 1:
            return self
        return Limit(
            concurrency=None if self.concurrency is None else max(self.concurrency // workers, 1),
            per_second=None if self.per_second is None else self.per_second / workers,
            per_day=None if self.per_day is None else max(self.per_day // workers, 1),
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """A place that was taken; give it back with `Quota.leave`."""

    names: tuple[str, ...]


NOTHING: Final = Lease(())
"""A lease of no place at all."""


class Quota:
    """The limits of one process, by name (a system, or a system's operation)."""

    def __init__(self, limits: Mapping[str, Limit], *, burst: float = 1.0) -> None:
        self._limits = dict(limits)
        self._burst = burst
        self._in_use: dict[str, int] = dict.fromkeys(limits, 0)
        self._due: dict[str, float] = {}
        self._day: dict[str, tuple[int, int]] = {}
        self._paused: dict[str, datetime] = {}
        self._changed = threading.Condition()

    def enter(
        self, names: tuple[str, ...], criticality: str, now: datetime, patience: float
    ) -> Lease | datetime:
        """Take a place under every one of `names`, or say when to ask again.

        Waits at most `patience` seconds for a place; takes all of them or none.
        """
        known = tuple(name for name in names if name in self._limits)
        with self._changed:
            if (pause := self._pause(names, now)) is not None:
                return pause
            if not self._changed.wait_for(
                lambda: all(self._room(name, criticality) for name in known), timeout=patience
            ):
                return now + timedelta(seconds=max(patience, 0.05))
            for name in known:
                if (until := self._rate(name, now)) is not None:
                    return until
            for name in known:
                self._take(name, now)
        return Lease(known)

    def leave(self, lease: Lease) -> None:
        """Give a place back."""
        with self._changed:
            for name in lease.names:
                self._in_use[name] -= 1
            self._changed.notify_all()

    def pause(self, name: str, until: datetime) -> None:
        """The vendor said "not now": nobody asks `name` before `until`."""
        with self._changed:
            self._paused[name] = max(until, self._paused.get(name, until))

    def in_use(self, name: str) -> int:
        """Return how many places of `name` are taken at this moment."""
        return self._in_use.get(name, 0)

    def _pause(self, names: tuple[str, ...], now: datetime) -> datetime | None:
        if not self._paused:
            return None
        until = max((self._paused[n] for n in names if n in self._paused), default=None)
        return until if until is not None and now < until else None

    def _room(self, name: str, criticality: str) -> bool:
        limit = self._limits[name].concurrency
        if limit is None:
            return True
        allowed = max(math.floor(limit * SHARES.get(criticality, SHARES["low"])), 1)
        return self._in_use[name] < allowed

    def _rate(self, name: str, now: datetime) -> datetime | None:
        limit = self._limits[name]
        if limit.per_day is not None:
            day, used = self._day.get(name, (0, 0))
            if day == now.toordinal() and used >= limit.per_day:
                midnight = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
                return midnight + timedelta(days=1)
        if limit.per_second is None:
            return None
        ahead = self._due.get(name, 0.0) - now.timestamp()
        return None if ahead <= self._burst else now + timedelta(seconds=ahead - self._burst)

    def _take(self, name: str, now: datetime) -> None:
        limit = self._limits[name]
        self._in_use[name] += 1
        if limit.per_second is not None:
            due = max(self._due.get(name, 0.0), now.timestamp())
            self._due[name] = due + 1.0 / limit.per_second
        if limit.per_day is not None:
            day, used = self._day.get(name, (0, 0))
            today = now.toordinal()
            self._day[name] = (today, used + 1 if day == today else 1)
