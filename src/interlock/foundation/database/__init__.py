"""One database, SQLite or PostgreSQL, behind the same few words.

Statements come from `.sql` files (see `queries`); there is no ORM.
"""

import sqlite3
from typing import Final

import psycopg

from interlock.foundation.database.opening import open_database
from interlock.foundation.database.port import (
    AmbiguousCommitError,
    Connection,
    Database,
    Joins,
    Row,
    one,
)
from interlock.foundation.database.postgres import PostgresDatabase
from interlock.foundation.database.sqlite import SqliteDatabase

VIOLATED: Final = (sqlite3.IntegrityError, psycopg.errors.UniqueViolation)
"""What is raised when a row would stand where only one may."""

__all__ = [
    "VIOLATED",
    "AmbiguousCommitError",
    "Connection",
    "Database",
    "Joins",
    "PostgresDatabase",
    "Row",
    "SqliteDatabase",
    "one",
    "open_database",
]
