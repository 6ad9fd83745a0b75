"""Which records are there: Odoo leaves no trace of what is deleted, so they are counted (F20).

Every so often the ids of all records are asked for, and compared with those of the last time. What
is missing is then read: only a read that shows nothing, and refuses nothing, means deleted; a
rule that hides a record from us is no deletion. The ids travel in the cursor as ranges, because a
connector keeps nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.odoo import operations
from interlock.connectors.odoo.answers import ids_of, rows_of
from interlock.connectors.odoo.models import Model
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.port import CallFailed, Kind

EVERY: Final = timedelta(minutes=10)
"""How often they are counted; option ``census`` (seconds), 0: never."""
PAGE: Final = 20_000
MOST_PAGES: Final = 500
MOST_RANGES: Final = 4_000
"""So many fit into a cursor; of a table with more holes only the newest records are watched."""
STORED: Final = "write_date"
"""What is read of them: a read of the id alone shows any id that it is asked for, gone or not."""
_BREAK: Final = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Whose ids were there, and when that was."""

    at: datetime
    ranges: Sequence[tuple[int, int]]
    """First and last id of each run of ids, in order."""

    def text(self) -> str:
        """Return the opaque form."""
        runs = (str(a) if a == b else f"{a}-{b}" for a, b in self.ranges)
        return f"{self.at.isoformat()}{_BREAK}{','.join(runs)}"

    def missing(self, there: Sequence[tuple[int, int]]) -> list[int]:
        """Return the ids that were there and are not any more."""
        now = {ref for a, b in there for ref in range(a, b + 1)}
        return [ref for a, b in self.ranges for ref in range(a, b + 1) if ref not in now]


def census_of(text: str) -> Census | None:
    """Return the census that `Census.text` wrote; ``None`` where none was taken yet.

    Raises:
        ValueError: It is none.
    """
    if not text:
        return None
    moment, _, runs = text.partition(_BREAK)
    found = [run.partition("-") for run in runs.split(",") if run]
    ranges = tuple((int(first), int(last or first)) for first, _, last in found)
    return Census(at=datetime.fromisoformat(moment).astimezone(UTC), ranges=ranges)


def ranges_of(refs: Iterable[int]) -> list[tuple[int, int]]:
    """Return ids as ranges: the newest, where there are too many."""
    ordered = sorted(set(refs))
    if not ordered:
        return []
    breaks = [number for number, (a, b) in enumerate(pairwise(ordered), 1) if b != a + 1]
    starts, ends = [0, *breaks], [*breaks, len(ordered)]
    found = [(ordered[a], ordered[b - 1]) for a, b in zip(starts, ends, strict=True)]
    return found[-MOST_RANGES:]


class Counter:
    """Counts the records of a model."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def taken(self, model: Model, now: datetime, scope: Scope) -> Census:
        """Return whose ids are there.

        Raises:
            CallFailed: It could not be found out.
        """
        return Census(at=now, ranges=ranges_of(self._ids(model, scope)))

    def _ids(self, model: Model, scope: Scope) -> Iterator[int]:
        last = 0
        for number in count(1):
            domain = [*model.domain, ["id", ">", last]]
            answer = self._channel.ask(operations.ids(model.name, domain, PAGE, scope))
            found = ids_of(answer)
            yield from found
            if len(found) < PAGE:
                return
            if found[-1] <= last or number == MOST_PAGES:
                raise answer.malformed("its ids do not end, or go round in a circle")
            last = found[-1]

    def deleted(self, model: Model, refs: Sequence[int], scope: Scope) -> list[int]:
        """Return which of these records are surely gone.

        Raises:
            CallFailed: It could not be found out.
        """
        if not refs:
            return []
        try:
            answer = self._channel.ask(operations.read(model.name, refs, (STORED,), scope))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.AUTH:
                return []  # hidden from us, or some of them: nobody can tell
            raise
        there = {row["id"] for row in rows_of(answer)}
        return [ref for ref in refs if ref not in there]
