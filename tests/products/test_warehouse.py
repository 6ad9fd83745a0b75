"""Readers of PostgreSQL see one version whole, and what is right is not written again."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from interlock.bootstrap.house import create_tables
from interlock.estate.estate import Estate
from interlock.foundation.database import Database, PostgresDatabase
from interlock.products.built import Outcome
from interlock.products.proof import Prover
from interlock.testing.postgres_server import PostgresServer
from tests.products.company import TEXT, Office, invoice
from tests.products.conftest import read

pytestmark = pytest.mark.postgres
ASKED = "SELECT invoice, currency, total FROM products.billings ORDER BY invoice"
ROWS = [
    ("books/9", "EUR", Decimal("7.25")),
    ("erp/1", "USD", Decimal("10.5")),
    ("erp/2", "USD", Decimal(2)),
]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
def delivering(office: Office, url: str) -> Office:
    office.warehouse = url
    return office


@pytest.fixture
def reader(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def test_a_table_is_there_for_everybody_who_speaks_sql(
    delivering: Office, reader: psycopg.Connection
) -> None:
    built = delivering.build()
    assert reader.execute(ASKED).fetchall() == ROWS
    noted = reader.execute("SELECT version, contract, digest FROM products.published").fetchone()
    assert built.version is not None
    assert noted == (1, "1.0.0", built.version.digest)


def test_only_rows_that_differ_are_written(delivering: Office, reader: psycopg.Connection) -> None:
    delivering.build()
    before: dict[str, str] = dict(
        reader.execute("SELECT invoice, xmin::text FROM products.billings").fetchall()
    )
    delivering.vendors.put("erp", "invoice", "2", invoice("B", Decimal(3)))
    delivering.build()
    after: dict[str, str] = dict(
        reader.execute("SELECT invoice, xmin::text FROM products.billings").fetchall()
    )
    assert {name for name in after if after[name] != before[name]} == {"erp/2"}
    assert reader.execute(ASKED).fetchall()[2] == ("erp/2", "USD", Decimal(3))


def test_a_reader_goes_on_in_the_version_that_he_began_with(delivering: Office, url: str) -> None:
    delivering.build()
    with psycopg.connect(url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute(ASKED).fetchall() == ROWS
        delivering.vendors.put("erp", "invoice", "2", invoice("B", Decimal(3)))
        assert delivering.build().outcome is Outcome.PUBLISHED
        assert reader.execute(ASKED).fetchall() == ROWS


def test_what_was_refused_does_not_get_there(
    delivering: Office, reader: psycopg.Connection
) -> None:
    delivering.build()
    delivering.vendors.put("erp", "invoice", "2", invoice("B", Decimal(-3)))
    assert delivering.build().outcome is Outcome.REFUSED
    assert reader.execute(ASKED).fetchall() == ROWS


def test_what_could_not_be_delivered_is_said_and_delivered_by_the_next_build(
    delivering: Office, url: str, reader: psycopg.Connection
) -> None:
    delivering.warehouse = "postgresql://nobody@127.0.0.1:1/nothing"
    built = delivering.build()
    assert built.outcome is Outcome.PUBLISHED
    assert "not yet in PostgreSQL" in built.undelivered
    delivering.warehouse = url
    assert delivering.build().outcome is Outcome.UNCHANGED
    assert reader.execute(ASKED).fetchall() == ROWS


def test_other_columns_come_with_another_contract(
    delivering: Office, reader: psycopg.Connection, database: Database, tmp_path: Path
) -> None:
    delivering.build()
    text = TEXT.replace("    customer: account.name\n", "").replace(
        "contractId: billings, version: 1.0.0", "contractId: billings, version: 2.0.0"
    )
    other: Estate = read(text)
    delivering.estate = other
    delivering.build()
    found = reader.execute("SELECT * FROM products.billings")
    assert [each.name for each in found.description or ()] == [
        "invoice",
        "legal_entity",
        "date",
        "currency",
        "total",
    ]


def test_versions_and_their_proof_are_kept_in_postgresql_too(
    office: Office, postgres: PostgresServer
) -> None:
    database = PostgresDatabase(postgres.new_database())
    create_tables(database)
    try:
        office.database = database
        built = office.build()
        assert built.version is not None
        assert office.prove().version == built.version
        prover = Prover(estate=office.estate, database=database, clock=office.clock)
        assert prover.prove("billings", as_of=date(2026, 11, 1)).version is None
        assert prover.prove("billings", as_of=date(2026, 11, 2)).version == built.version
        assert office.build().outcome is Outcome.UNCHANGED
    finally:
        database.close()
