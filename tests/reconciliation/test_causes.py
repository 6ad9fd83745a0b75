import random
from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.reconciliation import Cause, Report
from interlock.reconciliation.cause import MATCHED
from interlock.reconciliation.reconciling import reconcile
from tests.reconciliation.planted import Planted, comparison, plant


def found_in(report: Report) -> dict[str, Cause]:
    found = Counter(each.key for each in report.breaks)
    assert all(count == 1 for count in found.values())
    return {each.key or "": each.cause for each in report.breaks}


def sums_of(made: Planted) -> dict[tuple[str, str, str, str], tuple[int, Decimal]]:
    """Return what every class must add up to, from what was planted alone."""
    found: dict[tuple[str, str, str, str], tuple[int, Decimal]] = {}
    for side, rows in made.rows.items():
        for row in rows:
            if row.late:
                continue
            cause = made.expected.get(row.key or "")
            fine = cause is None or (cause is Cause.DUPLICATE and not row.ref.endswith("-again"))
            at = (side, row.legal_entity, row.currency, MATCHED if fine else str(cause))
            records, amount = found.get(at, (0, Decimal(0)))
            found[at] = (records + 1, amount + (row.amount or 0))
    return found


def must_be_exact(made: Planted, dice: random.Random) -> Report:
    report = reconcile(comparison(*made.sides), made.shuffled(dice), made.known)
    assert found_in(report) == made.expected
    assert report.ties
    told = {
        (total.side, total.legal_entity, total.currency, cause): (part.records, part.amount)
        for total in report.totals
        for cause, part in total.by.items()
    }
    assert told == sums_of(made)
    return report


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_planted_break_is_found_under_its_cause_and_nothing_else_is(seed: int) -> None:
    dice = random.Random(seed)
    must_be_exact(plant(dice, 90), dice)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_three_sides_are_compared_as_exactly_as_two(seed: int) -> None:
    dice = random.Random(seed)
    must_be_exact(plant(dice, 90, ("crm", "billing", "erp")), dice)


def test_every_cause_is_planted_at_all() -> None:
    made = plant(random.Random(1), 400)
    assert set(made.expected.values()) == set(Cause)


def test_the_order_of_the_rows_changes_nothing() -> None:
    made = plant(random.Random(3), 150)
    reports = [
        reconcile(comparison(*made.sides), made.shuffled(random.Random(order)), made.known)
        for order in range(4)
    ]
    assert all(report == reports[0] for report in reports)
