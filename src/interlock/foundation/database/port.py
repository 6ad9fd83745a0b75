"""What a database is to the house: transactions, and statements by their names."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import Query

Row = Mapping[str, object]


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

    def reader(self) -> "Database":
        """Return the same store for looking only: it waits for no writer, and none waits for it.

        Each of its transactions sees the store as it was committed when it first looked.
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
