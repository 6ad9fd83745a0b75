"""Values cross to a system and come back as they were."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.estate.codec import (
    Choice,
    CodecError,
    EpochSeconds,
    Lower,
    MinorUnits,
    Plain,
    Spelling,
    codec_of,
)
from interlock.foundation.money import allocate, exponent

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF"])


@given(st.decimals(-(10**9), 10**9, places=0), CURRENCIES)
def test_minor_units_round_trip_exactly(units: Decimal, currency: str) -> None:
    amount = units.scaleb(-exponent(currency))

    assert MinorUnits().back(MinorUnits().out(amount, currency), currency) == amount


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_dates_round_trip_in_both_spellings(day: date) -> None:
    for codec in (Plain("date"), EpochSeconds("date")):
        assert codec.back(codec.out(day, None), None) == day


@given(st.sampled_from(["draft", "posted"]))
def test_choices_round_trip(value: str) -> None:
    codec = Choice({"A": "draft", "B": "posted"}, "enum")

    assert codec.back(codec.out(value, None), None) == value


def test_a_value_that_was_never_declared_is_not_guessed() -> None:
    with pytest.raises(CodecError, match="never declared") as wrong:
        Choice({"A": "draft"}, "enum").back("Z", None)

    assert wrong.value.kind == "unknown-value"


def test_currencies_are_lower_case_there_and_upper_case_here() -> None:
    assert Lower().out("EUR", None) == "eur"
    assert Lower().back("eur", None) == "EUR"


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 1000), min_size=1, max_size=500).filter(any),
    CURRENCIES,
)
def test_an_allocation_adds_up_to_the_smallest_unit(
    units: int, weights: list[int], currency: str
) -> None:
    total = Decimal(units).scaleb(-exponent(currency))

    parts = allocate(total, [Decimal(weight) for weight in weights], currency)

    assert sum(parts, Decimal(0)) == total
    assert len(parts) == len(weights)


@pytest.mark.parametrize(
    ("connector", "currency", "amount", "units"),
    [
        ("stripe", "MGA", "1500", 1500),
        ("stripe", "ISK", "1500", 150000),
        ("stripe", "UGX", "1500", 150000),
        ("stripe", "JPY", "1500", 1500),
        ("stripe", "KWD", "1.500", 1500),
        ("stripe", "EUR", "15.00", 1500),
        ("another", "MGA", "15.00", 1500),
        ("another", "ISK", "1500", 1500),
    ],
)
def test_minor_units_are_counted_as_the_vendor_counts_them(
    connector: str, currency: str, amount: str, units: int
) -> None:
    """An amount in ariary was sent to Stripe a hundred times too large."""
    codec = MinorUnits(connector)

    assert codec.out(Decimal(amount), currency) == units
    assert codec.back(units, currency) == Decimal(amount)


@pytest.mark.parametrize("spelling", [None, "lower"])
def test_an_enum_without_a_table_is_closed_too(spelling: str | None) -> None:
    codec = codec_of(Spelling(as_=spelling, type_="enum", values=("OPEN", "PAID")))

    assert codec.back("PAID", None) == "PAID"
    with pytest.raises(CodecError, match="never declared") as wrong:
        codec.back("HALF", None)
    assert wrong.value.kind == "unknown-value"
