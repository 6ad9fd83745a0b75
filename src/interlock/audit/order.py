"""One order without gaps over all streams, for seals and for everyone who must miss nothing.

A sequence number is not enough: on PostgreSQL a transaction can take a small number and commit
after a larger one was read. So every entry gets a *leaf* (0, 1, 2, …) when it is numbered, after
its commit. To know below which number nothing can appear any more, a number is remembered
(`seen`), then the id of a *later* transaction (`horizon`), and once all transactions older than
that have ended, everything up to the number is settled: an entry's transaction has its id before
it takes its number (schema.postgres.sql). SQLite has one writer at a time: all is settled.
"""

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Final, cast

from interlock.audit.entry import Stored
from interlock.audit.trail import stored
from interlock.foundation.database import Connection, Database, one
from interlock.foundation.errors import InvariantError
from interlock.foundation.queries import load_queries

_QUERIES: Final = load_queries("interlock.audit", "order.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the numbering has come."""

    leaves: int
    settled: int
    """Every entry with a seq up to this has its leaf."""
    candidate: int
    """The next value of `settled`, once every transaction before `horizon` has ended."""
    horizon: int
    """0: no candidate yet."""
    seen: int
    """The largest seq that the last numbering saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Where PostgreSQL's transactions are."""

    own: int
    """The id of this transaction."""
    floor: int
    """The oldest transaction that has not ended."""


def settle(mark: Mark, now: Horizon) -> Mark:
    """Return `mark` moved as far as transactions that have ended allow."""
    if not mark.horizon:
        mark = replace(mark, candidate=mark.seen, horizon=now.own)
    elif now.own < mark.horizon:
        # Ids went backwards: this is a restored copy, and no older transaction is left in it.
        mark = replace(mark, horizon=now.own)
    if now.floor < mark.horizon:
        return mark
    return replace(mark, settled=max(mark.settled, mark.candidate), horizon=0)


def number(database: Database) -> int:
    """Give a leaf to every committed entry that has none; return how many leaves there are."""
    with database.transaction() as connection:
        if database.dialect == "postgres":
            # Before anything that takes a transaction id, so that ours is younger than `seen`.
            connection.rows(_QUERIES["one_at_a_time"], {})
        connection.execute(_QUERIES["lock"], {})
        before = mark(connection)
        after = _moved(connection, before, database.dialect)
        fresh = connection.execute(
            _QUERIES["number"], {"leaves": before.leaves, "settled": before.settled}
        )
        if not fresh and after == before:
            return before.leaves
        seen = cast("int", connection.rows(_QUERIES["last"], {})[0]["last"])
        connection.execute(
            _QUERIES["advance"],
            {
                "leaves": before.leaves + fresh,
                "settled": seen if database.dialect == "sqlite" else after.settled,
                "candidate": after.candidate,
                "horizon": after.horizon,
                "seen": seen,
            },
        )
        return before.leaves + fresh


def _moved(connection: Connection, before: Mark, dialect: str) -> Mark:
    if dialect == "sqlite":
        return before
    row = connection.rows(_QUERIES["horizon"], {})[0]
    now = Horizon(own=cast("int", row["own"]), floor=cast("int", row["floor"]))
    return settle(before, now)


def mark(connection: Connection) -> Mark:
    """Return how far the numbering has come."""
    row = one(connection.rows(_QUERIES["mark"], {}))
    if row is None:
        raise InvariantError(
            "the order of the audit trail has lost its only row",
            hint="Someone deleted it from `audit_order`. Run `interlock audit verify`.",
        )
    return Mark(
        leaves=cast("int", row["leaves"]),
        settled=cast("int", row["settled"]),
        candidate=cast("int", row["candidate"]),
        horizon=cast("int", row["horizon"]),
        seen=cast("int", row["seen"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries in order, and where to go on."""

    entries: tuple[Stored, ...]
    read: int
    """How many there were, wanted or not."""
    after: int
    """Where the next page starts."""
    more: bool


def take_up(
    connection: Connection, reader: str, limit: int, wanted: Container[str] | None = None
) -> Page:
    """Return what `reader` has not read yet, and remember, in this transaction, that it has now.

    Two processes of one reader take turns: the second waits for the first's transaction.
    """
    connection.execute(_QUERIES["new_reader"], {"name": reader})
    connection.execute(_QUERIES["lock_reader"], {"name": reader})
    start = cast("int", connection.rows(_QUERIES["reader"], {"name": reader})[0]["leaf"])
    page = entries(connection, start, limit, wanted)
    connection.execute(_QUERIES["advance_reader"], {"name": reader, "leaf": page.after})
    return page


def entries(
    connection: Connection, start: int, limit: int, wanted: Container[str] | None = None
) -> Page:
    """Return the numbered entries from leaf `start` on; of these, the `wanted` actions only."""
    rows = connection.rows(_QUERIES["entries"], {"start": start, "limit": limit})
    read = tuple(stored(row) for row in rows if wanted is None or row["action"] in wanted)
    count = len(rows)
    return Page(entries=read, read=count, after=start + count, more=count == limit)
