"""How an event is handed over, and the three ways that can end."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from interlock.estate.kinds.events import STANDARD_SCHEDULE, wants

MARGIN: Final = timedelta(seconds=15)
"""What writing down an answer may take, on top of getting it."""
LONGEST_WAIT: Final = timedelta(days=1)
"""However long a subscriber asks us to stay away."""


class Verdict(StrEnum):
    """What a hand-over came to."""

    TAKEN = "taken"
    NOT_NOW = "not-now"
    """Anything but a clear yes; the same event is offered again later."""
    HELD = "held"
    """Nothing more is offered until a person has looked: gone, or not to be called at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a hand-over ended."""

    verdict: Verdict
    said: str = ""
    """The subscriber's own words, or ours about it; bounded."""
    cause: str = ""
    """With HELD: the kind of case."""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One event on its way to one subscriber."""

    subscriber: str
    event: str
    run: str
    type: str
    key: str
    body: bytes
    """The CloudEvent in structured JSON: the same bytes at every attempt."""
    attempts: int
    claims: int


class Courier(Protocol):
    """One way of handing events over."""

    def hand_over(self, parcel: Parcel) -> Answer:
        """Offer the event once. Never raises for what the other side does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a refused event is offered again."""

    waits: Sequence[timedelta] = STANDARD_SCHEDULE
    jitter: Decimal = Decimal("0.1")

    def wait(
        self, attempts: int, rng: random.Random, asked: timedelta | None = None
    ) -> timedelta | None:
        """Return how long to wait after `attempts` attempts; ``None``: that was the last.

        A longer wait that the subscriber `asked` for is granted, up to a day.
        """
        if attempts > len(self.waits):
            return None
        wait = self.waits[attempts - 1]
        wait += wait * (float(self.jitter) * rng.random())
        return max(wait, min(asked or timedelta(), LONGEST_WAIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who gets which events, how, and how patiently."""

    name: str
    patterns: tuple[str, ...]
    owner: str
    """The group that gets its cases."""
    courier: Courier
    schedule: Schedule = Schedule()
    concurrency: int = 4
    longest: timedelta = timedelta(minutes=1)
    """How long one attempt may take."""

    @property
    def lease(self) -> timedelta:
        """Return for how long a worker may be silent about a delivery that it has in hand.

        Then it is offered again: minutes would hold up whatever a dead worker had in hand.
        """
        return self.longest + MARGIN

    def wants(self, type_: str) -> bool:
        """Tell whether it asked for events of this type."""
        return wants(self.patterns, type_)
