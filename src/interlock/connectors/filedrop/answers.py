"""What the ERP writes: acknowledgements of our batches, and its ledger.

Both are CSV in the agreed dialect. The first column says what a row is: ``begin`` (as of when, by
the ERP's clock), ``file`` (what became of a whole batch), ``line`` (one document), ``total``
(count and sum of a currency) and ``end`` (how many lines). A file is read whole or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from interlock.connectors.filedrop.capability import CAPABILITIES
from interlock.connectors.filedrop.sheet import SheetError
from interlock.connectors.filedrop.terms import Terms
from interlock.connectors.kit.document import plain
from interlock.foundation.clock import from_iso

OBJECTS: Final = frozenset(name.partition(".")[0] for name in CAPABILITIES.operations)
NEEDED: Final = frozenset({"record", "object", "reference", "number"})
ABOUT: Final = frozenset({"record", "object", "result", "code", "reason"})
"""Columns that speak of the answer and not of the document."""
KINDS: Final = frozenset({"begin", "file", "line", "total", "end"})
Cells = Mapping[str, str]


class Result(StrEnum):
    """What became of a document or a batch; another word makes the whole file unreadable (F19)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    APPROVAL = "awaiting-approval"


class UnfinishedError(ValueError):
    """The file has no end: it is being written, or its writer died."""


class UnreadableFileError(ValueError):
    """The file is whole and wrong; says why in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One document as the ERP speaks of it."""

    obj: str
    reference: str
    number: str
    result: str
    """What became of it; empty in a ledger."""
    code: str
    reason: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A file of the ERP."""

    as_of: datetime
    name: str
    """Of an acknowledgement: the batch. Of a ledger: the object."""
    file: Line | None
    lines: Sequence[Line]


def answer_of(content: bytes, terms: Terms) -> Answer:
    """Return what a file says, after its control totals held.

    Raises:
        UnfinishedError: It has no end.
        UnreadableFileError: It is not such a file, or its totals do not hold.
    """
    try:
        rows = terms.dialect.read(content)
        return _answer(list(_named(rows)), terms)
    except SheetError as error:
        problem = UnreadableFileError if _has_end(content, terms) else UnfinishedError
        raise problem(str(error)) from None


def _has_end(content: bytes, terms: Terms) -> bool:
    """Tell whether the last line is an end, in a file that cannot be read otherwise."""
    last = content.rstrip(b"\r\n").rpartition(b"\n")[2].decode("ascii", "replace")
    quote, delimiter = terms.dialect.quote, terms.dialect.delimiter
    return last.startswith((f"{quote}end{quote}{delimiter}", f"end{delimiter}"))


def _named(rows: Sequence[Sequence[str]]) -> Iterator[Cells]:
    """Return the rows by column names.

    A last row that is not the end, or is cut short, means that the rest has yet to come.
    """
    if len(rows) < 2 or rows[-1][0] != "end":  # noqa: PLR2004 (a head and an end)
        raise UnfinishedError("it has no `end`")
    head = rows[0]
    missing = sorted(NEEDED - set(head))
    if missing or len(set(head)) != len(head):
        raise UnreadableFileError(f"its columns lack {', '.join(missing) or 'different names'}")
    for row in rows[1:]:
        if len(row) != len(head) or row[0] not in KINDS:
            raise UnreadableFileError("a row has not the form that was agreed")
        yield dict(zip(head, row, strict=True))


def _answer(rows: Sequence[Cells], terms: Terms) -> Answer:
    begin, end = rows[0], rows[-1]
    if begin["record"] != "begin":
        raise UnreadableFileError("its first row is not `begin`")
    lines = [row for row in rows if row["record"] == "line"]
    if str(len(lines)) != end["number"]:
        raise UnreadableFileError(f"it has {len(lines)} lines, and its end says {end['number']}")
    if begin["object"] != end["object"]:
        raise UnreadableFileError("its end is of another file")
    _prove(rows, lines, terms)
    whole = [row for row in rows if row["record"] == "file"]
    return Answer(
        as_of=_moment(begin["reference"]),
        name=begin["object"],
        file=_line(whole[0], terms) if whole else None,
        lines=[_line(row, terms) for row in lines],
    )


def _prove(rows: Sequence[Cells], lines: Sequence[Cells], terms: Terms) -> None:
    """Raise unless every control total is the sum of its lines."""
    for total in rows:
        if total["record"] != "total":
            continue
        own = [row for row in lines if row.get("currency") == total["reference"]]
        amounts = [terms.dialect.amount(row["total"]) for row in own if row.get("total")]
        stated = terms.dialect.amount(total.get("total", ""))
        if sum(amounts, Decimal(0)) != stated or str(len(own)) != total["number"]:
            raise UnreadableFileError(f"its lines do not add up to its total {plain(stated)}")


def _line(row: Cells, terms: Terms) -> Line:
    body: dict[str, object] = {}
    for column, cell in row.items():
        if column in ABOUT or not cell:
            continue
        is_amount = column in terms.amounts
        body[column] = plain(terms.dialect.amount(cell)) if is_amount else cell
    return Line(
        obj=row["object"],
        reference=row["reference"],
        number=row["number"],
        result=row.get("result", ""),
        code=row.get("code", ""),
        reason=row.get("reason", ""),
        body=body,
    )


def _moment(text: str) -> datetime:
    try:
        return from_iso(text)
    except ValueError:
        raise UnreadableFileError("its `begin` does not say as of when it is") from None
