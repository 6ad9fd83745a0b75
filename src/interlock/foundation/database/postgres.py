"""PostgreSQL: one connection a transaction, kept for the next."""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from interlock.foundation.database.port import AmbiguousCommitError, Connection, Joins, Row
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import Query


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

    def reader(self) -> "PostgresDatabase":
        return self  # readers and writers never wait for each other here

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
