"""From a connection to the database that it means."""

from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from interlock.connectors.kit.auth import credential, unknown_scheme
from interlock.connectors.port import Connection
from interlock.connectors.sql.capability import CAPABILITIES, FILE, PASSWORD
from interlock.connectors.sql.database import Database
from interlock.connectors.sql.sqlite import Sqlite, SqliteSayings
from interlock.estate.kinds.sql import SqlOptions
from interlock.foundation.clock import Clock
from interlock.foundation.destination import judged
from interlock.foundation.errors import UsageError

POSTGRES: Final = frozenset({"postgresql", "postgres"})


def database_of(connection: Connection, options: SqlOptions, clock: Clock) -> Database:
    """Return the database of `connection`; nothing is opened yet.

    Raises:
        UsageError: The URL, the scheme or the credential does not do.
    """
    parts = urlsplit(connection.url)
    patience = min(options.statementTimeout or connection.timeout, connection.timeout)
    if parts.scheme == "sqlite" and not parts.netloc and parts.path.startswith("/"):
        return _sqlite(connection, Path(unquote(parts.path)), patience, clock)
    if parts.scheme in POSTGRES and parts.username is None and parts.password is None:
        return _postgres(connection, patience)
    raise UsageError(
        f"system `{connection.system}` has no usable URL",
        hint="Give sqlite:///srv/app.db or postgresql://host/name, without user and password.",
    )


def _sqlite(connection: Connection, path: Path, patience: timedelta, clock: Clock) -> Sqlite:
    if connection.scheme != FILE:
        raise unknown_scheme(connection, frozenset({FILE}))
    given = credential(connection, "application_id")
    if not given.isascii() or not given.isdigit():
        raise UsageError(
            f"the `application_id` of system `{connection.system}` is no number",
            hint="Ask the file: PRAGMA application_id. It must not be 0.",
        )
    return Sqlite(
        path=path,
        application_id=int(given),
        patience=patience,
        clock=clock,
        sayings=SqliteSayings(),
    )


def _postgres(connection: Connection, patience: timedelta) -> Database:
    from interlock.connectors.sql.postgres import POSTGRES_PORT, Postgres, PostgresSayings

    if connection.scheme != PASSWORD:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes - {FILE})
    if _aside(connection.url):
        raise UsageError(
            f"the URL of system `{connection.system}` names its host behind the `?`",
            hint="Write postgresql://HOST:PORT/NAME, so that it is judged where it leads.",
        )
    login = {name: credential(connection, name) for name in ("username", "password")}
    return Postgres(
        url=connection.url,
        login=login,
        patience=patience,
        sayings=PostgresSayings(),
        addresses=lambda: _addresses(connection, POSTGRES_PORT),
    )


def _aside(url: str) -> bool:
    """Tell whether parameters name a host; the folder of a socket is none."""
    asked = parse_qs(urlsplit(url).query)
    hosts = [each for value in asked.get("host", []) for each in value.split(",")]
    return "hostaddr" in asked or any(not each.startswith("/") for each in hosts)


def _addresses(connection: Connection, port: int) -> tuple[str, ...]:
    """Return the addresses of the server that may be connected to, looked up and judged now.

    A URL without a host means a socket of this machine, which is no network.

    Raises:
        RefusedError: One of them is not public and not declared.
        UnavailableError: It has no address now.
    """
    parts = urlsplit(connection.url)
    if not parts.hostname:
        return ()
    return judged("https", parts.hostname, parts.port or port, connection.outbound.allowed)
