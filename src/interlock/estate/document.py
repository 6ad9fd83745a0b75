"""A document as it was read: its value, and where everything in it stands."""

from dataclasses import dataclass, field
from typing import Any

from interlock.foundation.place import Place


@dataclass(slots=True)
class Marks:
    """Where a value stands, and where its parts stand. Lines and columns count from 0."""

    line: int
    column: int
    width: int = 1
    parts: "dict[str | int, Marks]" = field(default_factory=dict)
    key: "Marks | None" = None
    """Of a mapping's value: where its key stands."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, and where everything in it stands."""

    file: str
    value: Any
    marks: Marks

    def place(self, *path: str | int, of_key: bool = False) -> Place:
        """Return the place of the value at `path`, or of the nearest thing around it."""
        marks = self.marks
        for name in path:
            found = marks.parts.get(name)
            if found is None:
                return self._place(marks)
            marks = found
        return self._place(marks.key if of_key and marks.key else marks)

    def _place(self, marks: Marks) -> Place:
        return Place(self.file, marks.line + 1, marks.column + 1, marks.width)
