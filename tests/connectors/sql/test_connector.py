"""What a declared database keeps, refuses and tells, in SQLite and in PostgreSQL."""

import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.connectors.sql.order_book import Book, example, postgres_book, sqlite_book

from interlock.connectors.kit.exchange import Intent
from interlock.connectors.port import CallFailed, Kind, Request, Verdict
from interlock.connectors.sql.database import DatabaseFailed, Phase
from interlock.connectors.sql.errors import outcome_of
from interlock.foundation.errors import UsageError

INJECTIONS = [
    "'; DROP TABLE invoices; --",
    '"; DROP TABLE invoices; --',
    "1 OR 1=1",
    "' OR ''='",
    "?",
    "%s",
    "%(name)s",
    "$1",
    "\\'; SELECT 1; --",
    "/* */",
    "Robert\u2019); --",
]
BOTH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Book:
    if request.param == "sqlite":
        return sqlite_book(tmp_path / "orders.db")
    return postgres_book(request.getfixturevalue("postgres").new_database())


def upsert(key: str, **body: object) -> Request:
    return Request(
        operation="customer.upsert",
        body={"name": "Acme", **body},
        key_field="reference",
        key=key,
        idempotency_key=key,
    )


def invoice(key: str, run: str = "run-1", **body: object) -> Request:
    return Request(
        operation="invoice.create",
        body={"total": Decimal("10.00"), **body},
        key_field="reference",
        key=key,
        idempotency_key=run,
    )


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_looks_like_sql_is_kept_as_text(book: Book, text: str) -> None:
    connector = book.open()
    outcome = connector.write(upsert(text, name=text))
    assert outcome.verdict is Verdict.DONE, outcome
    found = connector.find("customer", "reference", text)
    assert found is not None
    assert found.body["name"] == text
    assert connector.read("customer", text) is None
    assert len(book.run("SELECT id FROM customers")) == 1
    assert book.run("SELECT id FROM invoices") == []


@pytest.mark.parametrize(
    "field", [*INJECTIONS, 'name", "crm_id', "crm_id", "id", "deleted_at", ""]
)
def test_a_field_without_a_column_is_refused_and_nothing_is_written(
    book: Book, field: str
) -> None:
    outcome = book.open().write(upsert("001", **{field: "x"}))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.UNKNOWN_FIELD), outcome
    assert book.run("SELECT id FROM customers") == []


@BOTH
@given(key=st.text(min_size=1, max_size=30), name=st.text(max_size=30))
def test_any_text_comes_back_as_it_was_or_is_refused(book: Book, key: str, name: str) -> None:
    connector = book.open()
    outcome = connector.write(upsert(key, name=name))
    if outcome.verdict is Verdict.REJECTED:
        assert "\x00" in key + name
        return
    found = connector.find("customer", "reference", key)
    assert found is not None
    assert (found.body["reference"], found.body["name"]) == (key, name)


@BOTH
@given(st.decimals(min_value=-999_999, max_value=999_999, places=4))
def test_an_amount_comes_back_to_the_last_digit(book: Book, amount: Decimal) -> None:
    outcome = book.open().write(invoice(str(amount), f"run-{amount}", total=amount))
    assert outcome.record is not None, outcome
    assert outcome.record.body["total"] == amount


@pytest.mark.parametrize(
    "body",
    [
        {"total": 1.5},
        {"total": True},
        {"total": "ten"},
        {"total": Decimal("NaN")},
        {"total": "1e999999"},
        {"date": "tomorrow"},
        {"date": 20260131},
        {"lines": {1.5}},
        {"lines": [math.inf]},
        {"currency": 7},
        {"currency": ["EUR"]},
        {"currency": "half \ud800"},
        {"currency": "nul \x00"},
        {"currency": "x" * 1_000_001},
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_nothing_is_written(
    book: Book, body: dict[str, object]
) -> None:
    outcome = book.open().write(replace(invoice("006"), body=body))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.UNKNOWN_VALUE), outcome
    assert book.run("SELECT id FROM invoices") == []
    assert book.run("SELECT key FROM interlock_keys") == []


def test_what_their_database_refuses_is_rejected(book: Book) -> None:
    missing = book.open().write(upsert("001", name=None))
    assert (missing.verdict, missing.kind) == (Verdict.REJECTED, Kind.MISSING_FIELD)
    checked = book.open().write(invoice("006", total=2_000_000))
    assert (checked.verdict, checked.kind) == (Verdict.REJECTED, Kind.UNKNOWN_VALUE)
    assert book.run("SELECT key FROM interlock_keys") == []


def test_a_key_is_remembered_and_not_used_for_something_else(book: Book) -> None:
    connector = book.open()
    first = connector.write(invoice("006-1", "run-1"))
    again = connector.write(invoice("006-1", "run-1"))
    assert (again.existing, again.record) == (True, first.record)
    other = connector.write(invoice("006-2", "run-1"))
    assert (other.verdict, other.kind) == (Verdict.REJECTED, Kind.CONFLICT)
    assert len(book.run("SELECT id FROM invoices")) == 1


def test_a_reference_that_is_there_is_shown_whoever_wrote_it(book: Book) -> None:
    ref = book.seeded("invoices", external_ref="006-1", total="3.00")
    outcome = book.open().write(invoice("006-1", "run-2"))
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    assert outcome.record is not None
    assert outcome.record.ref == ref
    assert book.run("SELECT key FROM interlock_keys") == []


def test_an_upsert_changes_what_is_there(book: Book) -> None:
    connector = book.open()
    first = connector.write(upsert("001", address={"city": "Bonn"}, active=True))
    second = connector.write(upsert("001", name="Acme & Co", active=False))
    assert first.record is not None
    assert second.record is not None
    assert second.record.ref == first.record.ref
    assert second.record.body["address"] == {"city": "Bonn"}
    assert (second.record.body["name"], second.record.body["active"]) == ("Acme & Co", False)


def test_a_deleted_row_is_not_there_and_is_not_brought_back(book: Book) -> None:
    ref = book.seeded("customers", crm_id="001", name="Acme", deleted_at="2026-01-01")
    connector = book.open()
    assert connector.read("customer", ref) is None
    assert connector.find("customer", "reference", "001") is None
    outcome = connector.write(upsert("001"))
    assert (outcome.verdict, outcome.code) == (Verdict.REJECTED, "row-deleted")
    update = Request(operation="customer.update", body={"name": "B"}, ref=ref, idempotency_key="x")
    assert connector.write(update).kind is Kind.NOT_FOUND
    page = connector.changes("customer", "2020-01-01T00:00:00+00:00")
    assert [event.type for event in page.events] == ["customer.deleted"]


def test_without_a_unique_index_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    book = sqlite_book(
        path,
        example()
        .replace("reference: crm_id", "reference: city")
        .replace("          address.city: city\n", ""),
    )
    outcome = book.open().write(upsert("001"))
    assert (outcome.verdict, outcome.code) == (Verdict.REJECTED, "no-unique-index")
    book.run("CREATE UNIQUE INDEX partly ON customers (city) WHERE city <> ''")
    book.run("CREATE UNIQUE INDEX together ON customers (city, name)")
    assert book.open().write(upsert("001")).code == "no-unique-index"
    book.run("CREATE UNIQUE INDEX alone ON customers (city)")
    assert book.open().write(upsert("001")).verdict is Verdict.DONE


def test_a_float_in_a_column_of_money_is_not_taken_for_an_amount(tmp_path: Path) -> None:
    book = sqlite_book(tmp_path / "orders.db")
    book.run("CREATE TABLE bills (id INTEGER PRIMARY KEY, external_ref TEXT, total REAL)")
    book.run("INSERT INTO bills VALUES (1, 'r', 0.1)")
    text = example().replace("table: invoices", "table: bills")
    for column in ("customer", "state", "currency"):
        text = text.replace(f"          {column}: {column}\n", "")
    for line in ("date: {column: posted_on, type: date}", "lines: {column: lines, type: json}"):
        text = text.replace(f"          {line}\n", "")
    text = text.replace(
        "        reference: external_ref\n        modified: changed_at\n",
        "        reference: external_ref\n",
    )
    bills = sqlite_book(tmp_path / "other.db", text).connection
    connector = replace(book, connection=replace(book.connection, declared=bills.declared)).open()
    with pytest.raises(CallFailed) as caught:
        connector.read("invoice", "1")
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_a_table_that_is_locked_is_locked(tmp_path: Path) -> None:
    book = sqlite_book(tmp_path / "orders.db")
    quick = replace(book.connection, timeout=timedelta(milliseconds=50))
    with closing(sqlite3.connect(tmp_path / "orders.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcome = replace(book, connection=quick).open().write(upsert("001"))
        assert (outcome.verdict, outcome.kind) == (Verdict.RETRYABLE, Kind.LOCKED), outcome
        other.execute("ROLLBACK")
    assert book.open().write(upsert("001")).verdict is Verdict.DONE


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    book = sqlite_book(tmp_path / "orders.db")
    away = replace(book.connection, url=f"sqlite://{tmp_path}/away.db")
    outcome = replace(book, connection=away).open().write(upsert("001"))
    assert (outcome.verdict, outcome.kind) == (Verdict.RETRYABLE, Kind.TRANSPORT)
    assert not (tmp_path / "away.db").exists()


@pytest.mark.parametrize(
    ("phase", "code", "verdict"),
    [
        (Phase.OPENING, "", Verdict.RETRYABLE),
        (Phase.RUNNING, "", Verdict.RETRYABLE),
        (Phase.RUNNING, "57P01", Verdict.RETRYABLE),
        (Phase.RUNNING, "08006", Verdict.RETRYABLE),
        (Phase.COMMITTING, "", Verdict.UNCERTAIN),
        (Phase.COMMITTING, "57P01", Verdict.UNCERTAIN),
        (Phase.COMMITTING, "08006", Verdict.UNCERTAIN),
        (Phase.COMMITTING, "XX000", Verdict.UNCERTAIN),
        (Phase.COMMITTING, "SQLITE_IOERR_FSYNC", Verdict.UNCERTAIN),
        (Phase.COMMITTING, "40003", Verdict.UNCERTAIN),
        (Phase.COMMITTING, "40001", Verdict.RETRYABLE),
        (Phase.COMMITTING, "SQLITE_BUSY", Verdict.RETRYABLE),
        (Phase.COMMITTING, "23505", Verdict.REJECTED),
        (Phase.RUNNING, "53300", Verdict.BLOCKED),
        (Phase.RUNNING, "42501", Verdict.BLOCKED),
    ],
)
def test_only_a_lost_commit_is_uncertain(phase: Phase, code: str, verdict: Verdict) -> None:
    failure = DatabaseFailed(phase, code=code, message="x")
    assert outcome_of(failure, Intent.WRITE, ()).verdict is verdict


@pytest.mark.postgres
def test_a_statement_that_takes_too_long_was_not_applied(book: Book) -> None:
    if not book.connection.url.startswith("postgresql"):
        pytest.skip("SQLite has no function that sleeps")
    book.run(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(9); RETURN NEW; END $$"
    )
    book.run("CREATE TRIGGER slow BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION slow()")
    quick = replace(book.connection, timeout=timedelta(milliseconds=300))
    outcome = replace(book, connection=quick).open().write(upsert("001"))
    assert (outcome.verdict, outcome.code) == (Verdict.RETRYABLE, "57014"), outcome


@pytest.mark.postgres
def test_a_connection_that_dies_in_its_commit_leaves_it_uncertain(book: Book) -> None:
    if not book.connection.url.startswith("postgresql"):
        pytest.skip("SQLite has no connection that could die")
    book.run(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
    )
    book.run(
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON customers"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"
    )
    outcome = book.open().write(upsert("001"))
    assert (outcome.verdict, outcome.kind) == (Verdict.UNCERTAIN, Kind.TRANSPORT), outcome


def test_the_same_write_at_once_by_many_makes_one_row(book: Book) -> None:
    connector = book.open()
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(connector.write, invoice("006-1", "run-1")) for _ in range(24)]
    outcomes = [write.result() for write in writes]
    assert {each.verdict for each in outcomes} <= {Verdict.DONE, Verdict.RETRYABLE}
    refs = {each.record.ref for each in outcomes if each.record}
    assert len(refs) == 1
    assert len(book.run("SELECT id FROM invoices")) == 1


@pytest.mark.postgres
def test_what_people_are_shown_quotes_no_row(book: Book) -> None:
    outcome = book.open().write(upsert("001", name=None, address={"city": "Castrop-Rauxel"}))
    assert "Castrop" not in repr(outcome)


@pytest.mark.parametrize(
    ("url", "scheme", "credential"),
    [
        ("sqlite:orders.db", "database-file", {"application_id": "7"}),
        ("sqlite:///orders.db", "password", {"application_id": "7"}),
        ("sqlite:///orders.db", "database-file", {}),
        ("sqlite:///orders.db", "database-file", {"application_id": "x"}),
        ("postgresql://me:secret@host/db", "password", {"username": "a", "password": "b"}),
        ("postgresql://host/db", "database-file", {"username": "a", "password": "b"}),
        ("postgresql://host/db", "password", {"username": "a"}),
        ("mysql://host/db", "password", {"username": "a", "password": "b"}),
    ],
)
def test_a_connection_that_cannot_be_meant_is_wrong_use(
    tmp_path: Path, url: str, scheme: str, credential: dict[str, str]
) -> None:
    book = sqlite_book(tmp_path / "orders.db")
    wrong = replace(book.connection, url=url, scheme=scheme, credential=credential)
    with pytest.raises(UsageError):
        replace(book, connection=wrong).open()


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01|y|0|", "2026-01-01T00:00:00Z|2026|z|"])
def test_a_cursor_of_somebody_else_is_wrong_use(tmp_path: Path, cursor: str) -> None:
    with pytest.raises(UsageError):
        sqlite_book(tmp_path / "orders.db").open().changes("customer", cursor)
