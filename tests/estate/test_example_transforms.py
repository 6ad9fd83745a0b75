"""The example's arithmetic: what is billed and what is credited ties to the smallest unit."""

import importlib.util
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

FILE = Path(__file__).resolve().parents[2] / "examples" / "quote-to-cash" / "transforms.py"
START = date(2026, 1, 31)
UNITS = {"USD": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}
amounts = st.decimals(min_value="0.01", max_value="1e7", places=2)


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_transforms", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


transforms: Any = _loaded()


def line(amount: Decimal | str, charge: str = "recurring") -> dict[str, object]:
    return {"product": "P", "quantity": Decimal(1), "amount": Decimal(amount), "charge": charge}


@given(
    st.lists(amounts, min_size=1, max_size=6),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["monthly", "quarterly", "annual"]),
    st.integers(min_value=0, max_value=800),
)
def test_an_upgrade_is_billed_in_whole_units_that_add_up_and_never_more_than_a_period(
    given_amounts: list[Decimal], currency: str, frequency: str, days: int
) -> None:
    lines = [line(amount) for amount in given_amounts]
    day = START + timedelta(days=days)
    bill = transforms.prorated(lines, currency, frequency, START, day)

    unit = UNITS[currency]
    assert all(each["amount"] % unit == 0 for each in bill["lines"])
    assert sum(each["amount"] for each in bill["lines"]) == bill["net"]
    assert 0 <= bill["net"] <= sum(given_amounts) + unit
    assert day < bill["service_end"]


def test_services_are_billed_in_full_and_usage_in_arrears() -> None:
    lines = [line("10", "one_time"), line("99", "usage"), line("31")]
    bill = transforms.prorated(lines, "USD", "monthly", date(2026, 1, 1), date(2026, 1, 31))

    assert [each["amount"] for each in bill["lines"]] == [Decimal(10), 0, Decimal(1)]


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2026, 1, 31), (date(2026, 1, 31), date(2026, 2, 28))),
        (date(2026, 2, 28), (date(2026, 2, 28), date(2026, 3, 31))),
        (date(2026, 3, 30), (date(2026, 2, 28), date(2026, 3, 31))),
    ],
)
def test_a_day_is_in_one_billing_period_also_at_the_end_of_short_months(
    day: date, period: tuple[date, date]
) -> None:
    assert transforms.running_period(START, 1, day) == period
