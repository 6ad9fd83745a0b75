"""The trail: append and read. There is no update and no delete.

`append` runs in the caller's transaction: an entry exists exactly when its change does (R74).
It reads nothing; the caller keeps the head of its stream, and a second writer on the same head is
refused by the table.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from interlock.audit.chain import GENESIS, Head, Link, link, storable
from interlock.audit.entry import Entry, Stored
from interlock.foundation.clock import from_iso
from interlock.foundation.database import VIOLATED, Connection, Database, Row, one
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import load_queries

_QUERIES: Final = load_queries("interlock.audit")
_DECODER: Final = json.JSONDecoder(parse_float=Decimal)
"""Made once: to make one costs more than to read an entry with it."""
_APPEND: Final = _QUERIES["append"]
_MENTION: Final = _QUERIES["mention"]
LONGEST_MENTION: Final = 200
"""Characters of an id that are indexed; longer ones are cut, when written and when looked for."""


class StaleHeadError(UnavailableError):
    """Someone else went on with this stream: read it again, then decide again."""


def append(connection: Connection, stream: str, head: Head, entries: Sequence[Entry]) -> Head:
    """Chain `entries` behind `head` in the caller's transaction; return the new head.

    Raises:
        StaleHeadError: `head` is not the end of the stream any more; nothing was written.
    """
    links = link(stream, head, entries)
    if not links:
        return head
    try:
        connection.execute_many(_APPEND, [found._asdict() for found in links])
    except VIOLATED as error:
        raise StaleHeadError(
            f"`{stream}` has an entry {head.position + 1} already",
            hint="Another worker went on with it. Read the stream's state again.",
        ) from error
    mentions = [
        {"stream": links[0].stream, "what": storable(what), "value": indexed(value)}
        for entry in entries
        for what, value in entry.mentions.items()
    ]
    if mentions:
        connection.execute_many(_MENTION, mentions)
    return Head(links[-1].position, links[-1].hash)


def tell(connection: Connection, stream: str, entries: Sequence[Entry]) -> Head:
    """Go on with a stream whose end nobody else keeps: it is kept here, and what is cut off shows.

    Without that, whoever removed the newest entries would leave a chain that holds, and the next
    entry would close the gap for good.

    Raises:
        StaleHeadError: Someone else went on with it meanwhile; nothing was written.
    """
    named = {"stream": storable(stream)}
    found = one(connection.rows(_QUERIES["kept"], named))
    before = head(connection, stream)
    if found and _head(found).position >= before.position:
        before = _head(found)
    # Otherwise somebody went on with it who keeps no end: an older release, before or beside us.
    after = append(connection, stream, before, entries)
    connection.execute(_QUERIES["keep"], {**named, "position": after.position, "hash": after.hash})
    return after


def kept(connection: Connection) -> dict[str, Head]:
    """Return the ends of the streams that `tell` goes on with: what `audit verify` compares."""
    return {str(row["stream"]): _head(row) for row in connection.rows(_QUERIES["every_kept"], {})}


def indexed(value: str) -> str:
    """Return the form of an id by which it is found."""
    return storable(value)[:LONGEST_MENTION]


def head(connection: Connection, stream: str) -> Head:
    """Return the end of `stream` as the table has it; `GENESIS` when it has no entry."""
    found = one(connection.rows(_QUERIES["head"], {"stream": storable(stream)}))
    return _head(found) if found else GENESIS


def _head(row: Row) -> Head:
    return Head(cast("int", row["position"]), str(row["hash"]))


def last(connection: Connection, stream: str) -> Stored | None:
    """Return the newest entry of `stream`, or ``None`` when it has none."""
    after = max(head(connection, stream).position - 1, 0)
    wanted = {"stream": storable(stream), "after": after, "limit": 1}
    row = one(connection.rows(_QUERIES["of_stream"], wanted))
    return None if row is None else stored(row)


def told(database: Database, ending: str, *, after: int = 0, limit: int = 10_000) -> list[Stored]:
    """Return entries of all streams behind seq `after` whose action ends with `ending`."""
    wanted = {"ending": ending, "after": after, "limit": limit}
    with database.transaction() as connection:
        return [stored(row) for row in connection.rows(_QUERIES["of_ending"], wanted)]


def read(
    database: Database, stream: str | None, *, after: int = 0, limit: int = 10_000
) -> list[Stored]:
    """Return entries of `stream` behind position `after`; of all streams, behind seq `after`.

    Over all streams this is for looking, not for following: an entry with a smaller seq may still
    be committed later. Those who must miss nothing follow `order.entries`.
    """
    query = _QUERIES["of_all" if stream is None else "of_stream"]
    wanted = {"stream": storable(stream or ""), "after": after, "limit": limit}
    with database.transaction() as connection:
        return [stored(row) for row in connection.rows(query, wanted)]


def find(database: Database, value: str, *, limit: int = 1_000) -> list[str]:
    """Return the streams that mention the id `value`."""
    with database.transaction() as connection:
        found = connection.rows(_QUERIES["find"], {"value": indexed(value), "limit": limit})
    return [str(row["stream"]) for row in found]


def mentions_of(database: Database, stream: str) -> list[tuple[str, str]]:
    """Return every id that `stream` mentions, each with what it is."""
    with database.transaction() as connection:
        found = connection.rows(_QUERIES["mentions_of"], {"stream": storable(stream)})
    return [(str(row["what"]), str(row["value"])) for row in found]


def stored(row: Row) -> Stored:
    """Return the entry that `row` holds."""
    return Stored(
        seq=cast("int", row["seq"]),
        stream=str(row["stream"]),
        position=cast("int", row["position"]),
        action=str(row["action"]),
        at=from_iso(str(row["at"])),
        actor=str(row["actor"]),
        data=_mapping(row["data"]),
        mentions=cast("Mapping[str, str]", _mapping(row["mentions"])),
        prev=str(row["prev"]),
        hash=str(row["hash"]),
    )


def linked(row: Row) -> Link:
    """Return the texts of `row`, as they were hashed."""
    texts = (str(row[name]) for name in Link._fields if name != "position")
    stream, action, at, actor, data, mentions, prev, found = texts
    position = cast("int", row["position"])
    return Link(stream, position, action, at, actor, data, mentions, prev, found)


def _mapping(text: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", _DECODER.decode(str(text)))
