"""One database, SQLite or PostgreSQL, behind the same few words.

SQLite (embedded default): one file, WAL, `synchronous=FULL`, writers take turns on a lock of
ours, because SQLite's own hand-over between threads is unfair. PostgreSQL: one connection a
transaction, kept for the next. Statements come from `.sql` files (see `queries`); there is no ORM.
"""

import hashlib
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.queries import Query

Row = Mapping[str, object]
BUSY_SECONDS = 30.0
"""How long a statement waits for another process's write to end."""


VIOLATED: Final = (sqlite3.IntegrityError, psycopg.errors.UniqueViolation)
"""What is raised when a row would stand where only one may."""


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

    def joined(self) -> AbstractContextManager[Connection]:
        """Open a transaction that every `transaction` of this thread becomes a part of.

        For work on many things at once: one commit for all of them, or none. Whatever fails in it
        must end it, and nothing in it may wait for somebody else.
        """
        ...

    def create(self, statements: Sequence[str]) -> None:
        """Create what does not exist yet."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class Joins:
    """A database whose threads may join transactions; who inherits it says how one is begun."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def transaction(self) -> AbstractContextManager[Connection]:
        joined: Connection | None = getattr(self._of_thread, "connection", None)
        return self.begun() if joined is None else nullcontext(joined)

    @contextmanager
    def joined(self) -> Iterator[Connection]:
        with self.begun() as connection:
            self._of_thread.connection = connection
            try:
                yield connection
            finally:
                self._of_thread.connection = None

    def begun(self) -> AbstractContextManager[Connection]:
        """Open a transaction of its own."""
        raise NotImplementedError


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
        if path is not None:
            self._raw.execute("PRAGMA journal_mode=WAL")
            self._raw.execute("PRAGMA synchronous=FULL")

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
        with self._turn:
            self._raw.close()


class _PostgresConnection:
    def __init__(self, raw: "psycopg.Connection[dict[str, object]]") -> None:
        self.raw = raw

    def execute(self, query: Query, parameters: Mapping[str, object]) -> int:
        return self.raw.execute(query.postgres.encode(), parameters).rowcount

    def execute_many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        with self.raw.cursor() as cursor:
            cursor.executemany(query.postgres.encode(), rows)

    def rows(self, query: Query, parameters: Mapping[str, object]) -> list[Row]:
        return list(self.raw.execute(query.postgres.encode(), parameters).fetchall())


_Raw = psycopg.Connection[dict[str, object]]


_AWAY: Final = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""The server, or this connection of it, is of no use now; nothing of the transaction is written.

A server that takes no writes any more was the primary when the connection was opened.
"""
CONNECT_SECONDS: Final = 10
"""How long opening a connection may take, unless the URL says it: the driver waits for ever."""
IDLE: Final = "SET idle_in_transaction_session_timeout = '20s'"
"""A process that stands still in the middle of a transaction must not hold its locks for ever."""
_MADE: Final = "CREATE TABLE IF NOT EXISTS schema_made (digest TEXT PRIMARY KEY)"
_IS_MADE: Final = "SELECT 1 FROM schema_made WHERE digest = %s"
_NOW_MADE: Final = "INSERT INTO schema_made (digest) VALUES (%s) ON CONFLICT DO NOTHING"


class PostgresDatabase(Joins):
    """A PostgreSQL database; connections are kept for whoever comes next.

    There are as many as transactions were ever open at once, not as many as there were threads:
    every segment has a thread of its own.
    """

    dialect = "postgres"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        given = conninfo_to_dict(url)
        self._patience = {} if "connect_timeout" in given else {"connect_timeout": CONNECT_SECONDS}
        self._idle: deque[_Raw] = deque()

    def _taken(self) -> _Raw:
        while self._idle:
            try:
                raw = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if not raw.closed:
                return raw
        try:
            return self._connected()
        except _AWAY as error:
            raise UnavailableError(
                "the database cannot be reached",
                hint="Is the server up, and is INTERLOCK_DATABASE right?",
            ) from error

    def _connected(self) -> _Raw:
        raw: _Raw = psycopg.connect(
            self._url,
            row_factory=dict_row,
            prepare_threshold=3,
            **self._patience,  # type: ignore[arg-type]  # one option of the driver's many
        )
        raw.execute(IDLE)
        raw.commit()
        return raw

    def _lost(self, raw: _Raw) -> None:
        """Close `raw`; where its server is gone, those that rest are of no use either."""
        gone = raw.closed
        raw.close()
        while gone and self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # another thread was faster
                return

    def begun(self) -> AbstractContextManager[Connection]:
        return self._transaction()

    @contextmanager
    def _transaction(self) -> "Iterator[_PostgresConnection]":
        raw = self._taken()
        try:
            yield _PostgresConnection(raw)
        except _AWAY as error:
            self._lost(raw)
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
            self._lost(raw)
            raise AmbiguousCommitError(
                "the database went away while committing",
                hint="Read back whether the change is there before doing it again.",
            ) from error
        self._idle.append(raw)

    def _roll_back(self, raw: _Raw) -> None:
        try:
            raw.rollback()
        except psycopg.OperationalError:
            self._lost(raw)
        else:
            self._idle.append(raw)

    def create(self, statements: Sequence[str]) -> None:
        # What is there already is not made again: workers are at work, and what changes a table
        # waits for all of them, makes all of them wait, and deadlocks with some.
        digest = hashlib.sha256("\0".join(statements).encode()).hexdigest()
        with self._transaction() as ours:
            raw = ours.raw
            # One creator at a time: CREATE TABLE IF NOT EXISTS of two sessions can collide.
            raw.execute("SELECT pg_advisory_xact_lock(4711)")
            known = raw.execute("SELECT to_regclass('schema_made') AS name").fetchone()
            if known is None or known["name"] is None:
                raw.execute(_MADE)
            elif raw.execute(_IS_MADE, (digest,)).fetchone():
                return
            for statement in statements:
                raw.execute(statement.encode())
            raw.execute(_NOW_MADE, (digest,))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


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
