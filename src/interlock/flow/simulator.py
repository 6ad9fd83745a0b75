"""The second driver: the same segments on virtual time, interleaved and killed by a seed.

Nothing of the flow is replaced: store, history, gate, fence and leases are the real ones. Only
time is virtual, and the order in which runs take their turns is drawn from the seed.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from interlock.flow.desk import Workshop
from interlock.flow.segment import open_segment
from interlock.flow.store import LEASE
from interlock.foundation.clock import VirtualClock
from interlock.foundation.errors import InvariantError, UnavailableError

MOST_TURNS: Final = 1_000_000
"""Turns of one simulation; more of them is a livelock."""
AT_ONCE: Final = 8
"""Segments that one worker has in hand at a time."""
STANDSTILL: Final = (LEASE + timedelta(seconds=5), timedelta(minutes=4))
"""How long a worker stands still when it does (F24), at least and at most: beyond its lease."""


class Plot(Protocol):
    """What happens by itself: sales, polls, deliveries, people."""

    def next_at(self) -> datetime | None:
        """Return when the next thing happens; ``None`` when nothing will."""
        ...

    def happen(self) -> None:
        """Let everything happen that is due."""
        ...


class Nothing:
    """A world in which nothing happens by itself."""

    def next_at(self) -> datetime | None:
        """Nothing will happen."""
        return None

    def happen(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What may befall a worker at every turn, just before an exchange or a commit."""

    kill: float = 0.0
    """Chance that its segment is never heard of again; the lease ends, and it is taken over."""
    stall: float = 0.0
    """Chance that it stands still beyond its lease, and then goes on as if nothing was."""


@dataclass(slots=True, kw_only=True)
class Played:
    """What a simulation did."""

    turns: int = 0
    segments: int = 0
    kills: int = 0
    stalls: int = 0
    broken_off: int = 0
    """Segments that ended in an error of the database, or by another's fence."""
    ended_at: datetime


def play(
    shops: Sequence[Workshop],
    clock: VirtualClock,
    rng: random.Random,
    *,
    until: datetime,
    fate: Callable[[], Fate] = Fate,
    plot: Plot | None = None,
) -> Played:
    """Take up whatever is due and give turns at random until nothing is due before `until`.

    Each of `shops` is a worker of its own, over one store. `fate` is asked at every turn.

    Raises:
        InvariantError: The runs go round in circles.
    """
    theatre = _Theatre(shops=shops, clock=clock, plot=plot or Nothing())
    theatre.played = Played(ended_at=clock.now())
    for turn in range(MOST_TURNS):
        theatre.let_happen()
        if not theatre.hands:
            moment = theatre.next_at()
            if moment is None or moment > until:
                theatre.played.turns, theatre.played.ended_at = turn, clock.now()
                return theatre.played
            clock.advance_to(moment)
            theatre.look = True
            continue
        theatre.turn(rng.choice(theatre.hands), rng.random(), fate())
    raise InvariantError(
        f"{MOST_TURNS} turns without coming to rest", hint="Some run goes round in circles."
    )


@dataclass(frozen=True, slots=True)
class _Hand:
    """One segment in the hands of one worker."""

    worker: str
    run: str
    work: Iterator[object]


@dataclass(slots=True, kw_only=True)
class _Theatre:
    """The segments that are under way."""

    shops: Sequence[Workshop]
    clock: VirtualClock
    plot: Plot
    hands: list[_Hand] = field(default_factory=list)
    stalled: list[tuple[datetime, _Hand]] = field(default_factory=list)
    look: bool = True
    """Whether something may be due that was not before: nobody asks the store in vain."""
    played: Played = field(init=False)

    def let_happen(self) -> None:
        """Let happen what is due, wake who stood still, and claim what is due."""
        now = self.clock.now()
        due = self.plot.next_at()
        if due is not None and due <= now:
            self.plot.happen()
            self.look = True
        self.hands += [hand for until, hand in self.stalled if until <= now]
        self.stalled = [each for each in self.stalled if each[0] > now]
        if not self.look:
            return
        self.look = False
        for shop in self.shops:
            try:
                self._take_up(shop)
            except UnavailableError:
                self.played.broken_off += 1
                self.look = True

    def _take_up(self, shop: Workshop) -> None:
        held = {hand.run for hand in self.hands if hand.worker == shop.worker}
        room = AT_ONCE - len(held)
        if room <= 0:
            return
        for run_id, number in shop.store.due(self.clock.now(), AT_ONCE):
            if run_id in held or room <= 0:
                continue
            claimed = shop.store.claim(run_id, number, shop.worker, self.clock.now())
            if claimed is not None:
                self.hands.append(_Hand(shop.worker, run_id, open_segment(shop, claimed).work()))
                self.played.segments += 1
                room -= 1

    def next_at(self) -> datetime | None:
        """Return when something is to be done again."""
        moments = [until for until, _ in self.stalled]
        moments += [each for each in (self.plot.next_at(), self._next_due()) if each is not None]
        return min(moments, default=None)

    def _next_due(self) -> datetime | None:
        while True:
            try:
                return self.shops[0].store.next_due()
            except UnavailableError:
                self.played.broken_off += 1

    def turn(self, hand: _Hand, draw: float, fate: Fate) -> None:
        """Give `hand` a turn, or let its fate befall it."""
        if draw < fate.kill:
            self.played.kills += 1
            self.hands.remove(hand)
            self.look = True
        elif draw < fate.kill + fate.stall:
            self.played.stalls += 1
            self.hands.remove(hand)
            least, most = STANDSTILL
            share = (draw - fate.kill) / fate.stall
            self.stalled.append((self.clock.now() + least + (most - least) * share, hand))
        elif not self._step(hand):
            self.hands.remove(hand)
            self.look = True

    def _step(self, hand: _Hand) -> bool:
        """Give one turn; return whether the segment goes on."""
        try:
            next(hand.work)
        except StopIteration:
            return False
        except UnavailableError:
            self.played.broken_off += 1
            return False
        return True
