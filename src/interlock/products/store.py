"""Published versions in the database: which one is valid is said here, and nowhere else."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, cast

from interlock.foundation import values
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Row, one
from interlock.foundation.queries import load_queries
from interlock.products.version import Input, Promised, Sum, Version

_QUERIES: Final = load_queries("interlock.products")


def newest(connection: Connection, name: str, until: datetime | None = None) -> Version | None:
    """Return the valid version of a product, or the one that was valid at a moment."""
    wanted: dict[str, object] = {"name": name}
    query = _QUERIES["newest"]
    if until is not None:
        query, wanted = _QUERIES["newest_until"], {**wanted, "until": iso(until)}
    row = one(connection.rows(query, wanted))
    return None if row is None else _version(row)


def publish(connection: Connection, version: Version) -> None:
    """Make a version the valid one."""
    body = {
        "contract": version.contract,
        "digest": version.digest,
        "columns": [[each.name, each.logical, each.required] for each in version.columns],
        "table": version.table,
        "rows": version.rows,
        "estate": version.estate,
        "sums": [
            [each.figure, dict(each.by), each.currency, each.amount, each.rows]
            for each in version.sums
        ],
        "inputs": [
            [each.system, each.title, each.owner, each.contract, each.version, each.records]
            for each in version.inputs
        ],
        "read_at": version.read_at,
        "tests": version.tests,
    }
    row: dict[str, object] = {
        "name": version.name,
        "number": version.number,
        "published_at": iso(version.published_at),
        "body": values.dump(body),
    }
    connection.execute(_QUERIES["publish"], row)
    was_read(connection, version.name, version.number, version.read_at)


def was_read(connection: Connection, name: str, number: int, at: datetime) -> None:
    """Note that a version was found to be right still."""
    row: dict[str, object] = {"name": name, "number": number, "read_at": iso(at)}
    connection.execute(_QUERIES["was_read"], row)


def read_at(connection: Connection, version: Version) -> datetime:
    """Return when the sources of a version were read last."""
    row = one(connection.rows(_QUERIES["reading"], {"name": version.name}))
    if row is None or row["number"] != version.number:
        return version.read_at
    return from_iso(str(row["read_at"]))


def _version(row: Row) -> Version:
    body = cast("Mapping[str, object]", values.load(str(row["body"])))
    columns = cast("list[tuple[str, str, bool]]", body["columns"])
    sums = cast("list[tuple[str, dict[str, str], str, Decimal, int]]", body["sums"])
    inputs = cast("list[tuple[str, str, str, str, str, int]]", body["inputs"])
    return Version(
        name=str(row["name"]),
        number=cast("int", row["number"]),
        published_at=from_iso(str(row["published_at"])),
        contract=str(body["contract"]),
        digest=str(body["digest"]),
        table=str(body["table"]),
        rows=cast("int", body["rows"]),
        estate=str(body["estate"]),
        read_at=cast("datetime", body["read_at"]),
        tests=cast("int", body["tests"]),
        columns=[Promised(name=n, logical=kind, required=need) for n, kind, need in columns],
        sums=[
            Sum(figure=figure, by=by, currency=currency, amount=amount, rows=rows)
            for figure, by, currency, amount, rows in sums
        ],
        inputs=[
            Input(system=s, title=t, owner=o, contract=c, version=v, records=r)
            for s, t, o, c, v, r in inputs
        ],
    )
