"""What a system does not know any more, it cannot tell: a person must compare (F12)."""

from datetime import datetime
from typing import Final

from interlock.audit import Entry, trail
from interlock.estate.estate import Estate
from interlock.foundation.database import Database

GAP: Final = "gap"
"""The kind of case."""


def tell_gap(
    database: Database, estate: Estate, source: tuple[str, str], gap: str, now: datetime
) -> None:
    """Ask the owner of the system about a `gap` in what it tells of an object.

    Asked before the poll goes on behind the gap: killed in between, we ask twice, which is one
    question, rather than not at all.
    """
    system, obj = source
    owner = estate.systems[system].metadata.owner or ""
    said = {"system": system, "object": obj, "route": owner, "message": f"{obj}: {gap}"}
    stream = f"gap:{system}:{obj}"
    entry = Entry(action="source.gap", at=now, actor="intake", data={**said, "kind": GAP})
    with database.transaction() as connection:
        trail.tell(connection, stream, [entry])
