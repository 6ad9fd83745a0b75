"""The rows of all sides in DuckDB: on disk, within a limit of memory, exact.

Nothing is fetched or loaded from elsewhere: the engine's extensions are those it is built with.
Every statement that reads is kept, so that a tie-out sheet can show by what it came about.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from interlock.foundation.errors import UnavailableError
from interlock.reconciliation.comparison import DIGITS, SCALE, Column, Comparison, Role
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.row import Cell, Row, exact

MEMORY: Final = "500MB"
"""The engine spills to disk beyond it."""
EXACT: Final = f"DECIMAL({DIGITS},{SCALE})"
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
        self, comparison: Comparison, engine: duckdb.DuckDBPyConnection, folder: Path
    ) -> None:
        self.comparison = comparison
        self._engine = engine
        self._folder = folder
        self.statements: list[str] = []
        """What was asked, in order."""
        self._names = {column.name: self._spelled(column) for column in comparison.columns}
        for index in range(len(comparison.sides)):
            self.run(self._table(index))

    def _spelled(self, column: Column) -> str:
        own = _OWN.get(column.role)
        if own is not None and self.comparison.of(column.role) is column:
            return own
        return f"c{self.comparison.columns.index(column)}"

    def _table(self, index: int) -> str:
        extra = "".join(f", {name} {kind}" for name, kind in self.extra())
        return (
            f"CREATE TABLE side_{index} (n UBIGINT, ref VARCHAR, key VARCHAR, "
            "about VARCHAR, system VARCHAR, "
            f"legal_entity VARCHAR, currency VARCHAR, amount {EXACT}, late BOOLEAN, "
            f"fresh BOOLEAN, unsaid VARCHAR{extra})"
        )

    def extra(self) -> list[tuple[str, str]]:
        """Return the columns of this comparison beyond those that every row has, with types."""
        return [
            (self._names[column.name], EXACT if column.number else "VARCHAR")
            for column in self.comparison.columns
            if self._names[column.name] not in _OWN.values()
        ]

    def spelled(self, column: str) -> str:
        """Return the name of a column in the tables."""
        return self._names[column]

    def _unsaid(self, row: Row) -> str | None:
        return "".join(sorted(map(self.mark, row.unsaid & self._names.keys()))) or None

    def mark(self, column: str) -> str:
        """Return how a column is marked that a row's system does not hold."""
        return f"<{self._names[column]}>"

    def run(self, statement: str, values: Sequence[Value] = ()) -> None:
        """Carry out a statement."""
        self._asked(statement, values)

    def rows(self, statement: str, values: Sequence[Value] = ()) -> Iterator[tuple[object, ...]]:
        """Yield what a statement finds, some at a time; none other may run meanwhile."""
        found = self._asked(statement, values)
        while page := found.fetchmany(10_000):
            yield from page

    def _asked(self, statement: str, values: Sequence[Value]) -> duckdb.DuckDBPyConnection:
        self.statements.append(statement)
        try:
            return self._engine.execute(statement, list(values))
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise UnavailableError(
                f"the comparison `{self.comparison.name}` has no room: {error}",
                hint="Give it more memory or disk; nothing was decided.",
            ) from error

    def fill(self, side: str, rows: Iterable[Row]) -> Tally:
        """Lay the rows of a side down; return how many and how much, counted on the way.

        Raises:
            UnfitError: An amount has more decimals or digits than any currency.
        """
        index = self.comparison.sides.index(side)
        names = [name for name, _ in self.extra()]
        columns = [
            column.name for column in self.comparison.columns if self._names[column.name] in names
        ]
        records, amount = 0, Decimal(0)
        file = self._folder / f"side_{index}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            for row in rows:
                cells = [self._unsaid(row), *(row.cells.get(name) for name in columns)]
                out.write(_line(index, records, row, cells))
                records += 1
                amount += row.amount or 0
        types = ", ".join(
            f"'{name}': 'VARCHAR'"
            for name in ("n", *_BASE, "amount", "late", "fresh", "unsaid", *names)
        )
        self._engine.execute(
            f"INSERT INTO side_{index} SELECT * FROM read_csv(?, header=false, delim=',', "  # noqa: S608 (names of ours)
            f"quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, parallel=false, "
            f"auto_detect=false, columns={{{types}}})",
            [str(file)],
        )
        file.unlink()
        return Tally(records=records, amount=amount)


def _line(side: int, number: int, row: Row, cells: Sequence[Cell]) -> str:
    flags = ("true" if row.late else "false", "true" if row.fresh else "false")
    amount = None if row.amount is None else _exact(row.amount)
    base = (row.ref, row.key, row.about, row.system, row.legal_entity, row.currency)
    spelled = [_exact(cell) if isinstance(cell, Decimal) else cell for cell in cells]
    all_ = [f"{(side << 40) + number}", *base, amount, *flags, *spelled]
    return ",".join("" if value is None else _quoted(value) for value in all_) + "\n"


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""').replace("\0", "") + '"'


def _exact(value: Decimal) -> str:
    return format(exact(value), "f")


@contextmanager
def open_slate(comparison: Comparison, memory: str = MEMORY) -> Iterator[Slate]:
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
            yield Slate(comparison, engine, Path(folder))
        finally:
            engine.close()
