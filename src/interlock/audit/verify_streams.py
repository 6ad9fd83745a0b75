"""Each stream by itself: hashes, links, positions, the head kept elsewhere, the index."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final, cast

from interlock.audit.chain import GENESIS, Head, Link, digest_of
from interlock.audit.finding import Fault, Finding
from interlock.audit.trail import indexed, linked, stored
from interlock.foundation.database import Database, Row
from interlock.foundation.queries import load_queries

_QUERIES: Final = load_queries("interlock.audit", "verification.sql")
_BEFORE_ALL: Final = ("", -(2**31))
PAGE: Final = 5_000


class Streams:
    """One walk over all streams; afterwards it knows how much it saw."""

    def __init__(self, database: Database, expected: Mapping[str, Head]) -> None:
        self._database = database
        self._expected = expected
        self._missing = set(expected)
        self.entries = 0
        self.streams = 0

    def findings(self) -> Iterator[Finding]:
        """Yield what does not hold, stream by stream."""
        for stream, rows in groupby(self._rows(), key=lambda row: str(row["stream"])):
            self.streams += 1
            self._missing.discard(stream)
            yield from self._of_stream(stream, rows)
        for stream in sorted(self._missing):
            kept = self._expected[stream]
            if kept != GENESIS:
                what = f"all {kept.position} entries are missing"
                yield _finding(Fault.TRUNCATED, stream, 1, what)

    def _rows(self) -> Iterator[Row]:
        stream, position = _BEFORE_ALL
        while True:
            wanted = {"stream": stream, "position": position, "limit": PAGE}
            with self._database.transaction() as connection:
                page = connection.rows(_QUERIES["chained"], wanted)
            if not page:
                return
            yield from page
            stream = str(page[-1]["stream"])
            position = cast("int", page[-1]["position"])

    def _of_stream(self, stream: str, rows: Iterator[Row]) -> Iterator[Finding]:
        head, kept = GENESIS, self._expected.get(stream)
        told: set[tuple[str, str]] = set()
        for row in rows:
            self.entries += 1
            found = linked(row)
            problem = _problem(found, head, kept)
            if problem:
                yield problem
            if problem is None or problem.fault is not Fault.CHANGED:
                told |= {(what, indexed(each)) for what, each in stored(row).mentions.items()}
            head = Head(found.position, found.hash)
        if kept:
            yield from _at_the_end(stream, head, kept)
        yield from self._index(stream, told)

    def _index(self, stream: str, told: set[tuple[str, str]]) -> Iterator[Finding]:
        with self._database.transaction() as connection:
            rows = connection.rows(_QUERIES["mentions"], {"stream": stream})
        found = {(str(row["what"]), str(row["value"])) for row in rows}
        for what, value in sorted(told ^ found):
            state = "is not indexed" if (what, value) in told else "is indexed, but nowhere told"
            yield Finding(
                fault=Fault.INDEX, where=stream, what=f"{what} {value} {state}", stream=stream
            )


def _problem(found: Link, head: Head, kept: Head | None) -> Finding | None:
    stream, here, expected = found.stream, found.position, head.position + 1
    if digest_of(found) != found.hash:
        return _finding(Fault.CHANGED, stream, here, "its content is not what was hashed")
    if here > expected:
        return _finding(Fault.REMOVED, stream, expected, f"missing up to {here - 1}")
    if here < expected:
        return _finding(Fault.ADDED, stream, here, "it stands before the beginning")
    if found.prev != head.hash:
        return _finding(Fault.CHANGED, stream, here, "it does not follow the entry before it")
    if kept and here == kept.position and found.hash != kept.hash:
        return _finding(Fault.CHANGED, stream, here, "it is not the head that was kept elsewhere")
    return None


def _at_the_end(stream: str, head: Head, kept: Head) -> Iterator[Finding]:
    if head.position < kept.position:
        what = f"missing up to {kept.position}"
        yield _finding(Fault.TRUNCATED, stream, head.position + 1, what)
    if head.position > kept.position:
        what = f"the head kept elsewhere ends at {kept.position}"
        yield _finding(Fault.ADDED, stream, kept.position + 1, what)


def _finding(fault: Fault, stream: str, position: int, what: str) -> Finding:
    return Finding(fault=fault, where=f"{stream}#{position}", what=what, stream=stream)
