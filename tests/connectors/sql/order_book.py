"""The database of the documentation, made in SQLite or PostgreSQL; and one behind a trap.

The shared suite speaks of requests and answers: here a COMMIT is a write, and rows are an answer.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from interlock.connectors import catalogue
from interlock.connectors.catalogue import open_connector
from interlock.connectors.kit.exchange import Intent
from interlock.connectors.port import Connection, Connector
from interlock.connectors.sql.database import DatabaseFailed, Phase, Row
from interlock.connectors.sql.opening import database_of
from interlock.estate.estate import Estate
from interlock.estate.kinds.sql import SqlOptions, SqlSystem
from interlock.estate.problem import Problem
from interlock.estate.reading.load import read_texts
from interlock.foundation.clock import SystemClock
from interlock.testing.bench import Bench
from interlock.testing.transports import Spoil, Trap, When

PAGE = Path(__file__).parents[3] / "docs/connectors/sql.md"
APPLICATION = 411_206
COMMITTED = b"committed"
REFUSED = b"ERROR "
OVER_QUOTA = 429
ENOUGH = 2**20
Run = Callable[[str, Sequence[object]], list[Any]]

COLUMNS = {
    "customers": "crm_id TEXT UNIQUE, name TEXT NOT NULL, city TEXT, active {boolean},"
    " deleted_at {moment}",
    "invoices": "external_ref TEXT UNIQUE, customer TEXT, state TEXT DEFAULT 'posted',"
    " currency TEXT, total {decimal} CHECK (CAST(total AS {number}) < 1000000),"
    " posted_on {date}, lines {json}",
    "interlock_keys": "",
}
KEYS = (
    "key TEXT PRIMARY KEY, operation TEXT NOT NULL, fingerprint TEXT NOT NULL, ref TEXT NOT NULL"
)
SQLITE = {
    "id": "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "changed": "changed_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
    "boolean": "INTEGER",
    "moment": "TEXT",
    "decimal": "TEXT",
    "date": "TEXT",
    "json": "TEXT",
    "number": "REAL",
}
POSTGRES = {
    "id": "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "changed": "changed_at timestamptz DEFAULT clock_timestamp()",
    "boolean": "boolean",
    "moment": "timestamptz",
    "decimal": "numeric(20, 4)",
    "date": "date",
    "json": "jsonb",
    "number": "numeric",
}


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def problems_of(text: str) -> list[Problem]:
    reading = read_texts({"a.estate.yaml": text}, capabilities=catalogue.every())
    return [each for each in reading.problems if each.code in {"EST103", "EST104"}]


def estate_of(text: str) -> Estate:
    assert problems_of(text) == []
    return read_texts({"a.estate.yaml": text}, capabilities=catalogue.every()).estate


def options_of(text: str) -> SqlOptions:
    system = estate_of(text).systems["warehouse"]
    assert isinstance(system, SqlSystem)
    return system.spec.options


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The database and a way around the connector."""

    connection: Connection
    session: Callable[[], AbstractContextManager[Run]]
    wrong: dict[str, str]

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self.session() as run:
            return run(statement, values)

    def open(self, transport: object = None) -> Connector:
        return open_connector(self.connection, SystemClock(), name="sql", transport=transport)

    def seeded(self, table: str, **values: object) -> str:
        return self.many(table, 1, **values)[0]

    def many(self, table: str, count: int, **values: object) -> list[str]:
        names = ", ".join(values)
        places = ", ".join("?" for _ in values)
        text = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id"  # noqa: S608 (of tests)
        with self.session() as run:
            return [str(run(text, list(values.values()))[0][0]) for _ in range(count)]


def _schema(types: dict[str, str]) -> Iterator[str]:
    for table, columns in COLUMNS.items():
        own = f"{types['id']}, {types['changed']}, {columns.format(**types)}" if columns else KEYS
        yield f"CREATE TABLE {table} ({own})"


def _connection(url: str, scheme: str, credential: dict[str, str], text: str) -> Connection:
    return Connection(
        system="warehouse",
        url=url,
        credential=credential,
        scheme=scheme,
        timeout=timedelta(seconds=60),
        declared=options_of(text or example()),
    )


def sqlite_book(path: Path, text: str = "") -> Book:
    @contextmanager
    def session() -> Iterator[Run]:
        with closing(sqlite3.connect(path, isolation_level=None)) as opened:
            yield lambda text, values: opened.execute(text, tuple(values)).fetchall()

    with session() as run:
        run(f"PRAGMA application_id = {APPLICATION}", ())
        for statement in _schema(SQLITE):
            run(statement, ())
    credential = {"application_id": str(APPLICATION)}
    return Book(
        connection=_connection(f"sqlite://{path}", "database-file", credential, text),
        session=session,
        wrong={"application_id": "7"},
    )


def postgres_book(url: str, text: str = "") -> Book:
    @contextmanager
    def session() -> Iterator[Run]:
        with psycopg.connect(url, autocommit=True) as opened:

            def run(statement: str, values: Sequence[object]) -> list[Any]:
                text = statement.replace("?", "%s").encode()
                found = opened.execute(text, tuple(values) or None)
                return found.fetchall() if found.description else []

            yield run

    with session() as run:
        for statement in _schema(POSTGRES):
            run(statement, ())
    credential = {"username": "interlock", "password": "not-looked-at-here"}
    bare = url.replace("&user=interlock", "")
    return Book(
        connection=_connection(bare, "password", credential, text),
        session=session,
        wrong={"username": "nobody-at-all", "password": "wrong"},
    )


class _Exchange(httpx2.BaseTransport):
    def __init__(self) -> None:
        self.happen: Callable[[], bytes] = bytes

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=self.happen(), request=request)


class TrappedDatabase:
    """A database whose commits and rows go through a trap."""

    def __init__(self, inner: Any, trap: Trap, exchange: _Exchange) -> None:
        self.sayings = inner.sayings
        self._inner = inner
        self._trap = trap
        self._exchange = exchange

    @contextmanager
    def session(self, intent: Intent) -> "Iterator[TrappedSession]":
        with self._inner.session(intent) as session:
            yield TrappedSession(session, intent, self._asked)

    def _asked(self, method: str, happen: Callable[[], bytes]) -> tuple[int, bytes]:
        self._exchange.happen = happen
        found = b""
        try:
            response = self._trap.handle_request(httpx2.Request(method, "http://database/"))
            for chunk in response.iter_bytes():
                found += chunk
                if len(found) > ENOUGH:
                    break
        except httpx2.ConnectError:
            raise DatabaseFailed(Phase.OPENING, code="", message="refused") from None
        except httpx2.HTTPError:
            raise DatabaseFailed(Phase.COMMITTING, code="", message="lost") from None
        return response.status_code, found


class TrappedSession:
    def __init__(
        self, inner: Any, intent: Intent, asked: Callable[..., tuple[int, bytes]]
    ) -> None:
        self._inner = inner
        self._intent = intent
        self._asked = asked

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        rows: list[Row] = self._inner.run(statement, values)
        if self._intent is Intent.WRITE:
            return rows
        true = json.dumps(rows, default=str).encode()
        _, said = self._asked("GET", lambda: true)
        if said == true:
            return rows
        try:
            found = json.loads(said)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(
            isinstance(row, list) and len(row) == len(rows[0]) for row in found if rows
        ):
            raise DatabaseFailed(Phase.RUNNING, code="", message="nonsense")
        if found and not rows:
            raise DatabaseFailed(Phase.RUNNING, code="", message="nonsense")
        return [tuple(row) for row in found]

    def commit(self) -> None:
        def commit() -> bytes:
            self._inner.commit()
            return COMMITTED

        status, said = self._asked("POST", commit)
        if status == OVER_QUOTA:
            raise DatabaseFailed(Phase.RUNNING, code="53300", message="too many connections")
        if said.startswith(REFUSED):
            message = said.removeprefix(REFUSED).decode()
            raise DatabaseFailed(Phase.COMMITTING, code="23514", message=message)
        if said != COMMITTED:
            raise DatabaseFailed(Phase.COMMITTING, code="", message="nonsense")


class SqlBench(Bench):
    """A bench whose transport is a database."""

    def open(self, transport: object = None) -> Connector:
        return open_connector(self.connection, SystemClock(), name="sql", transport=transport)

    def trapped(
        self, spoil: Spoil, *, when: When | None = None, times: int = 10**6
    ) -> tuple[Connector, Trap]:
        exchange = _Exchange()
        trap = Trap(exchange, spoil, when=when or self.is_write, times=times)
        declared = self.connection.declared
        assert isinstance(declared, SqlOptions)
        inner = database_of(self.connection, declared, SystemClock())
        return self.open(TrappedDatabase(inner, trap, exchange)), trap
