"""The published table in PostgreSQL: whoever reads it sees one version whole, never half of two.

The rows are copied beside the table, and only those that differ are changed in it: readers are not
locked out meanwhile. What stands there is noted, so that nothing is done twice.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import psycopg
from psycopg import sql

from interlock.estate.table import Table
from interlock.foundation.errors import UnavailableError
from interlock.products.cell import Cell, spelled
from interlock.products.staging import TYPES
from interlock.products.version import Version

SCHEMA: Final = "products"
_NOTED: Final = sql.SQL(
    "CREATE TABLE IF NOT EXISTS products.published (name text PRIMARY KEY, "
    "version integer NOT NULL, contract text NOT NULL, digest text NOT NULL, "
    "published_at timestamptz NOT NULL)"
)
_TYPES: Final = {**TYPES, "string": "text", "number": "numeric"}


def deliver(url: str, table: Table, version: Version, rows: Iterable[Sequence[Cell]]) -> bool:
    """Let the table in PostgreSQL be `version`; return whether anything had to be written.

    Raises:
        UnavailableError: The database is away, or refuses: what stood there stands.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return _deliver(connection, table, version, rows)
    except psycopg.Error as error:
        raise UnavailableError(
            f"`{version.name}` {version.number} is published, and not yet in PostgreSQL: {error}",
            hint="Readers there see the version before. The next build delivers it.",
        ) from error


def _deliver(
    connection: psycopg.Connection, table: Table, version: Version, rows: Iterable[Sequence[Cell]]
) -> bool:
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('interlock.products'))")
    connection.execute("CREATE SCHEMA IF NOT EXISTS products")
    connection.execute(_NOTED)
    noted = connection.execute(
        "SELECT digest, contract FROM products.published WHERE name = %s", [version.name]
    ).fetchone()
    if noted == (version.digest, version.contract):
        return False
    name = sql.Identifier(SCHEMA, table.name)
    if noted is None or noted[1] != version.contract:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        connection.execute(_created(name, table))
    _exchanged(connection, name, table, rows)
    connection.execute(
        "INSERT INTO products.published VALUES (%s, %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE "
        "SET version = excluded.version, contract = excluded.contract, digest = excluded.digest, "
        "published_at = excluded.published_at",
        [version.name, version.number, version.contract, version.digest, version.published_at],
    )
    return True


def _created(name: sql.Identifier, table: Table) -> sql.Composed:
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(each.name), sql.SQL(_TYPES[each.logical]))
        for each in table.columns
    ]
    key = [sql.Identifier(each.name) for each in table.key]
    return sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
        name, sql.SQL(", ").join(columns), sql.SQL(", ").join(key)
    )


def _exchanged(
    connection: psycopg.Connection,
    name: sql.Identifier,
    table: Table,
    rows: Iterable[Sequence[Cell]],
) -> None:
    """Copy all rows beside the table, and change in it only what differs."""
    connection.execute(
        sql.SQL("CREATE TEMP TABLE coming (LIKE {} INCLUDING ALL) ON COMMIT DROP").format(name)
    )
    with connection.cursor().copy("COPY coming FROM STDIN") as copy:
        for row in rows:
            copy.write_row([spelled(each) for each in row])
    columns = [sql.Identifier(each.name) for each in table.columns]
    key = [sql.Identifier(each.name) for each in table.key]
    same = sql.SQL(" AND ").join(
        sql.SQL("t.{0} IS NOT DISTINCT FROM c.{0}").format(c) for c in columns
    )
    again = sql.SQL(" AND ").join(sql.SQL("t.{0} = c.{0}").format(each) for each in key)
    connection.execute(
        sql.SQL(
            "DELETE FROM {} t WHERE NOT EXISTS (SELECT 1 FROM coming c WHERE {} AND {})"
        ).format(name, again, same)
    )
    connection.execute(
        sql.SQL(
            "INSERT INTO {0} SELECT * FROM coming c "
            "WHERE NOT EXISTS (SELECT 1 FROM {0} t WHERE {1})"
        ).format(name, again)
    )
