"""One database, SQLite or PostgreSQL, behind the same few words.

SQLite (embedded default): one file, WAL, `synchronous=FULL`, writers take turns on a lock of
ours, because SQLite's own hand-over between threads is unfair. PostgreSQL: one connection a
thread. Statements come from `.sql` files (see `queries`); there is no ORM.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.rows import dict_row

from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.queries import Query

Row = Mapping[str, object]
BUSY_SECONDS = 30.0
"""How long a statement waits for another process's write to end."""


class AmbiguousCommitError(UnavailableError):
    """The database did not say whether the transaction was committed (F25): look, then decide."""


class Connection(Protocol):
    """What a transaction can do."""

    def execute(self, query: Query, parameters: Mapping[str, object]) -> int:
        """Run a statement; return how many rows it touched."""
        ...

    def execute_many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        """Run a statement once for each row of parameters."""
        ...

    def rows(self, query: Query, parameters: Mapping[str, object]) -> list[Row]:
        """Run a statement; return its rows."""
        ...


class Database(Protocol):
    """A store that several threads may use at once."""

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgres``."""
        ...

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a transaction that is committed at the end and rolled back on an exception.

        Raises:
            UnavailableError: The database is away; nothing was written.
            AmbiguousCommitError: It went away during the commit.
        """
        ...

    def create(self, statements: Sequence[str]) -> None:
        """Create what does not exist yet."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def one(rows: Sequence[Row]) -> Row | None:
    """Return the first of `rows`, or ``None``."""
    return rows[0] if rows else None


class _SqliteConnection:
    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def execute(self, query: Query, parameters: Mapping[str, object]) -> int:
        return self._raw.execute(query.sqlite, dict(parameters)).rowcount

    def execute_many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        self._raw.executemany(query.sqlite, [dict(row) for row in rows])

    def rows(self, query: Query, parameters: Mapping[str, object]) -> list[Row]:
        return [dict(row) for row in self._raw.execute(query.sqlite, dict(parameters))]


class SqliteDatabase:
    """One file, or memory when `path` is ``None`` (tests and simulations)."""

    dialect = "sqlite"

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._writing = threading.RLock()
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._shared = self._open() if path is None else None

    def _open(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self._path or ":memory:",
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            cached_statements=512,
        )
        raw.row_factory = sqlite3.Row
        if self._path is not None:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
        self._all.append(raw)
        return raw

    def _connection(self) -> sqlite3.Connection:
        if self._shared is not None:
            return self._shared
        raw: sqlite3.Connection | None = getattr(self._local, "raw", None)
        if raw is None:
            raw = self._local.raw = self._open()
        return raw

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._writing:
            raw = self._connection()
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
        with self._writing:
            raw = self._connection()
            for statement in statements:
                raw.execute(statement)

    def close(self) -> None:
        while self._all:
            self._all.pop().close()
        self._local = threading.local()


class _PostgresConnection:
    def __init__(self, raw: "psycopg.Connection[dict[str, object]]") -> None:
        self._raw = raw

    def execute(self, query: Query, parameters: Mapping[str, object]) -> int:
        return self._raw.execute(query.postgres.encode(), parameters).rowcount

    def execute_many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        with self._raw.cursor() as cursor:
            cursor.executemany(query.postgres.encode(), rows)

    def rows(self, query: Query, parameters: Mapping[str, object]) -> list[Row]:
        return list(self._raw.execute(query.postgres.encode(), parameters).fetchall())


class PostgresDatabase:
    """A PostgreSQL database; every thread has a connection of its own."""

    dialect = "postgres"

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._all: list[psycopg.Connection[dict[str, object]]] = []
        self._adding = threading.Lock()

    def _connection(self) -> "psycopg.Connection[dict[str, object]]":
        raw: psycopg.Connection[dict[str, object]] | None = getattr(self._local, "raw", None)
        if raw is not None and not raw.closed:
            return raw
        try:
            raw = psycopg.connect(self._url, row_factory=dict_row, prepare_threshold=3)
        except psycopg.OperationalError as error:
            raise UnavailableError(
                "the database cannot be reached",
                hint="Is the server up, and is INTERLOCK_DATABASE right?",
            ) from error
        self._local.raw = raw
        with self._adding:
            self._all.append(raw)
        return raw

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        raw = self._connection()
        try:
            yield _PostgresConnection(raw)
        except psycopg.OperationalError as error:
            self._forget(raw)
            raise UnavailableError(
                f"the database went away: {type(error).__name__}",
                hint="Nothing of this transaction was written; it will be tried again.",
            ) from error
        except BaseException:
            self._roll_back(raw)
            raise
        try:
            raw.commit()
        except psycopg.OperationalError as error:
            # A server that dies in COMMIT may or may not have committed, and the driver's error
            # carries no state that tells (reliability.md section 0, item 4).
            self._forget(raw)
            raise AmbiguousCommitError(
                "the database went away while committing",
                hint="Read back whether the change is there before doing it again.",
            ) from error

    def _roll_back(self, raw: "psycopg.Connection[dict[str, object]]") -> None:
        try:
            raw.rollback()
        except psycopg.OperationalError:
            self._forget(raw)

    def _forget(self, raw: "psycopg.Connection[dict[str, object]]") -> None:
        raw.close()
        self._local.raw = None
        with self._adding:
            self._all = [known for known in self._all if known is not raw]

    def create(self, statements: Sequence[str]) -> None:
        raw = self._connection()
        # One creator at a time: CREATE TABLE IF NOT EXISTS of two sessions can collide.
        raw.execute("SELECT pg_advisory_xact_lock(4711)")
        for statement in statements:
            raw.execute(statement.encode())
        raw.commit()

    def close(self) -> None:
        with self._adding:
            for raw in self._all:
                raw.close()
            self._all = []
        self._local = threading.local()


def open_database(url: str) -> Database:
    """Open ``sqlite:PATH``, ``sqlite::memory:`` or ``postgresql://…``."""
    if url == "sqlite::memory:":
        return SqliteDatabase(None)
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:").removeprefix("//"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteDatabase(path)
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresDatabase(url)
    raise UsageError(
        f"`{url.split(':', 1)[0]}` is not a database that Interlock knows",
        hint="Use sqlite:PATH or postgresql://USER@HOST/NAME.",
    )
