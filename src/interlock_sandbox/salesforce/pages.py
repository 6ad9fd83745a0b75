"""Answers of queries in pages, each of which can be asked again.

A page holds what the query found when it was asked. Option ``cursors`` (default 50) says how many
queries the org remembers: older ones are INVALID_QUERY_LOCATOR.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.world import Record, World

LEAST: Final = 200
MOST: Final = 2000
CURSORS: Final = 50
_BATCH: Final = re.compile(r"batchSize\s*=\s*(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    rows: Sequence[Record]
    size: int
    version: str


class Pages:
    """Remembers what was found."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cursors: dict[str, _Cursor] = {}

    def first(self, rows: Sequence[Record], version: str, options: str) -> Record:
        """Return the first page of `rows`; `options` is the header Sforce-Query-Options."""
        wanted = _BATCH.search(options)
        size = min(max(int(wanted[1]), LEAST), MOST) if wanted else MOST
        cursor = _Cursor(rows=rows, size=size, version=version)
        if len(rows) <= size:
            return self._page("", cursor, 0)
        name = f"01g{self._world.token(15)}"
        self._cursors[name] = cursor
        for oldest in list(self._cursors)[: -int(self._world.options.get("cursors", CURSORS))]:
            del self._cursors[oldest]
        return self._page(name, cursor, 0)

    def next(self, locator: str) -> Record:
        """Return the page at `locator`.

        Raises:
            SalesforceError: No query that is remembered has it.
        """
        name, _, start = locator.rpartition("-")
        cursor = self._cursors.get(name)
        if cursor is None or not start.isdigit():
            raise refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(name, cursor, int(start))

    def _page(self, name: str, cursor: _Cursor, start: int) -> Record:
        end = start + cursor.size
        done = end >= len(cursor.rows)
        found: Record = {"totalSize": len(cursor.rows), "done": done}
        if not done:
            found["nextRecordsUrl"] = f"/services/data/{cursor.version}/query/{name}-{end}"
        return {**found, "records": cursor.rows[start:end]}
