"""One file for the ERP: its documents, its control totals, and a name that only they give.

The first column says what a row is: ``line`` (of a document; a document without lines has one),
``total`` (count and sum of a currency), ``end`` (the batch and how many documents it has). A file
whose last row is not its ``end`` is not whole.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, cast

from interlock.connectors.filedrop.sheet import Cell, Dialect, SheetError
from interlock.connectors.filedrop.terms import CURRENCY, SUMMED
from interlock.connectors.kit.dotted import pick
from interlock.connectors.port import Body

HEAD: Final = ("record", "reference", "line")
_LINES: Final = "lines."


class UnknownFieldError(ValueError):
    """The file has no column for a value: it would be lost without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document on its way into a batch."""

    key: str
    """Our reference."""
    body: Body
    fingerprint: str
    attempt: int


def batch_name(obj: str, documents: Sequence[Document], cut: datetime | None) -> str:
    """Return the file name that these documents always get."""
    told = "\n".join(f"{d.key}\t{d.fingerprint}\t{d.attempt}" for d in _sorted(documents))
    content = hashlib.sha256(f"{obj}\n{told}".encode()).hexdigest()[:16]
    stamp = "" if cut is None else f"{cut.astimezone(UTC):%Y%m%dT%H%M%SZ}-"
    return f"{obj}-{stamp}{content}"


def batch_file(
    name: str, documents: Sequence[Document], columns: Sequence[str], dialect: Dialect
) -> bytes:
    """Return the file.

    Raises:
        SheetError: A value cannot be written as agreed.
        UnknownFieldError: A value has no column.
    """
    rows: list[list[Cell]] = [[*HEAD, *columns]]
    counts: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for document in _sorted(documents):
        for number, line in enumerate(lines_of(document.body, columns), start=1):
            rows.append(["line", document.key, number, *line.values()])
            currency = str(line.get(CURRENCY) or "")
            counts[currency] = counts.get(currency, 0) + 1
            sums[currency] = sums.get(currency, Decimal(0)) + _amount(line.get(SUMMED, ""))
    if SUMMED in columns:
        for currency in sorted(counts):
            values = (sums[currency] if column == SUMMED else "" for column in columns)
            rows.append(["total", currency, counts[currency], *values])
    rows.append(["end", name, len(documents), *("" for _ in columns)])
    return dialect.write(rows)


def _sorted(documents: Sequence[Document]) -> list[Document]:
    return sorted(documents, key=lambda document: document.key)


def lines_of(body: Body, columns: Sequence[str]) -> list[dict[str, Cell]]:
    """Return the rows of one document: header values on every row, one row for each line.

    Raises:
        UnknownFieldError: The body has a value for which there is no column.
        SheetError: A value is neither text nor number.
    """
    lines = body.get("lines") or [{}]
    if not isinstance(lines, Sequence) or not all(isinstance(line, Mapping) for line in lines):
        raise SheetError("`lines` is not a list of objects")
    header = {name: value for name, value in body.items() if name != "lines"}
    every = set(_paths(header)) | {f"{_LINES}{path}" for line in lines for path in _paths(line)}
    unknown = sorted(every - set(columns))
    if unknown:
        raise UnknownFieldError(f"the file has no column for {', '.join(unknown)}")
    return [
        {column: _spelled(column, header, cast("Body", line)) for column in columns}
        for line in lines
    ]


def _spelled(column: str, header: Body, line: Body) -> Cell:
    cell = _cell(_value(column, header, line))
    return _amount(cell) if column == SUMMED and cell != "" else cell


def _value(column: str, header: Body, line: Body) -> object:
    if column.startswith(_LINES):
        return pick(line, column.removeprefix(_LINES))
    return pick(header, column)


def _paths(body: Mapping[str, object], before: str = "") -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{before}{name}.")
        elif value is not None:
            yield f"{before}{name}"


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, Decimal)):
        return value
    raise SheetError(f"a {type(value).__name__} cannot stand in a cell")


def _amount(value: Cell) -> Decimal:
    try:
        found = Decimal(value or 0)
    except ArithmeticError:
        raise SheetError("an amount is not a number") from None
    if not found.is_finite():
        raise SheetError("an amount is not a number")
    return found
