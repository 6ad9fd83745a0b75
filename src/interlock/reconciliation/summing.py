"""Records of one key as one: balances, and control totals. Late ones stay apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from interlock.reconciliation.row import Cell, Row


def summed(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield one row for each key, currency and legal entity; without a key, each its own.

    Numbers are added up; of texts the one stays that all records say.
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.key is None:
            yield row
            continue
        groups.setdefault((row.key, row.currency, row.legal_entity, row.late), []).append(row)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _one(group)


def _one(rows: Sequence[Row]) -> Row:
    amounts = [row.amount for row in rows if row.amount is not None]
    names = dict.fromkeys(name for row in rows for name in row.cells)
    return replace(
        rows[0],
        ref=f"{min(row.ref for row in rows)} and {len(rows) - 1} more",
        amount=sum(amounts, Decimal(0)) if amounts else None,
        fresh=any(row.fresh for row in rows),
        cells={name: _said([row.cells.get(name) for row in rows]) for name in names},
    )


def _said(cells: Sequence[Cell]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    if numbers:
        return sum(numbers, Decimal(0))
    words = {cell for cell in cells if cell is not None}
    return words.pop() if len(words) == 1 else None
