"""What strikes workers and database, in which order: a deck of cards, shuffled by the seed."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from interlock.flow.store import LEASE
from interlock.testing.storm.cluster import Cluster
from interlock.testing.storm.crew import Crew, Worker
from interlock.testing.storm.takeovers import Takeovers

BEYOND: Final = LEASE.total_seconds() + 4.0
"""Seconds that a zombie sleeps: it wakes up when others have taken its runs."""
FULL_SECONDS: Final = 4.0
EARLY: Final = 0.5
PER_HAND: Final = 5
"""How many deals are closed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How much of everything."""

    sagas: int
    kills: int
    crashes: int
    failovers: int
    zombies: int
    terminations: int
    full_disks: int

    def deck(self, seed: int) -> Iterator[str]:
        """Return the cards; blows fall between the first deals and the last ones."""
        rng = random.Random(f"deck/{seed}")  # noqa: S311 (a reproducible story, not a secret)
        blows = ["kill"] * self.kills + ["crash"] * self.crashes
        blows += ["fail_over"] * self.failovers + ["freeze"] * self.zombies
        blows += ["terminate"] * self.terminations + ["fill"] * self.full_disks
        hands = ["sell"] * -(-self.sagas // PER_HAND)
        cards = blows + hands[2:]
        rng.shuffle(cards)
        # Zombies first: they wake up while the others are still at work.
        cards.sort(key=lambda card: card == "freeze" and rng.random() < EARLY, reverse=True)
        return iter([*hands[:2], *cards])


class Weather:
    """Plays a card, and counts what really struck."""

    def __init__(self, cluster: Cluster, crew: Crew, takeovers: Takeovers, seed: int) -> None:
        self._cluster = cluster
        self._crew = crew
        self._takeovers = takeovers
        self._rng = random.Random(f"weather/{seed}")  # noqa: S311 (reproducible, not a secret)
        self.struck: Counter[str] = Counter()
        self._blows: dict[str, Callable[[], bool]] = {
            "kill": self._kill,
            "crash": self._crash,
            "fail_over": self._fail_over,
            "freeze": self._freeze,
            "terminate": self._terminate,
            "fill": self._fill,
        }

    def strike(self, kind: str) -> bool:
        """Let `kind` happen; return whether it did."""
        done = self._blows[kind]()
        self.struck[kind] += done
        return done

    def pause(self, mean: float) -> None:
        """Wait for a random while."""
        time.sleep(min(self._rng.expovariate(1 / mean), 4 * mean))

    def _kill(self) -> bool:
        victim = self._victim()
        if victim is None:
            return False
        same = self._rng.random() < 0.3  # noqa: PLR2004 (most are followed by somebody else)
        self._crew.kill(victim, same_name=same)
        if not same:
            self._takeovers.died(victim.name)
        return True

    def _freeze(self) -> bool:
        victim = self._victim()
        if victim is not None:
            self._crew.freeze(victim, BEYOND)
        return victim is not None

    def _victim(self) -> Worker | None:
        """Return somebody who works while somebody else does: there has to be who takes over."""
        at_work = self._crew.at_work()
        return self._rng.choice(at_work) if len(at_work) > 1 else None

    def _crash(self) -> bool:
        self._cluster.crash(self._rng.choice((signal.SIGQUIT, signal.SIGQUIT, signal.SIGKILL)))
        return True

    def _fail_over(self) -> bool:
        self._cluster.fail_over()
        self.pause(0.5)
        self._cluster.add_standby()
        return True

    def _terminate(self) -> bool:
        return self._cluster.end_in_commit()

    def _fill(self) -> bool:
        if not self._cluster.mounted:
            return False
        self._cluster.fill(FULL_SECONDS)
        return True
