"""What an examination comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How something stands."""

    FINE = "fine"
    SOON = "soon"
    """Fine for now, and not for long."""
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """It could not be found out."""
    UNTOLD = "not told"
    """Nobody can find it out: the system or the place does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question and its answer."""

    question: str
    """configured, reachable, permitted, clock, quota, heard, fits, expiring"""
    state: State
    said: str
    next: str = ""
    """What to do now; there for everything that is not fine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One connection."""

    connection: str
    kind: str
    """system, subscription or channel"""
    items: Sequence[Item]

    @property
    def state(self) -> State:
        """Return the worst of it; what is not told stays an item and decides nothing."""
        told = [each.state for each in self.items if each.state is not State.UNTOLD]
        return worst(told)

    @property
    def untold(self) -> int:
        """Return how much of it cannot be found out by anybody."""
        return sum(each.state is State.UNTOLD for each in self.items)


_RANK: Final = (State.FINE, State.UNTOLD, State.SOON, State.UNKNOWN, State.PROBLEM)


def worst(states: Iterable[State]) -> State:
    """Return the worst of `states`; of none nobody knows anything."""
    return max(states, key=_RANK.index, default=State.UNKNOWN)
