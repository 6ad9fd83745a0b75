"""What is news: an event that never arrived, and a state that came back within one stamp.

A vendor that tells states stamps them, often with whole seconds. When an object goes from one
state to another and back within a stamp, and we saw the other one, the event of the first arrives
again with its old id. Dropped as a duplicate it would leave the other state standing (F11).
"""

from dataclasses import replace
from typing import Final

from interlock.connectors.port import Event
from interlock.foundation.database import Connection, one
from interlock.foundation.queries import load_queries
from interlock.intake.receiving import Row, receive

_QUERIES: Final = load_queries("interlock.intake")


def news_of(
    connection: Connection, row: Row, event: Event, *, fresh: bool
) -> tuple[Row, Event] | None:
    """Return what is news of an event and the row that keeps it; ``None``: it is known.

    `fresh` tells that the inbox had no event with its id. A state that came back is kept under an
    id of its own. That costs at most a run more than was needed, when two ways in show states in
    another order than they were in: a run reads the object anew.
    """
    if not event.stamp:
        return (row, event) if fresh else None
    seen = {
        "system": row["system"],
        "object": event.object,
        "ref": event.ref,
        "stamp": event.stamp,
        "event": row["id"],
    }
    if fresh:
        connection.execute(_QUERIES["sighted"], seen)
        return row, event
    turned = one(connection.rows(_QUERIES["came_back"], seen))
    if turned is None:
        return None
    again = replace(event, id=f"{event.id}:{turned['turn']}")
    kept = {**row, "id": again.id}
    receive(connection, [kept])
    return kept, again
