"""What a declared database must be able to do, whichever it is; and how it fails."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

from interlock.connectors.kit.exchange import Intent

Row = tuple[object, ...]


class Phase(StrEnum):
    """How far a session had come; decides what its failure can mean (F1, F2)."""

    OPENING = "opening"
    """Nothing was sent."""
    RUNNING = "running"
    """Nothing is applied without a COMMIT."""
    COMMITTING = "committing"
    """The COMMIT was sent."""


class DatabaseFailed(Exception):  # noqa: N818 (it is an outcome on its way, not a defect)
    """The database, or the way to it, said no."""

    def __init__(self, phase: Phase, *, code: str, message: str) -> None:
        super().__init__(f"{phase}: {code}")
        self.phase = phase
        self.code = code
        """SQLSTATE, or SQLite's name of it; empty where the connection was lost."""
        self.message = message


class Session(Protocol):
    """One transaction."""

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement with its values bound to the ``?`` in it; return its rows.

        Raises:
            DatabaseFailed: It said no.
        """
        ...

    def commit(self) -> None:
        """Make it last.

        Raises:
            DatabaseFailed: It said no, or nobody knows.
        """
        ...


class Sayings(Protocol):
    """What one kind of database says in its own way."""

    @property
    def now(self) -> str:
        """An expression: the database's own time."""
        ...

    @property
    def unique(self) -> str:
        """A statement with rows if table ``?`` has a unique index on column ``?`` alone."""
        ...

    def named(self, table: str) -> str:
        """Return `table` as `unique` wants it."""
        ...

    def moment(self, column: str) -> str:
        """Return an expression by which `column` can be compared and sorted as a moment."""
        ...

    def bound(self, value: object) -> object:
        """Return a value in the form that the driver binds."""
        ...


class Database(Protocol):
    """A way to a database; one session a call."""

    @property
    def sayings(self) -> Sayings:
        """How it is spoken to."""
        ...

    def session(self, intent: Intent) -> AbstractContextManager[Session]:
        """Begin a transaction; what was not committed at the end is rolled back."""
        ...
