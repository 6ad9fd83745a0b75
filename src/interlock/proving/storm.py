"""A database that goes away, and whose commits are sometimes not known to have happened (F25)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

from interlock.foundation.database import (
    AmbiguousCommitError,
    Connection,
    Joins,
    Row,
    SqliteDatabase,
)
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import Query
from interlock.proving.faults import Weather


class _Unwound(Exception):  # noqa: N818 (makes the inner transaction roll back, and nothing else)
    """The commit is to be lost."""


class StormyDatabase(Joins):
    """SQLite in memory, under the weather."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self._inner = SqliteDatabase(None)
        self.weather = weather

    @property
    def dialect(self) -> str:
        """Return the SQL that it speaks."""
        return self._inner.dialect

    @contextmanager
    def begun(self) -> Iterator[Connection]:
        """Run one transaction, or refuse it, or leave its end unknown."""
        if self.weather.strikes("database_away"):
            raise UnavailableError("the database is away", hint="It comes back.")
        fate = self.weather.first("commit_unknown_done", "commit_unknown_lost")
        try:
            with self._inner.transaction() as connection:
                yield connection
                if fate == "commit_unknown_lost":
                    raise _Unwound  # noqa: TRY301 (out of the inner transaction)
        except _Unwound:
            fate = "commit_unknown_lost"
        if fate is not None:
            raise AmbiguousCommitError("the commit was not answered", hint="Look, then decide.")

    def reader(self) -> Self:
        return self

    def create(self, statements: Sequence[str]) -> None:
        """Create what does not exist yet."""
        self._inner.create(statements)

    def close(self) -> None:
        """Close it."""
        self._inner.close()


class Named:
    """A connection that remembers which queries it was asked for."""

    def __init__(self, inner: Connection, names: list[str]) -> None:
        self._inner = inner
        self._names = names

    def execute(self, query: Query, parameters: Mapping[str, object]) -> int:
        """Run a statement."""
        self._names.append(query.name)
        return self._inner.execute(query, parameters)

    def execute_many(self, query: Query, rows: Sequence[Mapping[str, object]]) -> None:
        """Run a statement for many rows."""
        self._names.append(query.name)
        self._inner.execute_many(query, rows)

    def rows(self, query: Query, parameters: Mapping[str, object]) -> list[Row]:
        """Run a query."""
        self._names.append(query.name)
        return self._inner.rows(query, parameters)
