"""The second driver: the same segments on virtual time, interleaved and killed by a seed.

Nothing of the flow is replaced: store, history, gate, fence and leases are the real ones. Only
time is virtual, and the order in which runs take their turns is drawn from the seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from interlock.flow.desk import Workshop
from interlock.flow.segment import open_segment
from interlock.flow.store import TakenOverError
from interlock.foundation.clock import VirtualClock
from interlock.foundation.errors import InvariantError

MOST_TURNS = 1_000_000
"""Turns of one simulation; more of them is a livelock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a simulation did."""

    turns: int
    segments: int
    kills: int
    ended_at: datetime


def play(
    shop: Workshop,
    clock: VirtualClock,
    rng: random.Random,
    *,
    until: datetime,
    kill_rate: float = 0.0,
    at_once: int = 8,
) -> Played:
    """Take up whatever is due and give turns at random until nothing is due before `until`.

    `kill_rate` is the chance, at every turn, that the worker dies there: its segment is never
    heard of again, and the run is taken over when its lease ends.
    """
    theatre = _Theatre(shop=shop, clock=clock, at_once=at_once)
    kills = 0
    for turn in range(MOST_TURNS):
        theatre.take_up()
        if not theatre.hands:
            moment = shop.store.next_due()
            if moment is None or moment > until:
                return Played(
                    turns=turn, segments=theatre.segments, kills=kills, ended_at=clock.now()
                )
            clock.advance_to(moment)
            continue
        chosen = rng.choice(sorted(theatre.hands))
        killed = rng.random() < kill_rate
        kills += killed
        if killed or not _step(theatre.hands[chosen]):
            del theatre.hands[chosen]
    raise InvariantError(
        f"{MOST_TURNS} turns without coming to rest", hint="Some run goes round in circles."
    )


@dataclass(slots=True, kw_only=True)
class _Theatre:
    """The segments that are under way."""

    shop: Workshop
    clock: VirtualClock
    at_once: int
    hands: dict[str, Iterator[None]] = field(default_factory=dict)
    segments: int = 0

    def take_up(self) -> None:
        """Claim what is due, as long as there is room."""
        for run_id, number in self.shop.store.due(self.clock.now(), self.at_once):
            if run_id in self.hands or len(self.hands) >= self.at_once:
                continue
            claimed = self.shop.store.claim(run_id, number, self.shop.worker, self.clock.now())
            if claimed is not None:
                self.hands[run_id] = open_segment(self.shop, claimed).work()
                self.segments += 1


def _step(hand: Iterator[None]) -> bool:
    """Give one turn; return whether the segment goes on."""
    try:
        next(hand)
    except (StopIteration, TakenOverError):
        return False
    return True
