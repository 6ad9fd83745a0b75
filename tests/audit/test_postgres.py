"""The same record on a real PostgreSQL, with writers that commit late, at random, or never."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest

from interlock.audit import GENESIS, Entry, Head, order, sealing, tables, trail
from interlock.audit.finding import Fault
from interlock.audit.notes import signer
from interlock.audit.verification import verify
from interlock.audit.witness import Witness
from interlock.cases import commands
from interlock.cases import store as cases
from interlock.foundation.clock import SystemClock
from interlock.foundation.database import PostgresDatabase
from interlock.testing.postgres_server import PostgresServer

pytestmark = pytest.mark.postgres
AT = datetime(2026, 3, 30, tzinfo=UTC)


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(postgres.new_database())
    tables.create(opened)
    cases.create(opened)
    yield opened
    opened.close()


class Rollback(Exception):  # noqa: N818 (a wish, not an error)
    pass


def perhaps_roll_back(rng: random.Random) -> None:
    if rng.random() < 0.2:
        raise Rollback


def write(database: PostgresDatabase, writer: int, written: dict[str, Head]) -> None:
    rng = random.Random(writer)
    for number in range(25):
        stream = f"run-{writer}-{number % 5}"
        try:
            with database.transaction() as connection:
                before = written.get(stream, GENESIS)
                entry = Entry(
                    action="run.parked",
                    at=AT,
                    actor=f"worker:{writer}",
                    data={"number": number},
                    mentions={"n": f"{writer}-{number}"},
                )
                after = trail.append(connection, stream, before, [entry])
                time.sleep(rng.choice([0, 0.001, 0.02]))
                perhaps_roll_back(rng)
            written[stream] = after
        except Rollback:
            continue


class Reader:
    """Someone who follows the trail while it grows, and counts what was read."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.read: Counter[str] = Counter()
        self.stop = threading.Event()
        self._database = database

    def take_up(self) -> None:
        order.number(self._database)
        with self._database.transaction() as connection:
            page = order.take_up(connection, "test", 1_000)
        self.read.update(f"{entry.stream}#{entry.position}" for entry in page.entries)

    def until_stopped(self, *tasks: Callable[[], object]) -> None:
        while not self.stop.is_set():
            for task in tasks:
                task()


def together(*tasks: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    return threads


def test_no_entry_is_missed_or_read_twice_however_late_it_commits(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    heads: dict[str, Head] = {}
    key, witness, reader = signer(tmp_path / "k"), Witness(tmp_path / "w"), Reader(database)
    seal = partial(sealing.seal, database, SystemClock(), key, witness)
    number = partial(order.number, database)

    writers = together(*(partial(write, database, writer, heads) for writer in range(6)))
    readers = together(
        partial(reader.until_stopped, reader.take_up, seal),
        partial(reader.until_stopped, number),
    )
    for thread in writers:
        thread.join()
    reader.stop.set()
    for thread in readers:
        thread.join()
    reader.take_up()
    seal()

    committed = {f"{s}#{p}" for s, head in heads.items() for p in range(1, head.position + 1)}
    assert set(reader.read) == committed
    assert set(reader.read.values()) == {1}
    assert verify(database, heads, verifier=key, witness=witness).holds


def test_in_quiet_everything_settles(database: PostgresDatabase) -> None:
    heads: dict[str, Head] = {}
    write(database, 1, heads)
    for _ in range(3):
        order.number(database)
    with database.transaction() as connection:
        mark = order.mark(connection)
    assert mark.settled == mark.seen > 0


def test_a_transaction_that_stays_open_for_long_is_waited_for_and_then_read(
    database: PostgresDatabase,
) -> None:
    held, release = threading.Event(), threading.Event()

    def late() -> None:
        with database.transaction() as connection:
            trail.append(connection, "late", GENESIS, [Entry(action="a", at=AT, actor="w")])
            held.set()
            release.wait(120)

    thread = threading.Thread(target=late)
    thread.start()
    assert held.wait(60)
    write(database, 1, {})
    before = [order.number(database) for _ in range(5)][-1]
    release.set()
    thread.join()

    assert order.number(database) == before + 1
    with database.transaction() as connection:
        assert order.entries(connection, before, 10).entries[0].stream == "late"


def test_two_writers_on_one_head_are_not_both_accepted(database: PostgresDatabase) -> None:
    entry = Entry(action="a", at=AT, actor="w")
    with database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry])
    with pytest.raises(trail.StaleHeadError), database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry])


def test_the_tables_refuse_to_forget_and_a_superusers_change_is_found(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    heads: dict[str, Head] = {}
    write(database, 1, heads)
    key, witness = signer(tmp_path / "k"), Witness(tmp_path / "w")
    sealing.seal(database, SystemClock(), key, witness)
    raw = psycopg.connect(database._url)  # as a superuser who knows SQL
    for table in (b"audit_entry", b"audit_leaf", b"audit_seal"):
        for statement in (b"DELETE FROM " + table, b"TRUNCATE " + table):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                raw.execute(statement)
            raw.rollback()

    raw.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    raw.execute("UPDATE audit_entry SET actor = 'nobody' WHERE seq = 3")
    raw.commit()
    raw.close()

    report = verify(database, heads, verifier=key, witness=witness)
    assert [finding.fault for finding in report.findings if finding.fault is Fault.CHANGED]


def test_cases_follow_from_the_trail_here_too(database: PostgresDatabase) -> None:
    write(database, 1, {})
    assert commands.collect(database).opened == 5
    assert commands.collect(database).opened == 0
    with database.transaction() as connection:
        found = cases.queue(connection)
        assert cases.get(connection, found[0].id[:10]).case == found[0]
        assert len(found) == 5
