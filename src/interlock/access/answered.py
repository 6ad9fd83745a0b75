"""What a caller was answered under its Idempotency-Key, so that the same twice is done once.

The key is claimed before the work and the answer kept after it. Work that failed by itself frees
the key; a process that dies in between leaves it claimed, and the caller is told to look first.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from interlock.access.store import QUERIES
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Database, one

KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request with a key."""

    account: str
    key: str
    fingerprint: str
    """Of method, path and body: another request needs another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What is known of a key that was used before."""

    same: bool
    """Whether it was for the same request."""
    status: int
    """0: it is not answered yet."""
    body: str


def begin(database: Database, clock: Clock, asked: Asked) -> Earlier | None:
    """Claim the key; return what is known if somebody has already."""
    names = {"account": asked.account, "key": asked.key}
    now = clock.now()
    with database.transaction() as connection:
        connection.execute(QUERIES["forget_answers"], {"before": iso(now - KEPT)})
        row = {**names, "fingerprint": asked.fingerprint, "now": iso(now)}
        if connection.execute(QUERIES["begin_answer"], row):
            return None
        found = one(connection.rows(QUERIES["answered"], names))
    if found is None:
        return Earlier(same=True, status=0, body="")
    return Earlier(
        same=str(found["fingerprint"]) == asked.fingerprint,
        status=int(str(found["status"])),
        body=str(found["body"]),
    )


def end(database: Database, asked: Asked, status: int, body: str) -> None:
    """Keep what was answered."""
    row = {"account": asked.account, "key": asked.key, "status": status, "body": body}
    with database.transaction() as connection:
        connection.execute(QUERIES["end_answer"], row)


def give_back(database: Database, asked: Asked) -> None:
    """Free the key: nothing was done under it."""
    with database.transaction() as connection:
        connection.execute(QUERIES["drop_answer"], {"account": asked.account, "key": asked.key})
