"""How the rows of a side get onto the slate: as they come, through a file, never all in memory.

A record that is shown again while its system is read takes the place of what it was before.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from types import TracebackType
from typing import Self

from interlock.foundation.clock import iso
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.row import Cell, Row, exact
from interlock.reconciliation.slate import Slate


class _As(IntEnum):
    """What a line of the file says of its record."""

    ROW = 0
    LEFT_OUT = 1
    GONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What lies there now, counted on the way."""

    tally: Tally
    shown: Counter[str] = field(default_factory=Counter)
    """System -> records that it has."""
    left_out: int = 0
    """Records that do not count."""


class Laying:
    """The rows of one side on their way to the slate."""

    def __init__(self, slate: Slate, side: str, *, onto: bool = False) -> None:
        """Begin; `onto`: rows lie there already, and what comes now takes the place of theirs."""
        self._slate = slate
        self._side = slate.comparison.sides.index(side)
        self._columns = slate.cells()
        self._file = slate.folder / f"side_{self._side}.csv"
        self._out = self._file.open("w", encoding="utf-8", newline="")
        self._onto = onto
        self._first = self._lines = slate.lines(self._side) if onto else 0
        self._records = 0
        self._amount = Decimal(0)
        self._shown: Counter[str] = Counter()
        self._left_out = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._out.close()
        self._file.unlink(missing_ok=True)

    def expect(self, system: str) -> None:
        """Count a system that may turn out to have no record at all."""
        self._shown[system] += 0

    def put(self, source: int, system: str, event: str, rows: Sequence[Row] | None) -> None:
        """Lay down what a record says now: its rows, none if it does not count, ``None``: gone.

        Raises:
            UnfitError: An amount has more decimals or digits than any currency.
        """
        self._shown[system] += rows is not None
        self._left_out += rows is not None and not rows
        first = self._lines
        for row in rows or ():
            amount = None if row.amount is None else _exact(row.amount)
            flags = ("true" if row.late else "false", "true" if row.fresh else "false")
            self._line(
                (str(first), str(source), event, str(int(_As.ROW))),
                f"{(self._side << 40) + self._lines}",
                (row.ref, row.key, row.about, row.system, row.legal_entity, row.currency),
                (amount, *flags, _day(row.dated), _moment(row.at), self._slate.unsaid(row)),
                [_cell(row.cells.get(name)) for name in self._columns],
            )
            self._records += 1
            self._amount += row.amount or 0
        if not rows:
            said = _As.GONE if rows is None else _As.LEFT_OUT
            nothing = (None,) * len(self._columns)
            leading = (str(first), str(source), event, str(int(said)))
            self._line(leading, None, (None, None, None, system, None, None), (None,) * 6, nothing)

    def _line(
        self, leading: Sequence[str], number: str | None, *rest: Sequence[str | None]
    ) -> None:
        values = [*leading, number, *(value for part in rest for value in part)]
        self._out.write(",".join("" if v is None else _quoted(v) for v in values) + "\n")
        self._lines += 1

    def done(self, *, again: bool = True) -> Laid:
        """Bring everything onto the slate; `again`: records may have been shown more than once."""
        self._out.close()
        table = f"side_{self._side}"
        self._slate.load(self._side, self._file)
        if self._onto:
            self._slate.run(
                f"CREATE TEMP TABLE news_{self._side} AS "  # noqa: S608 (names of ours)
                f"SELECT DISTINCT source, event FROM {table} WHERE seq >= {self._first}"
            )
        shown, left_out = self._shown, self._left_out
        tally = Tally(records=self._records, amount=self._amount)
        for system, said, events, rows, amount in self._superseded(table) if again else ():
            shown[system] -= 0 if said is _As.GONE else events
            left_out -= events if said is _As.LEFT_OUT else 0
            tally = Tally(records=tally.records - rows, amount=tally.amount - amount)
        self._leave_out(table)
        if self._onto:
            return self._counted(table)
        return Laid(tally=tally, shown=shown, left_out=left_out)

    def _leave_out(self, table: str) -> None:
        """Remember what does not count, and take its lines away."""
        left = f"left_{self._side}"
        if self._onto:
            self._slate.run(
                f"DELETE FROM {left} WHERE (source, event) IN "  # noqa: S608 (names of ours)
                f"(SELECT (source, event) FROM news_{self._side})"
            )
        self._slate.run(
            f"INSERT INTO {left} SELECT source, event, system FROM {table} "  # noqa: S608 (names of ours)
            f"WHERE said = {int(_As.LEFT_OUT)}"
        )
        self._slate.run(f"DELETE FROM {table} WHERE n IS NULL")  # noqa: S608 (names of ours)

    def _counted(self, table: str) -> Laid:
        """Count what lies there now: what lay there before was not counted on the way."""
        left = f"left_{self._side}"
        ((records, amount),) = self._slate.rows(f"SELECT count(*), sum(amount) FROM {table}")  # noqa: S608 (names of ours)
        shown = self._slate.rows(
            f"SELECT system, count(DISTINCT (source, event)) FROM (SELECT system, source, event "  # noqa: S608 (names of ours)
            f"FROM {table} UNION ALL SELECT system, source, event FROM {left}) GROUP BY system"
        )
        counted = Counter({str(system): int(str(count)) for system, count in shown})
        counted.update(dict.fromkeys(self._shown, 0))
        return Laid(
            tally=Tally(records=int(str(records)), amount=_number(amount or 0)),
            shown=counted,
            left_out=self._slate.count(f"SELECT count(*) FROM {left}"),  # noqa: S608 (names of ours)
        )

    def _news(self) -> str:
        """Return the condition that a record was shown now."""
        if not self._onto:
            return ""
        return f" WHERE (source, event) IN (SELECT (source, event) FROM news_{self._side})"  # noqa: S608 (names of ours)

    def _superseded(self, table: str) -> list[tuple[str, _As, int, int, Decimal]]:
        """Take away what was shown before what is shown last; return how much that was."""
        slate = self._slate
        slate.run(
            "CREATE OR REPLACE TEMP TABLE again AS SELECT source, event, max(seq) AS last "  # noqa: S608 (names of ours)
            f"FROM {table}{self._news()} GROUP BY source, event HAVING min(seq) <> max(seq)"
        )
        found = slate.rows(
            "SELECT system, said, count(DISTINCT seq), count(n), coalesce(sum(amount), 0) "  # noqa: S608 (names of ours)
            f"FROM {table} JOIN again USING (source, event) WHERE seq < last GROUP BY ALL"
        )
        gone = [
            (str(system), _As(int(str(said))), int(str(events)), int(str(rows)), _number(amount))
            for system, said, events, rows, amount in found
        ]
        if gone:
            slate.run(
                f"DELETE FROM {table} USING again WHERE {table}.source = again.source "  # noqa: S608 (names of ours)
                f"AND {table}.event = again.event AND seq < last"
            )
        return gone


def fill(slate: Slate, side: str, rows: Iterable[Row]) -> Tally:
    """Lay the rows of a side down, each a record of its own; return how many and how much.

    Raises:
        UnfitError: An amount has more decimals or digits than any currency.
    """
    with Laying(slate, side) as laying:
        for number, row in enumerate(rows):
            laying.put(0, row.system, str(number), [row])
        return laying.done(again=False).tally


def sum_by_key(slate: Slate, side: str, laid: Laid) -> Laid:
    """Make one row of those of a side that have key, currency, legal entity and period in common.

    Numbers are added up; of texts the one stays that all records say. Without a key each is its
    own.
    """
    index = slate.comparison.sides.index(side)
    slate.run(f"ALTER TABLE side_{index} RENAME TO raw_{index}")
    slate.run(f"CREATE TABLE side_{index} AS SELECT * FROM raw_{index} WHERE key IS NULL")  # noqa: S608 (names of ours)
    digests = ", ".join(f"{by} AS {name}" for name, by in slate.digests(index).items())
    slate.run(
        f"INSERT INTO side_{index} BY NAME SELECT *, {digests} FROM ({_summed(slate, index)})"  # noqa: S608 (names of ours)
    )
    records = slate.count(f"SELECT count(*) FROM side_{index}")  # noqa: S608 (names of ours)
    return replace(laid, tally=Tally(records=records, amount=laid.tally.amount))


def part_by_currency(slate: Slate, sides: Iterable[str]) -> None:
    """Let a balance in two currencies be two: a key of `sides` that has both says which one."""
    mixed = " UNION ".join(
        f"SELECT key FROM side_{slate.comparison.sides.index(side)} WHERE key IS NOT NULL "  # noqa: S608 (names of ours)
        "GROUP BY key HAVING count(DISTINCT currency) > 1"
        for side in sides
    )
    slate.run(f"CREATE TEMP TABLE mixed AS {mixed}")
    for index in range(len(slate.comparison.sides)):
        slate.run(
            f"UPDATE side_{index} SET about = coalesce(about, key), "  # noqa: S608 (names of ours)
            "key = key || ' in ' || currency, kh = hash(key || ' in ' || currency) "
            "WHERE key IN (SELECT key FROM mixed) AND currency <> ''"
        )


def _summed(slate: Slate, index: int) -> str:
    first = ("source", "event", "said", "about", "system", "dated", "changed", "unsaid")
    one = [f"first({name} ORDER BY n) AS {name}" for name in first]
    said = [
        f"sum({name}) AS {name}"
        if kind != "VARCHAR"
        else f"CASE WHEN count(DISTINCT {name}) = 1 THEN min({name}) END AS {name}"
        for name, kind in slate.extra()
    ]
    return (
        f"SELECT min(seq) AS seq, min(n) AS n, {', '.join(one)}, "  # noqa: S608 (names of ours)
        "min(ref) || CASE WHEN count(*) > 1 THEN ' and ' || (count(*) - 1) || ' more' ELSE '' END "
        "AS ref, key, legal_entity, currency, sum(amount) AS amount, late, "
        f"{', '.join(('bool_or(fresh) AS fresh', *said))} FROM raw_{index} WHERE key IS NOT NULL "
        "GROUP BY key, currency, legal_entity, late"
    )


def _cell(value: Cell) -> str | None:
    return _exact(value) if isinstance(value, Decimal) else value


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""').replace("\0", "") + '"'


def _exact(value: Decimal) -> str:
    return format(exact(value), "f")


def _number(value: object) -> Decimal:
    return Decimal(str(value))
