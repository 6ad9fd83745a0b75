"""What was agreed about the files with the people of the ERP: the connection's options, read once.

Nothing here can be guessed from a file, so a wrong option is an error when the system is opened.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from interlock.connectors.filedrop.sheet import Dialect
from interlock.connectors.port import Connection
from interlock.estate.kinds.declared import duration_of
from interlock.foundation.errors import UsageError

BOUND: Final = "26h"
"""An ERP that imports every night, and two hours' grace."""
REFUSED: Final = "refused"
ACCEPTED: Final = "accepted"
COLUMNS: Final[Mapping[str, str]] = {
    "customer": "name,email,street,city,postcode,country,vat",
    "invoice": (
        "customer,date,due,currency,description,lines.product,lines.description,"
        "lines.quantity,lines.amount,lines.tax,lines.account"
    ),
    "creditMemo": "invoice,date,currency,reason,lines.amount",
}
"""Object -> the columns of our file, as paths into the body; ``lines.`` are one row each."""
SUMMED: Final = "lines.amount"
CURRENCY: Final = "currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How files are written, when they leave, and when silence means that one did not arrive."""

    root: Path
    state: Path
    """Where the journal is kept: a local disk, never a network share."""
    dialect: Dialect
    columns: Mapping[str, tuple[str, ...]]
    amounts: frozenset[str]
    """The columns of the ERP's files that are amounts."""
    cut: timedelta | None
    """Documents leave together at every multiple of this (UTC); ``None``: each in its own file."""
    bound: timedelta
    """After this long an ERP that works has imported a file (F3)."""
    wait: timedelta
    """How long one write waits for the acknowledgement of its own file."""
    stale: timedelta
    """A file that is still without its end after this long is not being written any more."""
    refuses_repeats: bool
    """Whether the ERP refuses a reference that it has already."""
    folder_id: str = field(repr=False)

    def next_cut(self, now: datetime) -> datetime:
        """Return when a document that is written now leaves."""
        if self.cut is None:
            return now
        epoch = datetime(2000, 1, 1, tzinfo=UTC)
        return epoch + ((now - epoch) // self.cut + 1) * self.cut


def terms_of(connection: Connection) -> Terms:
    """Return the terms that `connection` states.

    Raises:
        UsageError: One of them cannot be meant.
    """
    options = dict(connection.options)
    root = _root(connection)
    repeats = options.get("repeats", ACCEPTED)
    if repeats not in {ACCEPTED, REFUSED}:
        raise _unfit(connection, "repeats", f"`{ACCEPTED}` or `{REFUSED}`")
    columns = {
        obj: tuple(options.get(f"columns.{obj}", default).split(","))
        for obj, default in COLUMNS.items()
    }
    return Terms(
        root=root,
        state=Path(options["state"]) if "state" in options else root / ".interlock",
        dialect=_dialect(connection, options),
        columns=columns,
        amounts=frozenset(options.get("amounts", "total,open").split(",")),
        cut=_duration(connection, "cut", "0s") or None,
        bound=_duration(connection, "bound", BOUND),
        wait=min(_duration(connection, "wait", "0s"), connection.timeout),
        stale=_duration(connection, "stale", "5m"),
        refuses_repeats=repeats == REFUSED,
        folder_id=connection.credential.get("folder_id", ""),
    )


def _root(connection: Connection) -> Path:
    parts = urlsplit(connection.url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not parts.path:
        raise UsageError(
            f"system `{connection.system}` has no usable folder",
            hint="Give it a URL like file:///srv/exchange/erp (a mounted folder).",
        )
    return Path(unquote(parts.path))


def _dialect(connection: Connection, options: Mapping[str, str]) -> Dialect:
    encoding = options.get("encoding", "utf-8")
    try:
        encoding = codecs.lookup(encoding).name
    except LookupError:
        raise _unfit(connection, "encoding", "an encoding, e.g. utf-8 or cp1252") from None
    delimiter, quote = options.get("delimiter", ";"), options.get("quote", '"')
    decimal = options.get("decimal", ",")
    if len(delimiter) != 1 or delimiter in "\r\n'" or delimiter == quote:
        raise _unfit(connection, "delimiter", "one character other than the quote")
    if len(quote) != 1 or quote in "\r\n'":
        raise _unfit(connection, "quote", "one character other than the apostrophe")
    if f"end{delimiter}{quote}".encode(encoding, "replace") != f"end{delimiter}{quote}".encode():
        raise _unfit(connection, "encoding", "one that writes ASCII as ASCII, e.g. cp1252")
    if decimal not in {",", "."}:
        raise _unfit(connection, "decimal", "`,` or `.`")
    return Dialect(delimiter=delimiter, quote=quote, encoding=encoding, decimal=decimal)


def _duration(connection: Connection, name: str, default: str) -> timedelta:
    try:
        found = duration_of(connection.options.get(name, default))
    except ValueError:
        found = None
    if not isinstance(found, timedelta):
        raise _unfit(connection, name, "a duration such as 15m or 26h")
    return found


def _unfit(connection: Connection, option: str, meant: str) -> UsageError:
    return UsageError(
        f"option `{option}` of system `{connection.system}` is not {meant}",
        hint=f"Correct INTERLOCK_{connection.system.upper()}_OPTIONS; see the connector's README.",
    )
