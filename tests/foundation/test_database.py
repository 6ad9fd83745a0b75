"""The same few words on SQLite and PostgreSQL, whoever speaks them."""

import threading
from pathlib import Path

import psycopg
import pytest

from interlock.foundation.database import Database, PostgresDatabase, SqliteDatabase
from interlock.foundation.queries import query
from interlock.testing.postgres_server import PostgresServer

COUNT = query("count", "SELECT count(*) AS n FROM t")
ADD = query("add", "INSERT INTO t VALUES (:n)")


def write_from_threads(database: Database, threads: int) -> None:
    def work(number: int) -> None:
        with database.transaction() as connection:
            connection.execute(ADD, {"n": number})

    for number in range(threads):
        one = threading.Thread(target=work, args=(number,))
        one.start()
        one.join()


def test_threads_that_come_and_go_leave_no_connection_behind_on_sqlite(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "x.db")
    database.create(["CREATE TABLE t (n integer)"])
    write_from_threads(database, 40)
    with database.transaction() as connection:
        assert connection.rows(COUNT, {}) == [{"n": 40}]
    database.close()


@pytest.mark.postgres
def test_threads_that_come_and_go_leave_no_connection_behind_on_postgresql(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database()
    database = PostgresDatabase(url)
    database.create(["CREATE TABLE t (n integer)"])
    write_from_threads(database, 40)
    with psycopg.connect(url) as admin:
        found = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchone()
    database.close()
    assert found == (2,)


@pytest.mark.postgres
def test_a_transaction_that_fails_gives_its_connection_back_clean(
    postgres: PostgresServer,
) -> None:
    database = PostgresDatabase(postgres.new_database())
    database.create(["CREATE TABLE t (n integer PRIMARY KEY)"])
    with pytest.raises(psycopg.errors.UniqueViolation), database.transaction() as connection:
        connection.execute_many(ADD, [{"n": 1}, {"n": 1}])
    with database.transaction() as connection:
        assert connection.rows(COUNT, {}) == [{"n": 0}]
    database.close()
