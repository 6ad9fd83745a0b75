"""After a backup came back: read first, adopt what the systems hold, and only then write.

A restored database is older than the world. What runs did between the copy and its return is on no
record here, and most of them would do it again. While a restoration is open nothing is written to
any system: runs go as far as looking brings them, and take for theirs what is there. Who has
looked at what came of it ends it, and only then the rest is written (docs/decisions; R79).
"""

import json
import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from interlock.audit import Entry, trail
from interlock.flow.core.lost import Lost
from interlock.flow.store import QUERIES
from interlock.foundation.clock import Clock, from_iso, iso
from interlock.foundation.database import Connection, Database, Row, one
from interlock.foundation.errors import UsageError

STREAM: Final = "restoration"
"""The audit stream of restorations."""
FRESH: Final = timedelta(seconds=1)
"""How long a worker may not notice that one began or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """An older state of the database came back."""

    number: int
    since: datetime
    """The last moment that the restored record knows of."""
    at: datetime
    """When it came back."""
    author: str
    reason: str
    behind: int
    """Entries of the trail after this one came later."""
    ended_at: datetime | None = None
    """When somebody let writing begin again."""

    def lost(self) -> Lost:
        """Return the time of which nothing is known."""
        return Lost(since=self.since, until=self.at, reads_only=self.ended_at is None)

    def concerns(self, started_at: datetime) -> bool:
        """Tell whether a run that started then may have been at work in lost time.

        A run that began while the restoration was open may be one that had begun before: what
        told of it came again.
        """
        return self.ended_at is None or started_at < self.ended_at


class Restorations:
    """The restorations of one installation, as a worker sees them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[Restoration, ...] = ()
        self._asked: datetime | None = None

    def lost_to(self, started_at: datetime) -> Lost | None:
        """Return the lost time that concerns a run that started then; ``None``: none does."""
        concerning = [each.lost() for each in self._all() if each.concerns(started_at)]
        if not concerning:
            return None
        return replace(concerning[-1], since=min(each.since for each in concerning))

    def _all(self) -> tuple[Restoration, ...]:
        now = self._clock.now()
        with self._lock:
            if self._asked is not None and self._asked <= now < self._asked + FRESH:
                return self._known
        # Not under the lock: who comes here inside a transaction holds the database, and whoever
        # holds the lock would wait for it.
        known = tuple(every(self._database))
        with self._lock:
            self._known, self._asked = known, now
        return known


def every(database: Database) -> list[Restoration]:
    """Return all restorations, the oldest first."""
    with database.transaction() as connection:
        return [_restoration(row) for row in connection.rows(QUERIES["restorations"], {})]


def under_way(database: Database) -> Restoration | None:
    """Return the restoration that nobody has ended yet."""
    found = [each for each in every(database) if each.ended_at is None]
    return found[-1] if found else None


def begin(database: Database, clock: Clock, *, by: str, reason: str) -> Restoration:
    """Write nothing to any system until somebody ends this; return what is known of it.

    `by` is whoever acts, as the trail names them: ``user:ana``, ``worker-1``. The one that is
    under way already is returned as it is.

    Raises:
        UsageError: Nobody says why.
    """
    _must_say_why(reason)
    with database.transaction() as connection:
        known = [_restoration(row) for row in connection.rows(QUERIES["restorations"], {})]
        if known and known[-1].ended_at is None:
            return known[-1]
        now = clock.now()
        last = one(connection.rows(QUERIES["last_entry"], {}))
        made = Restoration(
            number=len(known) + 1,
            since=min(now, from_iso(str(last["at"]))) if last else now,
            at=now,
            author=by,
            reason=reason,
            behind=int(str(last["seq"])) if last else 0,
        )
        row = {**asdict(made), "since": iso(made.since), "at": iso(made.at)}
        connection.execute(QUERIES["begin_restoration"], row)
        said = {
            "kind": "restored",
            "message": f"{reason}; nothing is known of {iso(made.since)} to {iso(now)}",
            "since": iso(made.since),
            "by": by,
        }
        _tell(connection, Entry(action="restoration.begun", at=now, actor=by, data=said))
    return made


def end(database: Database, clock: Clock, *, by: str, reason: str) -> Restoration:
    """Let writing begin again.

    Raises:
        UsageError: None is under way, or nobody says why.
    """
    _must_say_why(reason)
    with database.transaction() as connection:
        known = [_restoration(row) for row in connection.rows(QUERIES["restorations"], {})]
        if not known or known[-1].ended_at is not None:
            raise UsageError(
                "no restoration is under way", hint="`interlock restored begin` begins one."
            )
        ended = replace(known[-1], ended_at=clock.now())
        row = {"number": ended.number, "at": iso(clock.now())}
        connection.execute(QUERIES["end_restoration"], row)
        said = {"by": by, "reason": reason, "number": ended.number}
        _tell(
            connection,
            Entry(action="restoration.ended", at=clock.now(), actor=by, data=said),
        )
    return ended


def adopted_since(database: Database, restoration: Restoration) -> int:
    """Return how many documents were looked up and taken for ours since it came back."""
    with database.transaction() as connection:
        rows = connection.rows(QUERIES["looked_up"], {"behind": restoration.behind})
    return sum(json.loads(str(row["data"])).get("probe") is True for row in rows)


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise UsageError("it needs a reason", hint="Say why with --reason: an auditor will ask.")


def _tell(connection: Connection, entry: Entry) -> None:
    trail.tell(connection, STREAM, [entry])


def _restoration(row: Row) -> Restoration:
    ended = row["ended_at"]
    return Restoration(
        number=int(str(row["number"])),
        since=from_iso(str(row["since"])),
        at=from_iso(str(row["at"])),
        author=str(row["author"]),
        reason=str(row["reason"]),
        behind=int(str(row["behind"])),
        ended_at=None if ended is None else from_iso(str(ended)),
    )
