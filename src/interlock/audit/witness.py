"""The witness: a file outside the database that remembers every seal, one JSON line each.

Append-only, flushed to disk. A copy kept where this machine's administrators cannot write makes a
rewritten trail detectable, because they can remake every hash but not that copy.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TAIL: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the witness file."""

    number: int
    size: int
    note: str
    restored: bool = False
    """From here on the record is an older state of itself, which came back."""


class Witness:
    """The file at `path`; it need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def last_size(self) -> int:
        """Return how many entries the last seal in the file covers; reads only the file's end."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - _TAIL, 0))
            found = [_parsed(0, line) for line in file.read().splitlines()]
        last = 0
        for line in found:
            if line:
                last = line.size if line.restored else max(last, line.size)
        return last

    def append(self, seals: Sequence[tuple[int, str]]) -> None:
        """Add one line for each (size, note)."""
        self._append([json.dumps({"size": size, "note": note}) for size, note in seals])

    def append_restored(self, size: int, note: str) -> None:
        """Say that the record ends at `size` again; what is above it in the file is lost."""
        self._append([json.dumps({"size": size, "note": note, "restored": True})])

    def _append(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._drop_torn_line()
        with self.path.open("ab") as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())

    def _drop_torn_line(self) -> None:
        """Cut off what a crash left behind the last line end; its seal is written again."""
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            start = max(file.seek(0, os.SEEK_END) - _TAIL, 0)
            file.seek(start)
            tail = file.read()
            if tail and not tail.endswith(b"\n"):
                file.truncate(start + tail.rfind(b"\n") + 1)

    def lines(self) -> Iterator[Line | int]:
        """Yield every ended line, or its number when it cannot be read."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield _parsed(number, line) or number


def _parsed(number: int, line: bytes) -> Line | None:
    try:
        kept = json.loads(line)
        restored = kept.get("restored") is True
        size, note = int(kept["size"]), str(kept["note"])
        return Line(number=number, size=size, note=note, restored=restored)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
