"""Deliveries as rows: who is still to get what, and what came of every attempt.

Each change is one transaction, with its entry in the trail; a delivery that two workers hold is
settled by the one that claimed it last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from interlock.audit import Entry, trail
from interlock.foundation.clock import iso
from interlock.foundation.database import Connection, Database, Row, one
from interlock.foundation.queries import load_queries
from interlock.relay.attempt import ACTOR, Attempt, End, stream_of, trouble_of
from interlock.relay.courier import Parcel, Subscriber, Verdict

_QUERIES: Final = load_queries("interlock.relay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which deliveries are meant; an empty word means any."""

    to: str = ""
    """Only to this subscriber."""
    state: str = ""
    """Only waiting, delivered or dead ones."""
    key: str = ""
    """Only of this business key."""
    type: str = ""
    """Only of this type of event."""
    event: str = ""
    """Only this event, by its id."""


EVERYTHING: Final = Which()


class Deliveries:
    """The deliveries of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def address(self, subscribers: Sequence[Subscriber], now: datetime, limit: int = 500) -> int:
        """Decide who gets the events that are new in the outbox; return how many there were."""
        with self._database.transaction() as connection:
            rows = connection.rows(_QUERIES["unaddressed"], {"limit": limit})
            for row in rows:
                if connection.execute(_QUERIES["addressed"], {"id": row["id"], "now": iso(now)}):
                    self._addressed(connection, row, subscribers, now)
        return len(rows)

    def _addressed(
        self, connection: Connection, row: Row, subscribers: Sequence[Subscriber], now: datetime
    ) -> None:
        for subscriber in subscribers:
            if not subscriber.wants(str(row["type"])):
                continue
            wanted = {name: row[name] for name in ("run", "type", "key", "rank")}
            whom = {"subscriber": subscriber.name, "event": row["id"], "now": iso(now)}
            connection.execute(_QUERIES["deliver"], {**wanted, **whom})

    def due(self, subscriber: Subscriber, now: datetime, limit: int) -> list[Parcel]:
        """Claim what is to be offered to `subscriber` now: of each key at most the first."""
        with self._database.transaction() as connection:
            wanted = {"subscriber": subscriber.name, "now": iso(now), "limit": limit}
            rows = connection.rows(_QUERIES["due"], wanted)
            lease = iso(now + subscriber.lease)
            return [
                _parcel(row)
                for row in rows
                if connection.execute(_QUERIES["claim"], {**_names(row), "lease": lease})
            ]

    def settle(self, attempt: Attempt) -> bool:
        """Write down what came of an attempt; False when another worker holds the delivery now."""
        subscriber = attempt.subscriber.name
        with self._database.transaction() as connection:
            if not connection.execute(_QUERIES["settle"], attempt.row()):
                return False
            for stream, entry in attempt.entries():
                _tell(connection, stream, entry)
            if attempt.end is End.DELIVERED:
                _perhaps_mended(connection, subscriber, attempt.at, ACTOR)
            if attempt.trouble:
                held = int(attempt.answer.verdict is Verdict.HELD)
                row = {"name": subscriber, "held": held, "at": iso(attempt.at)}
                said = {"cause": attempt.trouble, "said": attempt.answer.said}
                connection.execute(_QUERIES["trouble"], {**row, **said})
        return True

    def held(self) -> dict[str, Row]:
        """Return the subscribers that get nothing until a person says so, each with why."""
        with self._database.transaction() as connection:
            return {str(row["name"]): row for row in connection.rows(_QUERIES["held"], {})}

    def resume(self, subscriber: str, now: datetime, by: str) -> bool:
        """Offer events to a held subscriber again; False when it was not held."""
        with self._database.transaction() as connection:
            if not connection.execute(_QUERIES["let_go"], {"name": subscriber}):
                return False
            _perhaps_mended(connection, subscriber, now, f"user:{by}")
        return True

    def again(self, which: Which, now: datetime, by: str) -> list[tuple[str, str]]:
        """Offer events again, from the beginning of the schedule; return subscriber and event."""
        with self._database.transaction() as connection:
            rows = connection.rows(_QUERIES["again"], {**_wanted(which), "now": iso(now)})
            found = sorted((str(row["subscriber"]), str(row["event"])) for row in rows)
            for subscriber, event in found:
                said = Entry(action="event.again", at=now, actor=f"user:{by}", data={"by": by})
                _tell(connection, stream_of(subscriber, event), said)
        return found

    def listed(self, which: Which, limit: int) -> list[Row]:
        """Return deliveries, the latest first."""
        with self._database.transaction() as connection:
            return connection.rows(_QUERIES["listed"], {**_wanted(which), "limit": limit})

    def body(self, event: str) -> str | None:
        """Return an event as it is sent."""
        with self._database.transaction() as connection:
            row = one(connection.rows(_QUERIES["body"], {"id": event}))
        return None if row is None else str(row["body"])

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many events each subscriber has in which state."""
        found: dict[str, dict[str, int]] = {}
        with self._database.transaction() as connection:
            for row in connection.rows(_QUERIES["counts"], {}):
                states = found.setdefault(str(row["subscriber"]), {})
                states[str(row["state"])] = cast("int", row["events"])
        return found


def _perhaps_mended(connection: Connection, subscriber: str, at: datetime, actor: str) -> None:
    """Close the subscriber's case once nothing of it is left."""
    stream = trouble_of(subscriber)
    if connection.execute(_QUERIES["mended"], {"name": subscriber}):
        _tell(connection, stream, Entry(action="subscription.mended", at=at, actor=actor, data={}))


def _tell(connection: Connection, stream: str, entry: Entry) -> None:
    trail.tell(connection, stream, [entry])


def _wanted(which: Which) -> dict[str, object]:
    return {
        "subscriber": which.to,
        "state": which.state,
        "key": which.key,
        "type": which.type,
        "event": which.event,
    }


def _names(row: Row) -> dict[str, object]:
    return {name: row[name] for name in ("subscriber", "event", "claims")}


def _parcel(row: Row) -> Parcel:
    return Parcel(
        subscriber=str(row["subscriber"]),
        event=str(row["event"]),
        run=str(row["run"]),
        type=str(row["type"]),
        key=str(row["key"]),
        body=str(row["body"]).encode(),
        attempts=cast("int", row["attempts"]),
        claims=cast("int", row["claims"]) + 1,
    )
