from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from interlock.bootstrap.house import create_tables
from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.foundation.database import Database, SqliteDatabase
from tests.products.company import TEXT, Office, german, invoice


def read(text: str) -> Estate:
    reading = read_texts({"e.estate.yaml": text}, capabilities=catalogue.every())
    assert not reading.problems
    return reading.estate


@pytest.fixture(scope="session")
def estate() -> Estate:
    return read(TEXT)


@pytest.fixture
def database() -> Iterator[Database]:
    found = SqliteDatabase(None)
    create_tables(found)
    yield found
    found.close()


@pytest.fixture
def office(estate: Estate, database: Database, tmp_path: Path) -> Office:
    found = Office(estate, database, tmp_path)
    vendors = found.vendors
    vendors.put("crm", "Account", "C1", {"Id": "C1", "Name": "Ada", "Entity__c": "us"})
    vendors.put("erp", "customer", "7", {"externalId": "C1", "subsidiary": "us", "terms": "30"})
    vendors.put("erp", "invoice", "1", invoice("A", Decimal("10.50")))
    vendors.put("erp", "invoice", "2", invoice("B", Decimal(2)))
    vendors.put("books", "invoice", "9", german("D", Decimal("7.25")))
    return found
