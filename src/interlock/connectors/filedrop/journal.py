"""What was asked for, what left, and what the ERP said: in one file, one transaction at a time.

An SQLite file beside the exchange. It is what makes our reference unique (class B): a document
leaves once however often it is asked for, by whichever worker.
"""

import errno
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from interlock.connectors.kit.document import render
from interlock.connectors.port import Body, Event, Record
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Row, SqliteDatabase, one
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import load_queries, load_schema

_ROOM: Final = "interlock.connectors.filedrop"
_QUERIES: Final = load_queries(_ROOM)


class State(StrEnum):
    """How far a document is."""

    STAGED = "staged"
    """Waits for its cut; it will leave."""
    SENT = "sent"
    """Its file left; nothing was heard."""
    APPROVAL = "approval"
    """The ERP has it, and waits for a second person there."""
    DONE = "done"
    REJECTED = "rejected"
    """Surely not in the ERP; nobody was told yet."""
    TOLD = "told"
    """Rejected, and the one who asked was told: asking again is a new attempt."""
    ABSENT = "absent"
    """Left, and is surely not in the ERP: it may be dropped again."""


OPEN: Final = frozenset({State.STAGED, State.SENT, State.APPROVAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document by our reference."""

    object: str
    key: str
    body: str
    fingerprint: str
    attempt: int = 1
    drops: int = 0
    """How often a file with this attempt left."""
    state: State = State.STAGED
    batch: str = ""
    cut: str = ""
    sent_at: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One object as the ERP showed it."""

    object: str
    ref: str
    reference: str
    body: Body
    as_of: datetime


class Pages:
    """The journal inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def entry(self, obj: str, key: str) -> Entry | None:
        row = one(self._rows("entry", object=obj, key=key))
        return None if row is None else _entry(row)

    def put(self, entry: Entry) -> None:
        self._connection.execute(_QUERIES["put_entry"], asdict(entry))

    def forget(self, entry: Entry) -> None:
        self._do("drop_entry", object=entry.object, key=entry.key)

    def staged(self, now: datetime) -> list[Entry]:
        return [_entry(row) for row in self._rows("staged", now=iso(now))]

    def of_batch(self, batch: str) -> list[Entry]:
        return [_entry(row) for row in self._rows("of_batch", batch=batch)]

    def leave(self, name: str) -> None:
        self._do("leave", name=name)

    def left(self, name: str) -> None:
        self._do("left", name=name)

    def leaving(self) -> list[str]:
        return [str(row["name"]) for row in self._rows("leaving")]

    def record(self, obj: str, ref: str) -> Record | None:
        row = one(self._rows("record", object=obj, ref=ref))
        return None if row is None else _record(row)

    def by_reference(self, obj: str, reference: str) -> list[Record]:
        rows = self._rows("by_reference", object=obj, reference=reference)
        return [_record(row) for row in rows]

    def shows(self, shown: Shown) -> bool:
        """Keep what the ERP shows unless something newer is known; tell whether it is news."""
        known = one(self._rows("record", object=shown.object, ref=shown.ref))
        body = render(shown.body).decode()
        if known is not None and (known["body"] == body or str(known["as_of"]) > iso(shown.as_of)):
            return False
        named = {"object": shown.object, "ref": shown.ref, "reference": shown.reference}
        self._do("put_record", **named, body=body, as_of=iso(shown.as_of))
        return True

    def shown_until(self, obj: str) -> datetime | None:
        row = one(self._rows("shown", object=obj))
        return None if row is None else from_iso(str(row["as_of"]))

    def showed_all(self, obj: str, as_of: datetime) -> None:
        self._do("show", object=obj, as_of=iso(as_of))

    def tell(self, event: Event) -> None:
        named = {"id": event.id, "type": event.type, "object": event.object, "ref": event.ref}
        self._do("change", **named, body=render(event.body).decode(), at=iso(event.at))

    def told(self, obj: str, after: int, most: int) -> list[tuple[int, Event]]:
        rows = self._rows("changes", object=obj, after=after, most=most)
        return [(int(str(row["seq"])), _event(row)) for row in rows]

    def last(self) -> int:
        return int(str(self._rows("last_change")[0]["seq"]))

    def has_arrived(self, digest: str) -> bool:
        return bool(self._rows("arrived", digest=digest))

    def arrived(self, digest: str, name: str, at: datetime) -> None:
        self._do("arrive", digest=digest, name=name, at=iso(at))

    def statement(self, id_: str) -> str | None:
        row = one(self._rows("statement", id=id_))
        return None if row is None else str(row["digest"])

    def keep_statement(self, id_: str, digest: str) -> None:
        self._do("keep_statement", id=id_, digest=digest)

    def _rows(self, query: str, /, **given: object) -> list[Row]:
        return self._connection.rows(_QUERIES[query], given)

    def _do(self, query: str, /, **given: object) -> None:
        self._connection.execute(_QUERIES[query], given)


class Journal:
    """Opens the journal when it is first needed: the folder may be away when we start."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._database: SqliteDatabase | None = None
        self._opening = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[Pages]:
        """Open a transaction; only one process at a time has one.

        Raises:
            OSError: The journal is busy, full or unreadable; nothing of the transaction counts.
        """
        try:
            with self._opened().transaction() as connection:
                yield Pages(connection)
        except (sqlite3.Error, UnavailableError) as error:
            raise OSError(errno.EIO, f"the journal: {type(error).__name__}") from error

    def _opened(self) -> SqliteDatabase:
        with self._opening:
            if self._database is None:
                self._directory.mkdir(exist_ok=True)
                database = SqliteDatabase(self._directory / "filedrop.db")
                database.create(load_schema(_ROOM))
                self._database = database
            return self._database

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()


def _entry(row: Row) -> Entry:
    values = {name: row[name] for name in Entry.__dataclass_fields__}
    return Entry(**{**values, "state": State(str(row["state"]))})  # type: ignore[arg-type]  # columns are typed by the schema


def _record(row: Row) -> Record:
    return Record(ref=str(row["ref"]), body=_body(row), version=str(row["as_of"]))


def _event(row: Row) -> Event:
    return Event(
        id=str(row["id"]),
        type=str(row["type"]),
        object=str(row["object"]),
        ref=str(row["ref"]),
        body=_body(row),
        at=from_iso(str(row["at"])),
    )


def _body(row: Row) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(str(row["body"]))
    return found
