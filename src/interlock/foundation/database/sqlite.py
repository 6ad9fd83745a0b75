"""SQLite, the embedded default: one file, WAL, ``synchronous=FULL``.

Writers take turns on a lock of ours, because SQLite's own hand-over between threads is unfair.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from interlock.foundation.database.port import Connection, Joins, Row
from interlock.foundation.errors import InvariantError, UnavailableError
from interlock.foundation.queries import Query

BUSY_SECONDS = 30.0
"""How long a statement waits for another process's write to end."""


class _SqliteConnection:
    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def execute(self, query: Query, parameters: Mapping[str, object]) -> int:
        return self._raw.execute(query.sqlite, dict(parameters)).rowcount

    def execute_many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        self._raw.executemany(query.sqlite, [dict(row) for row in rows])

    def rows(self, query: Query, parameters: Mapping[str, object]) -> list[Row]:
        return [dict(row) for row in self._raw.execute(query.sqlite, dict(parameters))]


class SqliteDatabase(Joins):
    """One file, or memory when `path` is ``None`` (tests and simulations)."""

    dialect = "sqlite"

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        # One connection: SQLite has one writer at a time anyway, and threads come and go.
        self._turn = threading.RLock()
        self._raw = sqlite3.connect(
            path or ":memory:",
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            cached_statements=512,
        )
        self._raw.row_factory = sqlite3.Row
        self._reader: SqliteReader | None = None
        if path is not None:
            self._raw.execute("PRAGMA journal_mode=WAL")
            self._raw.execute("PRAGMA synchronous=FULL")
            self._reader = SqliteReader(path)

    def reader(self) -> "SqliteDatabase | SqliteReader":
        return self if self._reader is None else self._reader

    @contextmanager
    def begun(self) -> Iterator[Connection]:
        with self._turn:
            raw = self._raw
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise UnavailableError(
                    f"the database is busy or unreadable: {error}",
                    hint="Another process may hold it; try again, or stop the other one.",
                ) from error
            try:
                yield _SqliteConnection(raw)
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise

    def create(self, statements: Sequence[str]) -> None:
        with self._turn:
            for statement in statements:
                self._raw.execute(statement)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        with self._turn:
            self._raw.close()


class SqliteReader(Joins):
    """The same file, only looked at: beside the one writer there is room for any number."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._address = f"{path.absolute().as_uri()}?mode=ro"
        self._idle: deque[sqlite3.Connection] = deque()

    def reader(self) -> "SqliteReader":
        return self

    @contextmanager
    def begun(self) -> Iterator[Connection]:
        raw = self._taken()
        try:
            raw.execute("BEGIN")
            yield _SqliteConnection(raw)
        except sqlite3.OperationalError as error:
            raise UnavailableError(
                f"the database is busy or unreadable: {error}",
                hint="Another process may hold it; try again, or stop the other one.",
            ) from error
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            self._idle.append(raw)

    def _taken(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            raw = sqlite3.connect(
                self._address,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_SECONDS,
                cached_statements=512,
            )
            raw.row_factory = sqlite3.Row
            return raw

    def create(self, statements: Sequence[str]) -> None:
        raise InvariantError(f"a reader creates nothing, such as `{statements[:1]}`")

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
