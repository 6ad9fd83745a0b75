"""The rows of all sides in DuckDB: on disk, within a limit of memory, exact.

Nothing is fetched or loaded from elsewhere: the engine's extensions are those it is built with.
Every statement that reads is kept, so that a tie-out sheet can show by what it came about.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from interlock.foundation.errors import UnavailableError
from interlock.reconciliation.comparison import DIGITS, SCALE, Column, Comparison, Role
from interlock.reconciliation.row import Row

MEMORY: Final = "500MB"
"""The engine spills to disk beyond it."""
EXACT: Final = f"DECIMAL({DIGITS},{SCALE})"
BUCKETS: Final = 65_536
"""Sums by which two sides are proven equal; a power of two, at most so many."""
_LEADING: Final = ("seq", "source", "event", "said", "n")
"""Which record a row comes from, and its number."""
_BASE: Final = ("ref", "key", "about", "system", "legal_entity", "currency")
_OWN: Final = {
    Role.AMOUNT: "amount",
    Role.CURRENCY: "currency",
    Role.LEGAL_ENTITY: "legal_entity",
}
"""Roles whose values every row has a place for."""
Value = object


class Slate:
    """One comparison under way."""

    def __init__(
        self,
        comparison: Comparison,
        engine: duckdb.DuckDBPyConnection,
        folder: Path,
        buckets: int = BUCKETS,
    ) -> None:
        self.comparison = comparison
        self.buckets = buckets
        self._engine = engine
        self.folder = folder
        self.statements: list[str] = []
        """What was asked, in order."""
        self._names = {column.name: self._spelled(column) for column in comparison.columns}
        for index in range(len(comparison.sides)):
            self.run(self._table(index))
            self.run(
                f"CREATE TABLE left_{index} (source USMALLINT, event VARCHAR, system VARCHAR)"
            )

    def _spelled(self, column: Column) -> str:
        own = _OWN.get(column.role)
        if own is not None and self.comparison.of(column.role) is column:
            return own
        return f"c{self.comparison.columns.index(column)}"

    def _table(self, index: int) -> str:
        extra = "".join(f", {name} {kind}" for name, kind in self.extra())
        return (
            f"CREATE TABLE side_{index} (seq UBIGINT, source USMALLINT, event VARCHAR, "
            "said UTINYINT, n UBIGINT, ref VARCHAR, key VARCHAR, about VARCHAR, system VARCHAR, "
            f"legal_entity VARCHAR, currency VARCHAR, amount {EXACT}, late BOOLEAN, "
            f"fresh BOOLEAN, dated VARCHAR, changed VARCHAR, unsaid VARCHAR{extra}, "
            f"{', '.join(f'{name} UBIGINT' for name in self.digests(index))})"
        )

    def digests(self, index: int) -> dict[str, str]:
        """Return the digests that lie with every row of a side: their names, and by what.

        `kh` is that of its key, and `f` and a number that of what it is compared in, one for each
        pair of sides.
        """
        found = {"kh": "CASE WHEN key IS NOT NULL THEN hash(key) END"}
        for number, (one, other, columns) in enumerate(self.comparison.pairs()):
            if index in (one, other):
                found[f"f{number}"] = f"hash({self.content(columns)})"
        return found

    def content(self, columns: Sequence[Column]) -> str:
        """Return the list of some columns, as an expression has it."""
        return ", ".join(self.spelled(column.name) for column in columns) or "0"

    def extra(self) -> list[tuple[str, str]]:
        """Return the columns of this comparison beyond those that every row has, with types."""
        return [
            (self._names[column.name], EXACT if column.number else "VARCHAR")
            for column in self.comparison.columns
            if self._names[column.name] not in _OWN.values()
        ]

    def cells(self) -> list[str]:
        """Return the names of those columns."""
        names = {name for name, _ in self.extra()}
        return [each.name for each in self.comparison.columns if self._names[each.name] in names]

    def spelled(self, column: str) -> str:
        """Return the name of a column in the tables."""
        return self._names[column]

    def unsaid(self, row: Row) -> str | None:
        """Return the marks of the columns that a row's system does not hold."""
        return "".join(sorted(map(self.mark, row.unsaid & self._names.keys()))) or None

    def mark(self, column: str) -> str:
        """Return how a column is marked that a row's system does not hold."""
        return f"<{self._names[column]}>"

    def attach(self, file: Path) -> bool:
        """Open another file as `kept`; False if somebody else has it open, or it is none."""
        try:
            self._engine.execute(f"ATTACH '{str(file).replace(chr(39), chr(39) * 2)}' AS kept")
        except (duckdb.IOException, duckdb.BinderException):
            return False
        return True

    def detach(self) -> None:
        """Close it again."""
        self._engine.execute("DETACH kept")

    def run(self, statement: str, values: Sequence[Value] = ()) -> None:
        """Carry out a statement."""
        self._asked(statement, values)

    def rows(self, statement: str, values: Sequence[Value] = ()) -> Iterator[tuple[object, ...]]:
        """Yield what a statement finds, some at a time; none other may run meanwhile."""
        found = self._asked(statement, values)
        while page := found.fetchmany(10_000):
            yield from page

    def read(self, index: int) -> str:
        """Return the table of what was read of a side, before records of one key were added up."""
        raw = self.count(
            f"SELECT count(*) FROM duckdb_tables() WHERE table_name = 'raw_{index}'"  # noqa: S608 (names of ours)
        )
        return f"raw_{index}" if raw else f"side_{index}"

    def lines(self, index: int) -> int:
        """Return the first number that no row of a side has."""
        numbered = f"greatest(seq, n - ({index}::UBIGINT << 40))"
        return self.count(f"SELECT coalesce(max({numbered}) + 1, 0) FROM side_{index}")  # noqa: S608 (names of ours)

    def count(self, statement: str) -> int:
        """Return the one number that a statement finds."""
        ((found,),) = self.rows(statement)
        return int(str(found))

    def _asked(self, statement: str, values: Sequence[Value]) -> duckdb.DuckDBPyConnection:
        self.statements.append(statement)
        try:
            return self._engine.execute(statement, list(values))
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise UnavailableError(
                f"the comparison `{self.comparison.name}` has no room: {error}",
                hint="Give it more memory or disk; nothing was decided.",
            ) from error

    def load(self, index: int, file: Path) -> None:
        """Add the lines of a file to a side: every value quoted, nothing where there is none."""
        names = [*_LEADING, *_BASE, "amount", "late", "fresh", "dated", "changed", "unsaid"]
        names += [name for name, _ in self.extra()]
        types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        kinds = dict.fromkeys(names, "VARCHAR") | {"amount": EXACT} | dict(self.extra())
        exact = ", ".join(f"{name}::{kinds[name]} AS {name}" for name in names)
        self._engine.execute(
            f"INSERT INTO side_{index} SELECT *, {', '.join(self.digests(index).values())} "  # noqa: S608 (names of ours)
            f"FROM (SELECT {exact} FROM read_csv(?, header=false, delim=',', "
            "quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, parallel=false, "
            f"auto_detect=false, columns={{{types}}}))",
            [str(file)],
        )


@contextmanager
def open_slate(
    comparison: Comparison, memory: str = MEMORY, buckets: int = BUCKETS
) -> Iterator[Slate]:
    """Open an empty slate in a folder of its own, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="interlock-slate-") as folder:
        engine = duckdb.connect(
            str(Path(folder) / "slate.duckdb"),
            config={
                "memory_limit": memory,
                "temp_directory": folder,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "preserve_insertion_order": "false",
            },
        )
        try:
            yield Slate(comparison, engine, Path(folder), buckets)
        finally:
            engine.close()
