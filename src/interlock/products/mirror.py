"""What a product read last, and the rows that were made of it: one SQLite file per product.

It is no record of anything: without it everything is read anew, and the same rows come of it.
Vendors' objects are kept only as far as columns are made of them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from interlock.foundation import values
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Row, SqliteDatabase, one
from interlock.foundation.queries import load_queries, load_schema
from interlock.products.cell import Cell

_QUERIES: Final = load_queries("interlock.products", "mirror.sql")
PAGE: Final = 5_000
MOST_TOLD: Final = 20
"""Troubles and wrong rows that are told one by one; of all others there is the number."""
BREAK: Final = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record of a system, as far as columns are made of it."""

    entity: str
    system: str
    ref: str
    key: str | None
    body: dict[str, object]
    present: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table."""

    sort: str
    """Its key, as text that is the same for equal keys only."""
    cells: Sequence[Cell]
    wrong: frozenset[str] = frozenset()
    """The tests of single rows that it does not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Been:
    """How far a source was read."""

    entity: str
    system: str
    position: str
    read_at: datetime
    whole_at: datetime


def by_ref(entity: str, system: str, ref: str) -> str:
    """Return under which name a record that was looked up by its own id is remembered."""
    return BREAK.join((entity, system, "ref", ref))


def by_key(entity: str, system: str, key: str) -> str:
    """Return under which name a record that was looked up by our key is remembered."""
    return BREAK.join((entity, system, "key", key))


class Mirror:
    """The mirror of one product, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, entity: str, system: str, ref: str) -> Stored | None:
        """Return a record by the system's own id."""
        row = one(self._connection.rows(_QUERIES["record"], _named(entity, system, ref=ref)))
        return None if row is None else _stored(row)

    def of_key(self, entity: str, system: str, key: str) -> list[Stored]:
        """Return every record of a system that has our key."""
        wanted = _named(entity, system, key=key)
        return [_stored(row) for row in self._connection.rows(_QUERIES["records_of_key"], wanted)]

    def refs(self, entity: str, system: str) -> list[str]:
        """Return the ids of all records."""
        rows = self._connection.rows(_QUERIES["refs"], _named(entity, system))
        return [str(row["ref"]) for row in rows]

    def keep(self, found: Stored) -> None:
        """Keep a record."""
        row = _named(found.entity, found.system, ref=found.ref, key=found.key)
        present = "".join(f"<{path}>" for path in sorted(found.present))
        row |= {"body": values.dump(found.body), "present": present}
        self._connection.execute(_QUERIES["keep"], row)

    def forget(self, entity: str, system: str, ref: str) -> None:
        """Forget a record."""
        self._connection.execute(_QUERIES["forget"], _named(entity, system, ref=ref))

    def been(self, entity: str, system: str) -> Been | None:
        """Return how far a source was read."""
        row = one(self._connection.rows(_QUERIES["reading"], _named(entity, system)))
        return None if row is None else _been(row)

    def every_been(self) -> list[Been]:
        """Return how far every source was read."""
        return [_been(row) for row in self._connection.rows(_QUERIES["readings"], {})]

    def was_read(self, been: Been) -> None:
        """Note how far a source was read."""
        row = _named(been.entity, been.system, position=been.position)
        row |= {"read_at": iso(been.read_at), "whole_at": iso(been.whole_at)}
        self._connection.execute(_QUERIES["was_read"], row)

    def how_often(self, entity: str, system: str, path: str) -> tuple[int, int]:
        """Return in how many records a path is there, and how many there are."""
        wanted = _named(entity, system, path=f"<{path}>")
        row = self._connection.rows(_QUERIES["how_often"], wanted)[0]
        return cast("int", row["times"]), cast("int", row["records"])

    def seen(self, entity: str, system: str, path: str) -> tuple[int, int]:
        """Return the same as it was when the table was published last."""
        wanted = _named(entity, system, path=path)
        row = one(self._connection.rows(_QUERIES["seen"], wanted))
        return (0, 0) if row is None else (cast("int", row["times"]), cast("int", row["records"]))

    def was_seen(self, entity: str, system: str, path: str, counted: tuple[int, int]) -> None:
        """Note in how many records a path is there."""
        row = _named(entity, system, path=path, times=counted[0], records=counted[1])
        self._connection.execute(_QUERIES["was_seen"], row)

    def bases_of(self, name: str) -> list[str]:
        """Return the records whose rows were made by looking at `name`."""
        rows = self._connection.rows(_QUERIES["bases_of"], {"name": name})
        return [str(row["base"]) for row in rows]

    def forget_base(self, base: str) -> None:
        """Forget the rows of a record, and why there were none."""
        for query in ("forget_lines", "forget_trouble", "forget_dependencies"):
            self._connection.execute(_QUERIES[query], {"base": base})

    def lay(self, base: str, lines: Sequence[Line], looked_at: frozenset[str]) -> None:
        """Keep the rows of a record, and what they were made by looking at."""
        rows = [
            {
                "base": base,
                "number": number,
                "sort": line.sort,
                "cells": values.dump(line.cells),
                "wrong": "".join(f"<{test}>" for test in sorted(line.wrong)),
            }
            for number, line in enumerate(lines)
        ]
        if rows:
            self._connection.execute_many(_QUERIES["line"], rows)
        names = [{"name": name, "base": base} for name in sorted(looked_at)]
        self._connection.execute_many(_QUERIES["depend"], names)

    def trouble(self, base: str, kind: str, what: str) -> None:
        """Keep why no row could be made of a record."""
        row = {"base": base, "kind": kind, "what": what}
        self._connection.execute(_QUERIES["trouble"], row)

    def troubles(self) -> tuple[int, list[tuple[str, str]]]:
        """Return of how many records no row could be made, and some of them: kind and why."""
        count = self._connection.rows(_QUERIES["how_much_trouble"], {})[0]["troubles"]
        rows = self._connection.rows(_QUERIES["troubles"], {"limit": MOST_TOLD})
        return cast("int", count), [(str(row["kind"]), str(row["what"])) for row in rows]

    def lines(self) -> Iterator[Sequence[Cell]]:
        """Yield every row in the order of its key."""
        for text in self._texts():
            yield cast("list[Cell]", values.load(text))

    def _texts(self) -> Iterator[str]:
        after: dict[str, object] = {"sort": "", "base": "", "number": -1, "limit": PAGE}
        while True:
            rows = self._connection.rows(_QUERIES["lines"], after)
            for row in rows:
                yield str(row["cells"])
            if len(rows) < PAGE:
                return
            after |= {name: rows[-1][name] for name in ("sort", "base", "number")}

    def wrong(self, test: str) -> tuple[int, list[str]]:
        """Return how many rows do not pass a test, and the keys of some."""
        wanted = {"test": f"<{test}>", "limit": 3}
        count = self._connection.rows(_QUERIES["how_wrong"], wanted)[0]["lines"]
        rows = self._connection.rows(_QUERIES["wrong"], wanted)
        return cast("int", count), [str(row["sort"]) for row in rows]

    def digest(self) -> str:
        """Return the digest of all rows: equal tables have equal ones."""
        found = hashlib.sha256()
        for text in self._texts():
            found.update(text.encode() + b"\n")
        return found.hexdigest()

    def of_shape(self, shape: str) -> bool:
        """Tell whether rows were made under this shape; else forget all but what was seen."""
        row = one(self._connection.rows(_QUERIES["made"], {"name": "shape"}))
        if row is not None and row["value"] == shape:
            return True
        self.hold("")
        for table in ("record", "reading", "line", "trouble", "dependency"):
            self._connection.execute(_QUERIES[f"empty_{table}"], {})
        self._connection.execute(_QUERIES["make"], {"name": "shape", "value": shape})
        return False

    def hold(self, digest: str) -> None:
        """Note that the rows, as they are, were found to have this digest and to keep promises."""
        self._connection.execute(_QUERIES["make"], {"name": "digest", "value": digest})

    def holds(self, digest: str) -> bool:
        """Tell whether the rows had this digest when they were tested last."""
        row = one(self._connection.rows(_QUERIES["made"], {"name": "digest"}))
        return row is not None and row["value"] == digest


@contextmanager
def open_mirror(folder: Path) -> Iterator[Mirror]:
    """Open the mirror in a folder for one build: it is kept at the end, or not at all.

    Raises:
        UnavailableError: Another build of this product is at work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = SqliteDatabase(folder / "mirror.db")
    try:
        database.create(load_schema("interlock.products", "mirror_schema.sql"))
        with database.transaction() as connection:
            yield Mirror(connection)
    finally:
        database.close()


def _named(entity: str, system: str, **more: object) -> dict[str, object]:
    return {"entity": entity, "system": system, **more}


def _stored(row: Row) -> Stored:
    return Stored(
        entity=str(row["entity"]),
        system=str(row["system"]),
        ref=str(row["ref"]),
        key=None if row["key"] is None else str(row["key"]),
        body=cast("dict[str, object]", values.load(str(row["body"]))),
        present=frozenset(each for each in str(row["present"])[1:-1].split("><") if each),
    )


def _been(row: Row) -> Been:
    return Been(
        entity=str(row["entity"]),
        system=str(row["system"]),
        position=str(row["position"]),
        read_at=from_iso(str(row["read_at"])),
        whole_at=from_iso(str(row["whole_at"])),
    )
