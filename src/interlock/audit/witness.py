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
        return max((line.size for line in found if line), default=0)

    def append(self, seals: Sequence[tuple[int, str]]) -> None:
        """Add one line for each (size, note)."""
        if not seals:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"size": size, "note": note}) for size, note in seals]
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
        return Line(number=number, size=int(kept["size"]), note=str(kept["note"]))
    except (ValueError, KeyError, TypeError):
        return None
