"""Between the rows of a table and records; between a request's body and columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from interlock.connectors.kit.dotted import placed
from interlock.connectors.port import Body, Record, Request
from interlock.connectors.sql.database import Row, Sayings
from interlock.connectors.sql.values import (
    UnfitError,
    from_column,
    id_of,
    moment_of,
    to_column,
)
from interlock.estate.kinds.sql import SqlObject
from interlock.expression.errors import did_you_mean

ID = "id"
REFERENCE = "reference"


class UnknownFieldError(ValueError):
    """A body has what no column keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row that was read."""

    record: Record
    reference: str
    deleted: bool


def kept(what: SqlObject, row: Row) -> Kept:
    """Return a row as a record.

    Raises:
        UnfitError: A column holds what it was not declared to hold.
    """
    key, reference, modified, deleted, *rest = row
    told = "" if reference is None else id_of(reference)
    version = None if modified is None else moment_of(modified).isoformat()
    body: dict[str, object] = {ID: id_of(key), REFERENCE: told or None}
    for (path, column), value in zip(what.fields.items(), rest, strict=True):
        try:
            body = placed(body, path, from_column(column.type, value))
        except UnfitError as error:
            raise UnfitError(f"column `{column.column}`: {error}") from error
    return Kept(
        record=Record(ref=id_of(key), body=body, version=version),
        reference=told,
        deleted=deleted not in (None, False, 0, ""),
    )


def assigned(what: SqlObject, request: Request, sayings: Sayings) -> dict[str, object]:
    """Return the columns that `request` sets, without the reference.

    Raises:
        UnknownFieldError: It sets a field that no column keeps.
        UnfitError: A value does not fit its column.
    """
    found: dict[str, object] = {}
    for path, value in _leaves(what, request.body, ""):
        if path == REFERENCE and value == request.key:
            continue
        column = what.fields.get(path)
        if column is None:
            raise UnknownFieldError(f"no column keeps `{path}`{did_you_mean(path, what.fields)}")
        try:
            found[column.column] = sayings.bound(to_column(column.type, value))
        except UnfitError as error:
            raise UnfitError(f"`{path}` is {error}") from error
    return found


def _leaves(what: SqlObject, body: Body, above: str) -> Iterator[tuple[str, object]]:
    for name, value in body.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping) and path not in what.fields:
            yield from _leaves(what, value, f"{path}.")
        else:
            yield path, value
