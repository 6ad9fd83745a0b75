"""Events into the inbox: each once, and many of them in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from interlock.connectors.port import Event
from interlock.foundation.clock import iso
from interlock.foundation.database import Connection
from interlock.foundation.ids import derived
from interlock.foundation.queries import Query, query

COLUMNS: Final = ("system", "id", "type", "ref", "at", "arrived_at", "via")

Row = dict[str, str]


def row_of(system: str, event: Event, via: str, now: datetime) -> Row:
    """Return an event as the inbox keeps it."""
    return {
        "system": system,
        "id": identity_of(event),
        "type": event.type,
        "ref": event.ref,
        "at": iso(event.at),
        "arrived_at": iso(now),
        "via": via,
    }


def identity_of(event: Event) -> str:
    """Return under which id an event is kept once: of a CloudEvent, source and id are one."""
    return derived(event.source, event.id, event.object) if event.source else event.id


def receive(connection: Connection, rows: Sequence[Row]) -> list[bool]:
    """Store what is not there yet; return for each row whether it was new."""
    # In one order, whoever stores: two listeners that get the same events do not lock each other.
    ordered = sorted(rows, key=_identity)
    values = {
        f"{name}{number}": row[name] for number, row in enumerate(ordered) for name in COLUMNS
    }
    stored = connection.rows(_statement(len(rows)), values)
    new = {(str(row["system"]), str(row["id"])) for row in stored}
    answers = []
    for row in rows:
        answers.append(_identity(row) in new)
        new.discard(_identity(row))  # the same event twice among them is new once
    return answers


def _identity(row: Row) -> tuple[str, str]:
    return row["system"], row["id"]


@cache
def _statement(many: int) -> Query:
    places = ", ".join(
        "(" + ", ".join(f":{name}{number}" for name in COLUMNS) + ", '')" for number in range(many)
    )
    return query(
        f"receive {many}",
        f"INSERT INTO inbox ({', '.join(COLUMNS)}, led_to) VALUES {places} "  # noqa: S608 (names only)
        "ON CONFLICT DO NOTHING RETURNING system, id",
    )
