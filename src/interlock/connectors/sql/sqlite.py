"""SQLite, through the standard library."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from interlock.connectors.kit.document import plain
from interlock.connectors.kit.exchange import Intent
from interlock.connectors.sql.database import DatabaseFailed, Phase, Row
from interlock.foundation.clock import Clock

LOOK_EVERY: Final = 10_000
"""How many of its steps SQLite does between two looks at the clock."""
NOT_OURS: Final = "SQLITE_AUTH"
_FORM: Final = "%Y-%m-%d %H:%M:%f"


class SqliteSayings:
    """How SQLite is spoken to."""

    now: Final = f"strftime('{_FORM}', 'now')"
    unique: Final = (
        'SELECT 1 FROM pragma_index_list(?) AS kept WHERE kept."unique" = 1 AND kept.partial = 0'
        " AND (SELECT group_concat(name) FROM pragma_index_info(kept.name)) = ? COLLATE NOCASE"
    )

    def named(self, table: str) -> str:
        return table.rpartition(".")[2]

    def moment(self, column: str) -> str:
        return f"strftime('{_FORM}', {column})"

    def bound(self, value: object) -> object:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, Decimal):
            return plain(value)
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sqlite:
    """A database in one file, which must be there already and say that it is the one meant."""

    path: Path
    application_id: int
    """``PRAGMA application_id``: a file of the test system, or an empty one, has another."""
    patience: timedelta
    clock: Clock
    sayings: SqliteSayings

    @contextmanager
    def session(self, intent: Intent) -> "Iterator[SqliteSession]":
        try:
            opened = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=self.patience.total_seconds(),
                isolation_level=None,
            )
        except sqlite3.Error as error:
            raise _failed(Phase.OPENING, error) from None
        with closing(opened):
            until = self.clock.now() + self.patience
            opened.set_progress_handler(lambda: self.clock.now() > until, LOOK_EVERY)
            session = SqliteSession(opened)
            self._prove(session)
            session.run("BEGIN IMMEDIATE" if intent is Intent.WRITE else "BEGIN")
            try:
                yield session
            finally:
                with suppress(sqlite3.Error):
                    if opened.in_transaction:
                        opened.execute("ROLLBACK")

    def _prove(self, session: "SqliteSession") -> None:
        rows = session.run("PRAGMA application_id")
        if rows != [(self.application_id,)]:
            message = "the file has another application_id than the credential says"
            raise DatabaseFailed(Phase.OPENING, code=NOT_OURS, message=message)


class SqliteSession:
    """One transaction of SQLite."""

    def __init__(self, opened: sqlite3.Connection) -> None:
        self._opened = opened

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        try:
            return self._opened.execute(statement, tuple(values)).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise _failed(Phase.RUNNING, error) from None

    def commit(self) -> None:
        try:
            self._opened.execute("COMMIT")
        except sqlite3.Error as error:
            raise _failed(Phase.COMMITTING, error) from None


def _failed(phase: Phase, error: Exception) -> DatabaseFailed:
    large = isinstance(error, OverflowError)
    code = "SQLITE_MISMATCH" if large else str(getattr(error, "sqlite_errorname", ""))
    return DatabaseFailed(phase, code=code, message=str(error))
