"""The company's own product, which records what customers use in a table of its own database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

APPLICATION: Final = 8_128
"""What marks the product's own database, so that no other file is taken for it."""
_USAGE: Final = f"""
PRAGMA application_id = {APPLICATION};
CREATE TABLE IF NOT EXISTS usage_records (
  number INTEGER PRIMARY KEY,
  record TEXT NOT NULL UNIQUE,
  customer TEXT NOT NULL,
  quantity TEXT NOT NULL,
  used_at TEXT NOT NULL,
  recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
"""


def usage_records(file: Path) -> str:
    """Make the database in which the product records usage; return its URL."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(_USAGE)
    return f"sqlite://{file.resolve()}"


def use(url: str, record: str, customer: str, quantity: str, at: datetime) -> None:
    """Record what a customer used."""
    with _opened(url) as database:
        database.execute(
            "INSERT INTO usage_records (record, customer, quantity, used_at) VALUES (?, ?, ?, ?)",
            (record, customer, quantity, at.isoformat()),
        )


def used(url: str) -> dict[str, Decimal]:
    """Return what was recorded: record -> quantity."""
    with _opened(url) as database:
        rows = database.execute("SELECT record, quantity FROM usage_records").fetchall()
    return {str(record): Decimal(str(quantity)) for record, quantity in rows}


@contextmanager
def _opened(url: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as database, database:
        yield database
