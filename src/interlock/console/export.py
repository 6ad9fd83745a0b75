"""Rows as CSV that a spreadsheet only shows: no cell of it is ever a formula (OWASP, CWE-1236)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from interlock.console.door import File

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_WIDE: Final = ("＝", "＋", "－", "＠")  # noqa: RUF001 (spreadsheets read these as the narrow ones)
"""What a spreadsheet may take for the beginning of a formula."""


def cell(value: object) -> str:
    """Return a value as a cell: a vendor wrote some of it."""
    text = "" if value is None else str(value)
    begin = text.lstrip(" \u00a0\ufeff")
    return f"'{text}" if begin.startswith((*_FORMULA, *_WIDE)) else text


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> File:
    """Return rows as a file."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    # The mark tells spreadsheets that it is UTF-8.
    return File(
        body=("\ufeff" + out.getvalue()).encode("utf-8", "replace"),
        kind="text/csv; charset=utf-8",
        name=f"{name}.csv",
    )
