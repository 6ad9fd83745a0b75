from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.kit.document import UnreadableError, parse, render

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
"""What text is made of: no half surrogates, no NUL."""
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.text(letters, max_size=20)
    | st.decimals(-(10**12), 10**12, allow_nan=False, places=4)
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(letters, max_size=5), inner)
    ),
    max_leaves=20,
)


@given(documents)
def test_what_is_rendered_is_read_back_equal(document: object) -> None:
    assert parse(render(document)) == document


@given(st.decimals(-(10**15), 10**15, allow_nan=False, places=6))
def test_every_digit_of_an_amount_survives(amount: Decimal) -> None:
    assert str(parse(render(amount))) == format(amount, "f")


def test_an_amount_is_a_number_on_the_wire_not_text() -> None:
    assert render({"Amount": Decimal("0.10")}) == b'{"Amount":0.10}'


def test_a_float_never_goes_out() -> None:
    with pytest.raises(TypeError):
        render({"Amount": 0.1})


@pytest.mark.parametrize(
    "content",
    [
        b'{"id": "1", "id": "1"}',
        b'[{"a": {"b": 1, "b": 2}}]',
        b'{"a": "\\u0000"}',
        b'{"a": ["x", {"\\ud83d": 1}]}',
        b"9" * 65,
        b'{"a": -' + b"9" * 65 + b"}",
    ],
)
def test_what_readers_would_understand_differently_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse(content)


def test_escapes_of_whole_letters_are_read() -> None:
    assert parse(b'{"a": "\\ud83d\\ude00 \\\\u0000"}') == {"a": "\U0001f600 \\u0000"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_both_ways(number: str) -> None:
    with pytest.raises(TypeError):
        render(Decimal(number))
    with pytest.raises(UnreadableError):
        parse(number.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b'{"a": 1',
        b'{"a": "\xff"}',
        b"1e999999999",
        b"0." + b"1" * 100,
        b"9" * 5_000,
        b"[" * 100 + b"]" * 100,
        b"[" * 100_000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
    ],
    ids=lambda content: content[:12],
)
def test_hostile_bytes_are_unreadable_and_nothing_worse(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse(content)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert parse(b"[" + b"[],{}," * 500 + b"1]") == [*([[], {}] * 500), 1]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse(content)
    except UnreadableError as error:
        assert str(error)  # noqa: PT017 (either way is right; this one must say why)
