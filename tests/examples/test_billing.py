"""What a contract bills: its periods add up to what was sold, in every currency."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples.loading import function

first_bill: Callable[..., Any] = function("transforms", "first_bill")
prorated: Callable[..., Any] = function("transforms", "prorated")
once: Callable[..., Any] = function("transforms", "once")
DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}
EVERY = {"monthly": 1, "quarterly": 3, "annual": 12}


def line(amount: Decimal, charge: str = "recurring", quantity: int = 1) -> dict[str, Any]:
    return {"product": "SEAT", "charge": charge, "amount": amount, "quantity": Decimal(quantity)}


def first(lines: list[dict[str, Any]], currency: str, months: int, frequency: str) -> Any:
    start = date(2026, 1, 31)
    return first_bill(lines, currency, months, frequency, start, "us")


@given(
    units=st.integers(0, 10**9),
    currency=st.sampled_from(sorted(DIGITS)),
    months=st.integers(1, 60),
    frequency=st.sampled_from(sorted(EVERY)),
)
def test_the_periods_of_a_contract_add_up_to_what_was_sold(
    units: int, currency: str, months: int, frequency: str
) -> None:
    sold = Decimal(units).scaleb(-DIGITS[currency])
    periods = -(-months // EVERY[frequency])
    (billed,) = first([line(sold)], currency, months, frequency)["lines"]
    assert billed["amount"] + billed["price"] * (periods - 1) == sold
    assert billed["amount"] == billed["price"] + billed["extra"]
    assert 0 <= billed["extra"] < periods * Decimal(1).scaleb(-DIGITS[currency])


@pytest.mark.parametrize("currency", sorted(DIGITS))
@given(
    units=st.lists(st.integers(1, 10**8), min_size=1, max_size=4),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_what_an_upgrade_charges_once_is_what_the_books_get(
    currency: str, units: list[int], day: date
) -> None:
    amounts = [Decimal(each).scaleb(-DIGITS[currency]) for each in units]
    bill = prorated(
        [line(each) for each in amounts], currency, "monthly", date(2026, 1, 1), day
    )
    tax = Decimal(7)
    charges = once(bill["lines"], tax)["charges"]
    assert sum(each["amount"] for each in charges) == bill["net"] + tax
    assert 0 <= bill["net"] <= sum(amounts)
    assert bill["service_end"] > day
