import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.filedrop.sheet import Dialect, SheetError

DIALECTS = st.builds(
    Dialect,
    delimiter=st.sampled_from(";,\t|"),
    quote=st.sampled_from('"~'),
    encoding=st.sampled_from(["utf-8", "cp1252", "iso8859-15"]),
    decimal=st.sampled_from(",."),
)
TEXT = st.text(
    st.characters(codec="iso8859-15", exclude_characters="\x00\x80\x81\x8d\x8f\x90\x9d").filter(
        lambda each: each.encode("cp1252", "ignore") != b""
    ),
    max_size=20,
)
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=2).filter(
    lambda number: abs(number) < 10**18
)


@given(DIALECTS, st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=5))
def test_what_is_written_is_what_is_read(dialect: Dialect, rows: list[list[str]]) -> None:
    assert dialect.read(dialect.write(rows)) == rows


@given(DIALECTS, AMOUNTS)
def test_an_amount_comes_back_to_the_last_digit(dialect: Dialect, amount: Decimal) -> None:
    cell = dialect.read(dialect.write([[amount]]))[0][0]
    assert dialect.amount(cell) == amount
    assert str(dialect.amount(cell).as_tuple().exponent) == "-2"


@given(TEXT)
def test_no_text_starts_as_a_formula(text: str) -> None:
    dialect = Dialect()
    raw = csv.reader(io.StringIO(dialect.write([[text]]).decode(), newline=""), delimiter=";")
    assert not next(raw)[0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_negative_amount_is_a_number_and_no_formula() -> None:
    assert Dialect().write([[Decimal("-12.50"), "-12.50"]]) == b'"-12,50";"\'-12.50"\r\n'


@pytest.mark.parametrize("text", ["", "1.000,00", "1e5", "NaN", "1,", ",5", "1,00 EUR", "9" * 99])
def test_an_amount_that_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(SheetError):
        Dialect().amount(text)


@pytest.mark.parametrize("text", ["Łódź", "a\x00b", "x" * 40_000])
def test_what_cannot_stand_in_the_file_is_refused(text: str) -> None:
    with pytest.raises(SheetError):
        Dialect(encoding="cp1252").write([[text]])


@pytest.mark.parametrize("content", [b'"open', b'"a"b;"c"\r\n', b"\xff\xfe;"])
def test_what_is_no_csv_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(SheetError):
        Dialect().read(content)
