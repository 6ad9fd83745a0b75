"""The rows of one table in DuckDB, typed: where they are tested, summed and written to files.

Nothing is fetched or loaded from elsewhere: the engine's extensions are those it is built with.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from interlock.estate.kinds.product import Figure
from interlock.estate.table import Table
from interlock.foundation.errors import UnavailableError
from interlock.foundation.money import quantum
from interlock.products.cell import DIGITS, SCALE, Cell, spelled
from interlock.products.version import Sum

MEMORY: Final = "500MB"
"""The engine spills to disk beyond it."""
TYPES: Final[Mapping[str, str]] = {
    "string": "VARCHAR",
    "number": f"DECIMAL({DIGITS},{SCALE})",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
"""Logical type -> how DuckDB, Parquet and PostgreSQL hold it."""
SHOWN: Final = 3
CODE: Final = 3
"""Letters of a currency (ISO 4217)."""


def quoted(name: str) -> str:
    """Return a name as SQL spells it."""
    return '"' + name.replace('"', '""') + '"'


class Stage:
    """One table on its way."""

    def __init__(self, table: Table, engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._declared = table
        self._engine = engine
        self._folder = folder
        self.table = quoted(table.name)
        columns = ", ".join(f"{quoted(c.name)} {TYPES[c.logical]}" for c in table.columns)
        self._run(f"CREATE TABLE {self.table} ({columns})")

    def fill(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Lay the rows down, in their order."""
        file = self._folder / "rows.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            for row in rows:
                # What is nothing is told from what is empty by its quotes.
                out.write(",".join("" if each is None else _csv(each) for each in row) + "\n")
        types = ", ".join(f"'c{n}': 'VARCHAR'" for n, _ in enumerate(self._declared.columns))
        self._run(
            f"INSERT INTO {self.table} SELECT * FROM read_csv(?, header=false, delim=',', "  # noqa: S608 (names of ours)
            "quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, parallel=false, "
            f"auto_detect=false, columns={{{types}}})",
            [str(file)],
        )
        file.unlink()

    def count(self, condition: str) -> int:
        """Return how many rows there are of which a condition holds."""
        found = self._run(f"SELECT count(*) FROM {self.table} WHERE {condition}")  # noqa: S608 (names of ours)
        row = found.fetchone()
        return int(row[0]) if row else 0

    def some(self, condition: str) -> str:
        """Return the keys of some rows of which a condition holds."""
        key = " || '/' || ".join(
            f"coalesce(CAST({quoted(c.name)} AS VARCHAR), '?')" for c in self._declared.key
        )
        found = self._run(
            f"SELECT {key} FROM {self.table} WHERE {condition} ORDER BY 1 LIMIT {SHOWN}"  # noqa: S608 (names of ours)
        )
        return ", ".join(str(row[0]) for row in found.fetchall())

    def again(self, columns: Sequence[str]) -> str:
        """Return the condition of rows of which another has the same values."""
        listed = ", ".join(map(quoted, columns))
        twice = f"SELECT {listed} FROM {self.table} GROUP BY ALL HAVING count(*) > 1"  # noqa: S608 (names of ours)
        return f"({listed}) IN ({twice})"

    def literal(self, column: str, value: str) -> str:
        """Return a value as SQL spells it, of the type of a column."""
        kind = next(TYPES[c.logical] for c in self._declared.columns if c.name == column)
        return "CAST('" + value.replace("'", "''") + f"' AS {kind})"

    def sums(self) -> list[Sum]:
        """Return every figure: of each currency its own, never one of several."""
        figures = self._declared.figures.items()
        return [each for name, figure in figures for each in self._sums(name, figure)]

    def _sums(self, name: str, figure: Figure) -> Iterator[Sum]:
        by = [quoted(each) for each in figure.by]
        grouped = ", ".join([*by, quoted(figure.currency)])
        found = self._run(
            f"SELECT {grouped}, sum({quoted(figure.sum)}), count(*) FROM {self.table} "  # noqa: S608 (names of ours)
            f"WHERE {quoted(figure.sum)} IS NOT NULL GROUP BY ALL ORDER BY ALL"
        )
        for *values, currency, amount, rows in found.fetchall():
            yield Sum(
                figure=name,
                by={each: str(value) for each, value in zip(figure.by, values, strict=True)},
                currency=str(currency),
                amount=_plain(Decimal(str(amount)), str(currency)),
                rows=int(rows),
            )

    def write_parquet(self, file: Path) -> None:
        """Write the table to a Parquet file."""
        self._run(f"COPY {self.table} TO '{_text(file)}' (FORMAT parquet)")

    def write_duckdb(self, file: Path) -> None:
        """Write the table to a DuckDB file of its own."""
        self._run(f"ATTACH '{_text(file)}' AS published")
        try:
            self._run(f"CREATE TABLE published.{self.table} AS FROM {self.table}")
        finally:
            self._run("DETACH published")

    def _run(self, statement: str, values: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        try:
            return self._engine.execute(statement, list(values))
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise UnavailableError(
                f"the table `{self._declared.name}` has no room: {error}",
                hint="Give it more memory or disk; what was published stays.",
            ) from error


def _plain(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with as many decimals as its currency has, or more if it really has."""
    known = len(currency) == CODE and currency.isascii() and currency.isupper()
    unit = quantum(currency) if known else Decimal(1)
    rounded = amount.quantize(unit)
    return rounded if rounded == amount else amount.normalize()


def _csv(value: Cell) -> str:
    return '"' + str(spelled(value)).replace('"', '""').replace("\0", "") + '"'


def _text(file: Path) -> str:
    return str(file).replace("'", "''")


@contextmanager
def open_stage(table: Table, memory: str = MEMORY) -> Iterator[Stage]:
    """Open an empty table in a folder of its own, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="interlock-stage-") as folder:
        engine = duckdb.connect(
            str(Path(folder) / "stage.duckdb"),
            config={
                "memory_limit": memory,
                "temp_directory": folder,
                "threads": "1",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        try:
            engine.execute("SET TimeZone = 'UTC'")
            yield Stage(table, engine, Path(folder))
        finally:
            engine.close()
