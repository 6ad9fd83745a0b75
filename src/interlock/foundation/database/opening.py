"""Open the database that a setting names."""

from pathlib import Path

from interlock.foundation.database.port import Database
from interlock.foundation.database.postgres import PostgresDatabase
from interlock.foundation.database.sqlite import SqliteDatabase
from interlock.foundation.errors import UsageError


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
