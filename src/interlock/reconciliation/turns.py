"""Whose turn it is: each moment of a schedule is carried out once, by one worker.

Kept in the database, so that it holds for any number of workers. A turn whose worker died is
taken over; one that could not tell is tried again soon, and not only when it is due again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from interlock.estate.estate import Estate
from interlock.foundation.clock import iso
from interlock.foundation.cron import Cron
from interlock.foundation.database import Connection, Database
from interlock.foundation.queries import load_queries

_QUERIES: Final = load_queries("interlock.reconciliation")
STALE: Final = timedelta(hours=2)
"""A turn that nobody ended for so long is another worker's."""
AGAIN: Final = timedelta(minutes=15)
"""When a turn that could not tell is tried again."""
TOLD, UNTOLD = "told", "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One moment of one schedule, and who carries it out."""

    name: str
    slot: datetime
    worker: str


def due(database: Database, estate: Estate, worker: str, now: datetime) -> Iterator[Turn]:
    """Yield the turns that `worker` has now taken; each must be ended by `end`.

    A schedule that was never seen before is due at its next moment: what it missed before it was
    declared is nobody's turn.
    """
    for name, declared in sorted(estate.reconciliations.items()):
        schedule = declared.spec.schedule
        if "cron" not in schedule:
            continue
        zone = ZoneInfo(str(schedule.get("timezone", "UTC")))
        slot = Cron.parse(str(schedule["cron"])).last(now, zone)
        if slot is None:
            continue
        turn = Turn(name=name, slot=slot, worker=worker)
        with database.transaction() as connection:
            taken = _taken(connection, turn, now)
        if taken:
            yield turn


def _taken(connection: Connection, turn: Turn, now: datetime) -> bool:
    row: dict[str, object] = {"name": turn.name, "slot": iso(turn.slot), "now": iso(now)}
    if connection.execute(_QUERIES["know_turn"], row) == 1:
        return False
    row |= {
        "worker": turn.worker,
        "stale": iso(now - STALE),
        "again": iso(now - AGAIN),
    }
    return connection.execute(_QUERIES["take_turn"], row) == 1


def end(database: Database, turn: Turn, now: datetime, *, told: bool) -> None:
    """Say what came of a turn: whether the sides could be compared."""
    row = {
        "name": turn.name,
        "worker": turn.worker,
        "now": iso(now),
        "outcome": TOLD if told else UNTOLD,
    }
    with database.transaction() as connection:
        connection.execute(_QUERIES["end_turn"], row)
