"""The shared conformance suite, against the database of the documentation, twice."""

import itertools
from decimal import Decimal
from pathlib import Path

import pytest
from tests.connectors.sql.order_book import REFUSED, Book, SqlBench, postgres_book, sqlite_book

from interlock.connectors.port import Request
from interlock.testing.bench import Priced
from interlock.testing.conformance import Conformance
from interlock.testing.postgres_server import PostgresServer
from interlock.testing.transports import Canned

_numbers = itertools.count()


def request(operation: str, body: dict[str, object], ref: str | None = None) -> Request:
    key = f"006-{next(_numbers)}"
    return Request(
        operation=operation,
        body=body,
        key_field="reference",
        key=None if ref else key,
        ref=ref,
        idempotency_key=key,
    )


def invoice() -> Request:
    line = {"product": "SEAT", "amount": Decimal("33.33")}
    body = {"customer": "c1", "currency": "EUR", "total": Decimal("33.33"), "date": "2026-01-31"}
    return request("invoice.create", {**body, "lines": [line]})


def bench_of(book: Book) -> SqlBench:
    def update() -> Request:
        ref = book.seeded("customers", name="Old")
        return request("customer.update", {"name": "New", "address": {"city": "Bonn"}}, ref)

    def reverse() -> Request:
        ref = book.seeded("invoices", total="1.00")
        return request("invoice.reverse", {"state": "reversed"}, ref)

    def priced() -> Priced:
        return Priced(
            obj="invoice",
            ref=book.seeded("invoices", total="37.49"),
            money="total",
            amount=Decimal("37.49"),
            word="state",
            value="posted",
        )

    return SqlBench(
        name="sql",
        connection=book.connection,
        requests={
            "customer.upsert": lambda: request("customer.upsert", {"name": "Acme"}),
            "customer.update": update,
            "invoice.create": invoice,
            "invoice.reverse": reverse,
        },
        lookup=("invoice", "reference"),
        key_of=lambda sent: sent.key or "",
        searched="invoice.create",
        missing="999999",
        priced=priced,
        wrong_credential=book.wrong,
        fault_in_200=Canned(status=200, body=REFUSED + b"new row violates check constraint"),
        quota=Canned(status=429, body=b""),
        quota_wait=None,
        refusal=REFUSED + b"@echo@",
        change_many=lambda count: set(book.many("customers", count, name="Acme")),
        feed="customer",
        count=lambda: {
            table: int(book.run(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 (of tests)
            for table in ("customers", "invoices")
        },
    )


class TestSqlite(Conformance):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> SqlBench:
        return bench_of(sqlite_book(tmp_path / "orders.db"))


@pytest.mark.postgres
class TestPostgres(Conformance):
    @pytest.fixture
    def bench(self, postgres: PostgresServer) -> SqlBench:
        return bench_of(postgres_book(postgres.new_database()))
