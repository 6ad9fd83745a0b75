"""How the demo goes: everybody plays at once, round by round, until everything has its end."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from interlock.cli.demonstration.acts.programme import PROGRAMME
from interlock.cli.demonstration.scene import ENDED, Scene

PATIENCE: Final = 600.0
"""Seconds after which the demo stops waiting and reports what it sees."""
ROUND: Final = 1.0
RESTARTS: Final = 5
CALLED_OFF: Final = {"object": "Opportunity", "set": {"StageName": "Closed Lost"}}
TAKEN_BACK: Final = frozenset({"compensated", "cancelled"})
"""A deal that is called off before anything was written is cancelled: nothing to take back."""

Say = Callable[[str], None]


class Playing:
    """One performance."""

    def __init__(self, scene: Scene, events: Mapping[int, Callable[[], None]], say: Say) -> None:
        self._scene = scene
        self._events = dict(events)
        self._say = say
        self._acts: list[Iterator[None]] = []
        self._began = time.monotonic()

    def play(self) -> None:
        """Play until everything has its end, or patience has."""
        plays = [play for act in PROGRAMME for play in act.begin(self._scene)]
        self._acts = [*plays, self._called_off()]
        while not self._round() and self._elapsed() < PATIENCE:
            time.sleep(ROUND)
        self._end()

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _round(self) -> bool:
        """Play a round; tell whether it was the last."""
        scene = self._scene
        scene.look()
        for second in [second for second in self._events if second <= self._elapsed()]:
            self._events.pop(second)()
        scene.tell("billing", "pay", {"but": {"opportunity_id": sorted(scene.unpaid)}})
        self._acts = [each for each in self._acts if next(each, self._acts) is None]
        busy = self._busy()
        states = scene.states("quote-to-cash")
        self._say(f"{self._elapsed():5.0f} s  " + self._progress(states, busy))
        completed = sum(state == "completed" for state in states.values())
        everybody_knows = scene.stage.told() >= completed
        return not self._acts and not self._events and everybody_knows and not busy

    def _progress(self, states: Mapping[str, str], busy: AbstractSet[str]) -> str:
        counts = Counter(states.values())
        known = " · ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        others = ", ".join(sorted(busy - {"quote-to-cash"}))
        total = len(self._scene.cast.story.opportunities)
        found = f"{len(states)}/{total} started: {known}"
        return f"{found} · at work: {others}" if others else found

    def _called_off(self) -> Iterator[None]:
        """Let customers call deals off while these are stuck, and wait until they are undone."""
        scene, deals = self._scene, self._scene.cast.story.withdrawn
        for ref in sorted(deals):
            while scene.states("quote-to-cash").get(ref) not in ENDED:
                yield
        for ref in sorted(deals):
            scene.tell("crm", "change", CALLED_OFF | {"id": ref})
        self._say(f"{len(deals)} customers called their deals off")
        while {scene.states("quote-to-cash")[ref] for ref in deals} - TAKEN_BACK:
            yield

    def _busy(self) -> set[str]:
        """Return the processes that have some run under way."""
        rows = self._scene.counts()
        return {str(row["integration"]) for row in rows if row["state"] not in ENDED}

    def _end(self) -> None:
        """Stop the worker for good: with nobody at work, nothing may be left to do.

        Something may have arrived just before. It is begun then, so somebody must go on.
        """
        stage = self._scene.stage
        stage.stop_worker()
        for _ in range(RESTARTS):
            if not self._busy() or self._elapsed() > PATIENCE:
                break
            stage.start_worker()
            while self._busy() and self._elapsed() < PATIENCE:
                time.sleep(ROUND)
            stage.stop_worker()
        self._scene.look()
