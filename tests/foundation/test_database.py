"""The same few words on SQLite and PostgreSQL, whoever speaks them."""

import threading
import time
from pathlib import Path

import psycopg
import pytest

from interlock.foundation.database import (
    Database,
    PostgresDatabase,
    SqliteDatabase,
    open_database,
)
from interlock.foundation.errors import InvariantError, UnavailableError
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
    found, until = 0, time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as admin:
        while found != 2 and time.monotonic() < until:  # a server ends a while after its client
            (found,) = admin.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend'"
            ).fetchone() or (0,)
    database.close()
    assert found == 2


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


@pytest.mark.postgres
def test_opening_what_is_made_already_waits_for_nobody_who_works_in_it(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database()
    made = ["CREATE TABLE IF NOT EXISTS t (n integer)", "CREATE INDEX IF NOT EXISTS i ON t (n)"]
    working, opening = (
        PostgresDatabase(url),
        PostgresDatabase(f"{url}&options=-c%20lock_timeout%3D2000"),
    )
    working.create(made)
    with working.transaction() as connection:
        connection.execute(ADD, {"n": 1})  # holds what making an index would wait for
        opening.create(made)
    opening.close()
    working.close()


@pytest.mark.postgres
def test_when_one_connection_finds_its_server_gone_the_resting_ones_are_not_tried(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database()
    database = PostgresDatabase(url)
    database.create(["CREATE TABLE t (n integer)"])
    with database.transaction(), database.transaction(), database.transaction():
        pass  # three connections rest now
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(UnavailableError), database.transaction() as connection:
        connection.rows(COUNT, {})
    with database.transaction() as connection:
        assert connection.rows(COUNT, {}) == [{"n": 0}]
    database.close()


@pytest.mark.postgres
def test_a_server_that_takes_no_writes_any_more_is_left_for_the_one_that_does(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database()
    database = PostgresDatabase(url)
    database.create(["CREATE TABLE t (n integer)"])
    read_only = query("read_only", "SET TRANSACTION READ ONLY")

    def write_on_a_standby() -> None:
        with database.transaction() as connection:
            connection.execute(read_only, {})
            connection.execute(ADD, {"n": 1})

    with pytest.raises(UnavailableError):
        write_on_a_standby()
    with database.transaction() as connection:
        assert connection.execute(ADD, {"n": 2}) == 1
    database.close()


@pytest.mark.postgres
@pytest.mark.timeout(60)
def test_who_stands_still_in_a_transaction_loses_its_locks(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    frozen, working = PostgresDatabase(url), PostgresDatabase(url)
    frozen.create(["CREATE TABLE t (n integer)", "INSERT INTO t VALUES (1)"])
    change = query("change", "UPDATE t SET n = :n")
    bound = query("bound", "SELECT current_setting('idle_in_transaction_session_timeout') AS s")
    soon = query("soon", "SET idle_in_transaction_session_timeout = '100ms'")

    def stand_still() -> None:
        with frozen.transaction() as connection:
            assert connection.rows(bound, {}) == [{"s": "20s"}]
            # The bound is the product's; only its length is made short enough for a test.
            connection.execute(soon, {})
            connection.execute(change, {"n": 2})
            with working.transaction() as other:
                assert other.execute(change, {"n": 3}) == 1  # waited for the frozen one's end
            connection.rows(COUNT, {})

    with pytest.raises(UnavailableError):
        stand_still()
    frozen.close()
    working.close()


def test_a_reader_waits_for_no_writer_and_sees_only_what_is_committed(tmp_path: Path) -> None:
    database = open_database(f"sqlite:{tmp_path / 'x.db'}")
    database.create(["CREATE TABLE t (n INTEGER)"])
    add, look = query("add", "INSERT INTO t VALUES (:n)"), query("look", "SELECT n FROM t")
    reader = database.reader()
    with database.transaction() as writing:
        writing.execute(add, {"n": 1})
        with reader.transaction() as reading:
            assert reading.rows(look, {}) == []
    with reader.transaction() as reading:
        assert [row["n"] for row in reading.rows(look, {})] == [1]
        with database.transaction() as writing:
            writing.execute(add, {"n": 2})
        assert [row["n"] for row in reading.rows(look, {})] == [1], "as when it first looked"
    database.close()


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:{tmp_path / 'x.db'}")
    database.create(["CREATE TABLE t (n INTEGER)"])
    add = query("add", "INSERT INTO t VALUES (1)")
    with (
        pytest.raises(UnavailableError, match="readonly"),
        database.reader().transaction() as reading,
    ):
        reading.execute(add, {})
    with pytest.raises(InvariantError, match="creates nothing"):
        database.reader().create(["CREATE TABLE u (n INTEGER)"])
    database.close()
