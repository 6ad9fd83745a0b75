"""PostgreSQL, through psycopg."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.types.json import set_json_loads

from interlock.connectors.kit.document import parse
from interlock.connectors.kit.exchange import Intent
from interlock.connectors.sql.database import DatabaseFailed, Phase, Row
from interlock.foundation.errors import RefusedError, UnavailableError

POSTGRES_PORT: Final = 5432
REFUSED: Final = ("authentication failed", "no pg_hba.conf entry", "role ", "no password supplied")
"""A refused login has no SQLSTATE in libpq, only words."""
INVALID_AUTHORIZATION: Final = "28000"


class PostgresSayings:
    """How PostgreSQL is spoken to."""

    now: Final = "clock_timestamp()"
    unique: Final = (
        "SELECT 1 FROM pg_index AS kept JOIN pg_attribute AS part"
        " ON part.attrelid = kept.indrelid AND part.attnum = kept.indkey[0]"
        " WHERE kept.indrelid = CAST(CAST(? AS text) AS regclass) AND kept.indisunique"
        " AND kept.indisvalid AND kept.indimmediate AND kept.indpred IS NULL"
        " AND kept.indexprs IS NULL AND kept.indnkeyatts = 1 AND part.attname = ?"
    )

    def named(self, table: str) -> str:
        return ".".join(f'"{part}"' for part in table.split("."))

    def moment(self, column: str) -> str:
        return column

    def bound(self, value: object) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A database of a server."""

    url: str
    login: Mapping[str, str] = field(repr=False)
    patience: timedelta
    sayings: PostgresSayings
    addresses: Callable[[], Sequence[str]] = tuple
    """The addresses to connect to; the name of the URL is for the certificate then."""

    @contextmanager
    def session(self, intent: Intent) -> "Iterator[PostgresSession]":
        milliseconds = max(int(self.patience / timedelta(milliseconds=1)), 1)
        bounds = (
            f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} -c TimeZone=UTC"
            f" -c idle_in_transaction_session_timeout={milliseconds * 2}"
            " -c standard_conforming_strings=on -c default_transaction_isolation=read\\ committed"
        )
        try:
            addresses = self.addresses()
        except (RefusedError, UnavailableError) as error:
            raise DatabaseFailed(Phase.OPENING, code="", message=str(error)) from None
        try:
            opened = psycopg.connect(
                _pinned(self.url, addresses),
                user=self.login.get("username"),
                password=self.login.get("password"),
                options=bounds,
                application_name="interlock",
                connect_timeout=max(int(self.patience.total_seconds()), 2),
                tcp_user_timeout=milliseconds,
                prepare_threshold=None,
            )
        except (psycopg.Error, UnicodeError) as error:
            raise _failed(Phase.OPENING, error) from None
        opened.read_only = intent is Intent.READ
        set_json_loads(lambda text: parse(_as_bytes(text)), opened)
        try:
            yield PostgresSession(opened)
        finally:
            with suppress(psycopg.Error):
                opened.rollback()
            opened.close()


class PostgresSession:
    """One transaction of PostgreSQL."""

    def __init__(self, opened: "psycopg.Connection[Row]") -> None:
        self._opened = opened

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        # No identifier, literal or value of ours holds `?` or `%`: they are only placeholders.
        text = statement.replace("?", "%s").encode()
        try:
            found = self._opened.execute(text, tuple(values))
            return found.fetchall() if found.description else []
        except (psycopg.Error, UnicodeError, ValueError) as error:
            raise _failed(Phase.RUNNING, error) from None

    def commit(self) -> None:
        try:
            self._opened.commit()
        except psycopg.Error as error:
            raise _failed(Phase.COMMITTING, error) from None


def _pinned(url: str, addresses: Sequence[str]) -> str:
    """Return `url` led to `addresses`; libpq wants host and port for each of them."""
    if not addresses:
        return url
    parts, times = urlsplit(url), len(addresses)
    return make_conninfo(
        url,
        host=",".join([str(parts.hostname)] * times),
        port=",".join([str(parts.port or POSTGRES_PORT)] * times),
        hostaddr=",".join(addresses),
    )


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text)


def _failed(phase: Phase, error: Exception) -> DatabaseFailed:
    code, message = "", str(error)
    if isinstance(error, psycopg.Error):
        code = error.sqlstate or ""
        # Only its first sentence: DETAIL and CONTEXT quote whole rows.
        message = error.diag.message_primary or message.partition("\n")[0]
        if isinstance(error, psycopg.DataError) and not code:
            code = "22000"
    elif isinstance(error, (UnicodeError, ValueError)):
        code, message = "22021", type(error).__name__
    if phase is Phase.OPENING and not code and any(words in str(error) for words in REFUSED):
        code = INVALID_AUTHORIZATION
    return DatabaseFailed(phase, code=code, message=message)
