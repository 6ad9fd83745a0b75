"""Where something was declared: file, line and column, and the lines around it."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a declared file. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0
    width: int = field(default=1, compare=False)
    """How many characters the caret underlines."""

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int, *, width: int = 1) -> "Place":
        """Return the place `columns` to the right: a position inside a one-line scalar."""
        return Place(self.file, self.line, self.column + columns, width)


Where = Callable[[], Place]
"""Finds a place; asked only when somebody wants to read it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What was declared somewhere."""

    where: Where = field(repr=False, compare=False)
    """Finds where; asked only when somebody wants to read it there."""

    @property
    def place(self) -> Place:
        """Return where it is declared."""
        return self.where()


def snippet(place: Place, source: str) -> str:
    """Return the source line of `place` with a caret line below it; empty if it has none."""
    lines = source.splitlines()
    if not 0 < place.line <= len(lines):
        return ""
    text = lines[place.line - 1]
    lead = "".join("\t" if char == "\t" else " " for char in text[: max(place.column - 1, 0)])
    return f"{text}\n{lead}{'^' * max(place.width, 1)}"
