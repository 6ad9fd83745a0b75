"""The rules of buying in the example estate: pure functions, tested as such."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.examples.loading import function

match: Callable[..., Any] = function("procurement", "three_way_match")
budget: Callable[..., Any] = function("procurement", "budget")
FINE = {"strange": 0, "not_received": 0, "too_dear": 0, "off": Decimal(0)}


def ordered(**fields: object) -> dict[str, object]:
    line = {"number": 1, "product": "DESK", "quantity": Decimal(10), "unit_price": Decimal(25)}
    return {**line, "received": Decimal(10), "billed": Decimal(10), **fields}


def billed(**fields: object) -> dict[str, object]:
    line = {"order_line": 1, "product": "DESK", "quantity": Decimal(10), "amount": Decimal(250)}
    return {**line, **fields}


def test_a_bill_for_what_was_ordered_and_received_agrees() -> None:
    assert match([billed()], [ordered()], Decimal("262.50"), Decimal("12.50")) == FINE
    assert match([billed()], [ordered()], Decimal(250), None) == FINE


@pytest.mark.parametrize(
    ("line", "order", "what"),
    [
        (billed(order_line=2), ordered(), "strange"),
        (billed(product="CHAIR"), ordered(), "strange"),
        (billed(order_line=None), ordered(), "strange"),
        (billed(), ordered(received=Decimal(9)), "not_received"),
        (billed(), ordered(billed=Decimal(20)), "not_received"),
        (billed(amount=Decimal("255.01")), ordered(), "too_dear"),
        (billed(quantity=Decimal(9)), ordered(), "too_dear"),
    ],
)
def test_every_difference_is_found(
    line: dict[str, Any], order: dict[str, object], what: str
) -> None:
    found = match([line], [order], line["amount"], None)
    assert found == {**FINE, what: 1}


def test_the_tolerance_is_of_the_price_and_ends_where_it_says() -> None:
    assert match([billed(amount=Decimal(255))], [ordered()], Decimal(255), None) == FINE


def test_a_bill_twice_asks_for_more_than_was_received() -> None:
    """The order counts both, so that neither passes: a person says which is the right one."""
    assert match([billed()], [ordered(billed=Decimal(20))], Decimal(250), None)["not_received"]


def test_a_total_that_the_lines_do_not_make_is_off() -> None:
    assert match([billed()], [ordered()], Decimal(251), None)["off"] == 1


def test_a_budget_is_in_the_orders_currency_and_none_asks_always() -> None:
    asks = {
        (amount, currency): budget(Decimal(amount), currency)["asks"]
        for amount, currency in (
            ("9999.99", "USD"),
            ("10000", "USD"),
            ("10000", "JPY"),
            ("1", "CHF"),
        )
    }
    assert list(asks.values()) == [False, True, False, True]
