from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.kit.dotted import pick, placed
from interlock.connectors.kit.flatten import flattened

names = st.from_regex(r"[a-z]{1,6}", fullmatch=True)


def test_nested_bodies_become_brackets() -> None:
    body = {
        "items": [{"price": "p1", "quantity": 2}, {"price": "p2"}],
        "metadata": {"crm_id": "001"},
        "active": True,
        "coupon": None,
        "amount": Decimal("1E+3"),
        "from": date(2026, 1, 31),
    }
    assert flattened(body) == [
        ("items[0][price]", "p1"),
        ("items[0][quantity]", "2"),
        ("items[1][price]", "p2"),
        ("metadata[crm_id]", "001"),
        ("active", "true"),
        ("coupon", ""),
        ("amount", "1000"),
        ("from", "2026-01-31"),
    ]


def test_a_float_is_not_flattened() -> None:
    with pytest.raises(TypeError):
        flattened({"amount": 1.1})


@given(st.lists(names, min_size=1, max_size=4), st.integers())
def test_what_is_placed_is_picked(path: list[str], value: int) -> None:
    dotted = ".".join(path)
    assert pick(placed({}, dotted, value), dotted) == value


def test_placing_leaves_the_neighbours_and_the_original() -> None:
    body = {"metadata": {"a": "1"}, "name": "x"}
    assert placed(body, "metadata.b", "2") == {"metadata": {"a": "1", "b": "2"}, "name": "x"}
    assert body == {"metadata": {"a": "1"}, "name": "x"}


def test_nothing_is_picked_through_a_list_or_text() -> None:
    assert pick({"a": [1], "b": "x"}, "a.0") is None
    assert pick({"a": [1], "b": "x"}, "b.x") is None
