"""The engine against slower ways to the same answer, on random sides."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.reconciliation import Column, Comparison, Report, Role, Row
from interlock.reconciliation.laying import Laid, Laying, fill, sum_by_key
from interlock.reconciliation.reconciling import Known, settle
from interlock.reconciliation.row import Cell
from interlock.reconciliation.slate import Slate, open_slate
from tests.reconciliation.planted import Planted, comparison, plant

SIDES = ("billing", "erp")
SUMMED = Comparison(
    name="summed",
    sides=SIDES,
    columns=(
        Column(name="total", role=Role.AMOUNT, sides=SIDES),
        Column(name="tax", role=Role.TAX, sides=SIDES),
        Column(name="note", sides=SIDES),
    ),
)


def compared(made: Planted, buckets: int) -> Report:
    with open_slate(comparison(*made.sides), buckets=buckets) as slate:
        laid = {side: fill(slate, side, rows) for side, rows in made.rows.items()}
        return settle(slate, laid, Known(runs=made.runs, seed=1))


def looked_at_one_by_one(made: Planted) -> Report:
    """Every key is suspect: no digest, no sum is believed."""
    with open_slate(comparison(*made.sides)) as slate:
        laid = {side: fill(slate, side, rows) for side, rows in made.rows.items()}
        return settle(slate, laid, Known(runs=made.runs, seed=1, closely=True))


def told(report: Report) -> tuple[object, ...]:
    """Return what a report says; what was never looked at closely is matched as well."""
    return report.totals, report.breaks, report.suggestions, report.outside, report.tolerated


@settings(max_examples=12)
@given(
    seed=st.integers(0, 2**32),
    buckets=st.sampled_from([1, 16, 64, 65_536]),
    broken=st.sampled_from([0, 1, 3, 60]),
    twice=st.integers(0, 3),
    sides=st.sampled_from([SIDES, ("crm", "billing", "erp")]),
)
def test_sums_and_digests_find_exactly_what_a_look_at_every_record_finds(
    seed: int, buckets: int, broken: int, twice: int, sides: tuple[str, ...]
) -> None:
    dice = random.Random(seed)
    made = plant(dice, broken, sides)
    for number in range(60):
        row = _plain(number)
        for side in sides:
            made.rows[side] += [replace(row, ref=f"{side}-x{number}")]
            if number < twice:  # the same on every side, and there again on every side
                made.rows[side] += [replace(row, ref=f"{side}-x{number}-again")]
    expected = looked_at_one_by_one(made)
    assert told(compared(made, buckets)) == told(expected)


def _plain(number: int) -> Row:
    return Row(
        ref="",
        key=f"X{number}",
        system="any",
        legal_entity="us",
        currency="USD",
        amount=Decimal(number) / 100,
        cells={"tax": Decimal(0), "status": "posted", "date": "2026-10-10"},
    )


def test_two_sides_that_agree_are_proven_equal_without_joining_a_row() -> None:
    with open_slate(comparison(*SIDES), buckets=16) as slate:
        laid = {side: fill(slate, side, map(_plain, range(200))) for side in SIDES}
        assert settle(slate, laid).breaks == []
        assert slate.count("SELECT count(*) FROM uneven") == 0


def test_one_difference_leaves_all_other_buckets_alone() -> None:
    other = [replace(_plain(n), amount=Decimal(9 if n == 7 else n) / 100) for n in range(200)]
    with open_slate(comparison(*SIDES), buckets=16) as slate:
        laid = {
            "billing": fill(slate, "billing", map(_plain, range(200))),
            "erp": fill(slate, "erp", other),
        }
        assert [each.key for each in settle(slate, laid).breaks] == ["X7"]
        assert slate.count("SELECT count(*) FROM uneven") == 1


_ROWS = st.lists(
    st.builds(
        Row,
        ref=st.sampled_from("abcd"),
        key=st.sampled_from([None, "K", "L"]),
        system=st.just("s"),
        legal_entity=st.sampled_from(["us", "uk"]),
        currency=st.sampled_from(["USD", "GBP"]),
        amount=st.sampled_from([None, Decimal("0.10"), Decimal(5)]),
        late=st.booleans(),
        fresh=st.booleans(),
        cells=st.fixed_dictionaries(
            {
                "tax": st.sampled_from([None, Decimal("0.01"), Decimal(-1)]),
                "note": st.sampled_from([None, "x", "y"]),
            }
        ),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(rows=_ROWS)
def test_records_of_one_key_come_to_what_adding_them_one_by_one_comes_to(rows: list[Row]) -> None:
    with open_slate(SUMMED) as slate:
        laid = sum_by_key(slate, "erp", Laid(tally=fill(slate, "erp", rows)))
        assert (slate.spelled("tax"), slate.spelled("note")) == ("c1", "c2")
        found = slate.rows(
            "SELECT ref, key, legal_entity, currency, amount, late, fresh, c1, c2 FROM side_1"
        )
        expected = [tuple(_values(row)) for row in added(rows)]
        assert sorted(found, key=str) == sorted(_exactly(expected), key=str)
        assert laid.tally.records == len(expected)


def _values(row: Row) -> list[object]:
    named = [row.ref, row.key, row.legal_entity, row.currency, row.amount, row.late, row.fresh]
    return [*named, row.cells["tax"], row.cells["note"]]


def _exactly(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield tuple(c.quantize(Decimal("1e-6")) if isinstance(c, Decimal) else c for c in row)


def added(rows: list[Row]) -> Iterator[Row]:
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.key is None:
            yield row
        else:
            groups.setdefault((row.key, row.currency, row.legal_entity, row.late), []).append(row)
    for group in groups.values():
        amounts = [row.amount for row in group if row.amount is not None]
        more = f" and {len(group) - 1} more" if len(group) > 1 else ""
        yield replace(
            group[0],
            ref=min(row.ref for row in group) + more,
            amount=sum(amounts, Decimal(0)) if amounts else None,
            fresh=any(row.fresh for row in group),
            cells={name: _said([row.cells[name] for row in group]) for name in ("tax", "note")},
        )


def _said(cells: list[Cell]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    words = {cell for cell in cells if isinstance(cell, str)}
    return sum(numbers, Decimal(0)) if numbers else words.pop() if len(words) == 1 else None


def lay(slate: Slate, *shown: tuple[str, list[Row] | None]) -> Laid:
    with Laying(slate, "erp") as laying:
        for event, rows in shown:
            laying.put(0, "any", event, rows)
        return laying.done()


def test_what_is_shown_again_takes_the_place_of_what_it_was() -> None:
    one, other = _plain(1), _plain(2)
    with open_slate(comparison(*SIDES)) as slate:
        laid = lay(slate, ("1", [one, other]), ("2", [other]), ("1", [one]), ("3", []), ("3", []))
        assert laid.tally.records == 2
        assert laid.tally.amount == Decimal("0.03")
        assert laid.shown == {"any": 3}
        assert laid.left_out == 1


@pytest.mark.parametrize(("last", "shown", "left_out"), [(None, 0, 0), ([], 1, 1)])
def test_what_is_gone_or_counts_no_more_is_not_there(
    last: list[Row] | None, shown: int, left_out: int
) -> None:
    with open_slate(comparison(*SIDES)) as slate:
        laid = lay(slate, ("1", [_plain(1)]), ("1", last))
        assert slate.count("SELECT count(*) FROM side_1") == 0
        assert laid.tally.records == 0
        assert (laid.shown["any"], laid.left_out) == (shown, left_out)
