"""CSV as two parties agreed on it: delimiter, quote, encoding and decimal sign are declared.

Every cell is quoted (RFC 4180). A text that a spreadsheet would take for a formula gets an
apostrophe in front, and loses it again on reading; amounts are written by us and need none.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.connectors.kit.document import MAX_NUMBER_CHARACTERS, plain

Cell = str | int | Decimal
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
MAX_CELL: Final = 32_000
"""More than any field of a document; a longer one is a file that was cut or forged."""


class SheetError(ValueError):
    """The cells cannot be written, or the bytes cannot be read; says why in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the two parties write CSV."""

    delimiter: str = ";"
    quote: str = '"'
    encoding: str = "utf-8"
    decimal: str = ","

    def write(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        """Return `rows` as a file.

        Raises:
            SheetError: A character does not exist in the encoding, or may not stand in a cell.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_ALL,
            lineterminator="\r\n",
        )
        writer.writerows([self._spelled(cell) for cell in row] for row in rows)
        try:
            return text.getvalue().encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SheetError(
                f"the character {error.object[error.start]!r} does not exist in {self.encoding}"
            ) from None

    def _spelled(self, cell: Cell) -> str:
        if isinstance(cell, Decimal):
            return plain(cell).replace(".", self.decimal)
        if isinstance(cell, int):
            return str(cell)
        if "\x00" in cell or len(cell) > MAX_CELL:
            raise SheetError("a cell is too long or has a character that no cell may have")
        return f"'{cell}" if _FORMULA.match(cell) else cell

    def read(self, content: bytes) -> list[list[str]]:
        """Return the rows of a file.

        Raises:
            SheetError: It is not such a file.
        """
        try:
            text = content.decode("utf-8-sig" if self.encoding == "utf-8" else self.encoding)
            rows = csv.reader(
                io.StringIO(text, newline=""),
                delimiter=self.delimiter,
                quotechar=self.quote,
                strict=True,
            )
            return [[_unguarded(cell) for cell in row] for row in rows if row]
        except UnicodeDecodeError:
            raise SheetError(f"it is not {self.encoding}") from None
        except csv.Error as error:
            raise SheetError(f"it is not CSV as agreed: {error}") from None

    def amount(self, text: str) -> Decimal:
        """Return the amount that `text` says; thousands are not grouped, nothing is guessed.

        Raises:
            SheetError: It is no amount.
        """
        form = rf"[+-]?[0-9]+(?:{re.escape(self.decimal)}[0-9]+)?"
        if len(text) > MAX_NUMBER_CHARACTERS or not re.fullmatch(form, text):
            raise SheetError(f"`{text[:40]}` is no amount (the decimal sign is `{self.decimal}`)")
        return Decimal(text.replace(self.decimal, "."))


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
