"""The second driver: the same segments on virtual time, interleaved and killed by a seed.

Nothing of the flow is replaced: store, history, gate, fence and leases are the real ones. Only
time is virtual, and the order in which runs take their turns is drawn from the seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from interlock.flow.segment import Workshop, open_segment
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
    hands: dict[str, Iterator[None]] = {}
    segments = kills = 0
    for turn in range(MOST_TURNS):
        for run_id, number in shop.store.due(clock.now(), at_once):
            if run_id not in hands and len(hands) < at_once:
                claimed = shop.store.claim(run_id, number, shop.worker, clock.now())
                if claimed is not None:
                    hands[run_id] = open_segment(shop, claimed).work()
                    segments += 1
        if not hands:
            moment = shop.store.next_due()
            if moment is None or moment > until:
                return Played(turns=turn, segments=segments, kills=kills, ended_at=clock.now())
            clock.advance_to(moment)
            continue
        chosen = rng.choice(sorted(hands))
        if rng.random() < kill_rate:
            del hands[chosen]
            kills += 1
        elif not _step(hands[chosen]):
            del hands[chosen]
    raise InvariantError(
        f"{MOST_TURNS} turns without coming to rest", hint="Some run goes round in circles."
    )


def _step(hand: Iterator[None]) -> bool:
    """Give one turn; return whether the segment goes on."""
    try:
        next(hand)
    except (StopIteration, TakenOverError):
        return False
    return True
