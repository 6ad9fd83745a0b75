"""Every moment at which a worker can die around a commit, one after the other; and in pairs.

A crash point is the moment before, or right after, one transaction of a run: what was committed
stays, whoever did it is never heard of again. Exchanges lie between two transactions, so a crash
before the one that follows is the crash after the answer (F23, reliability.md 4.3).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from interlock.foundation.database import Connection
from interlock.foundation.errors import UnavailableError
from interlock.proving.campaign import FOREVER
from interlock.proving.creation import universe
from interlock.proving.faults import Weather
from interlock.proving.invariants import INVARIANTS
from interlock.proving.storm import Named, StormyDatabase

SEED: Final = 1
DEALS: Final = 2
"""One deal a legal entity: every class of target is written to."""
MOMENTS: Final = ("before", "after")
OF_A_RUN: Final = frozenset({"receive", "start", "claim", "progress", "add_signal", "wake"})
"""Queries that make a transaction one of a run; others have nothing to lose."""


@dataclass(frozen=True, slots=True)
class Point:
    """One crash point."""

    transaction: int
    moment: str
    name: str
    """What the transaction does: the names of its queries."""

    def __str__(self) -> str:
        return f"{self.moment} #{self.transaction} {self.name}"


class BrittleDatabase(StormyDatabase):
    """A database at some of whose transactions whoever works dies."""

    def __init__(self, points: Sequence[Point] = ()) -> None:
        super().__init__(Weather.still())
        self._points = {(point.transaction, point.moment) for point in points}
        self.done: list[list[str]] = []
        """The queries of each transaction so far."""
        self.struck = 0
        self.played = 0
        """How many transactions the story took; those behind are the oracle's."""

    @contextmanager
    def begun(self) -> Iterator[Connection]:
        """Run one transaction, unless it is a crash point."""
        number, names = len(self.done), list[str]()
        self.done.append(names)
        self._crash(number, "before")
        with super().begun() as connection:
            yield Named(connection, names)
        self._crash(number, "after")

    def calm(self) -> None:
        """Let nobody die any more: what follows is the oracle's."""
        self._points.clear()

    def _crash(self, number: int, moment: str) -> None:
        if (number, moment) in self._points:
            self._points.remove((number, moment))
            self.struck += 1
            raise UnavailableError(f"died {moment} transaction {number}", hint="On purpose.")


def points() -> list[Point]:
    """Return every crash point of one deal a legal entity, from its event to its payment."""
    database = BrittleDatabase()
    _played(database)
    return points_of(database)


def points_of(database: BrittleDatabase) -> list[Point]:
    """Return every crash point of the story that was played on `database`."""
    return [
        Point(number, moment, "+".join(dict.fromkeys(names)))
        for number, names in enumerate(database.done[: database.played])
        if OF_A_RUN & set(names)
        for moment in MOMENTS
    ]


def broken_by(crashes: Sequence[Point]) -> list[str]:
    """Return the laws that a universe breaks whose workers die at `crashes`."""
    database = BrittleDatabase(crashes)
    found = _played(database)
    if database.struck != len(crashes):
        found.append(f"only {database.struck} of {len(crashes)} crashes came about")
    return found


def _played(database: BrittleDatabase) -> list[str]:
    with universe(SEED, deals=DEALS, accounts=1, mix={}, database=database) as here:
        here.go_on(here.clock.now() + FOREVER)
        database.calm()
        database.played = len(database.done)
        found = [
            f"{name}: {sentence}" for name, law in INVARIANTS.items() for sentence in law(here)
        ]
        completed = [key for key, state in here.states("quote-to-cash") if state == "completed"]
        if len(completed) != DEALS:
            found.append(f"only {completed} completed")
    return found


def pairs(of: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Return all pairs of points; nobody dies before a commit and after it, too."""
    return [(a, b) for a, b in combinations(of, 2) if a.transaction != b.transaction]
