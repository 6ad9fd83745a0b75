from collections.abc import Iterator

import pytest

from interlock.bootstrap.house import create_tables
from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.foundation.database import Database, SqliteDatabase
from tests.reconciliation.company import TEXT, Look


@pytest.fixture(scope="module")
def estate() -> Estate:
    reading = read_texts({"e.estate.yaml": TEXT}, capabilities=catalogue.every())
    assert not reading.problems
    return reading.estate


@pytest.fixture
def database() -> Iterator[Database]:
    found = SqliteDatabase(None)
    create_tables(found)
    yield found
    found.close()


@pytest.fixture
def look(estate: Estate, database: Database) -> Look:
    return Look(estate, database)
