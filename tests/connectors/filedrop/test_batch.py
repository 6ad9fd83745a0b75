"""Our file: every document in it once, its totals those of its lines, its name only its own."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.filedrop.batch import Document, batch_file, batch_name
from interlock.connectors.filedrop.sheet import Dialect
from interlock.connectors.filedrop.terms import COLUMNS
from interlock.foundation.ids import digest

INVOICE = COLUMNS["invoice"].split(",")
CUT = datetime(2026, 1, 15, 18, tzinfo=UTC)
AMOUNT = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=10)
LINES = st.lists(st.fixed_dictionaries({"product": WORDS, "amount": AMOUNT}), max_size=4)
BODIES = st.fixed_dictionaries(
    {"customer": WORDS, "currency": st.sampled_from(["EUR", "JPY", "USD"]), "lines": LINES}
)
DOCUMENTS = st.dictionaries(
    st.from_regex(r"[a-c0-3][a-c0-3-]{0,4}", fullmatch=True), BODIES, max_size=5
).map(lambda found: [document(key, body) for key, body in found.items()])


def document(key: str, body: dict[str, Any]) -> Document:
    return Document(key=key, body=body, fingerprint=digest(body), attempt=1)


def rows_of(content: bytes) -> list[dict[str, str]]:
    """Read the file as a stranger would: no code of ours."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=";"))


def exact(text: str) -> Decimal:
    return Decimal(text.replace(",", ".") or "0")


@given(DOCUMENTS)
def test_the_totals_of_a_file_are_the_sums_of_its_documents(documents: list[Document]) -> None:
    rows = rows_of(batch_file("b-1", documents, INVOICE, Dialect()))
    stated = {
        row["reference"]: exact(row["lines.amount"]) for row in rows if row["record"] == "total"
    }
    expected: dict[str, Decimal] = {}
    for each in documents:
        lines: Any = each.body["lines"]
        total = sum((line["amount"] for line in lines), Decimal(0))
        currency = str(each.body["currency"])
        expected[currency] = expected.get(currency, Decimal(0)) + total
    assert stated == expected
    end = rows[-1]
    assert (end["record"], end["reference"], end["line"]) == ("end", "b-1", str(len(documents)))


@given(DOCUMENTS)
def test_every_line_says_whose_it_is(documents: list[Document]) -> None:
    rows = rows_of(batch_file("b-1", documents, INVOICE, Dialect()))
    found = sorted((row["reference"], row["line"]) for row in rows if row["record"] == "line")
    bodies: dict[str, Any] = {each.key: each.body for each in documents}
    assert found == sorted(
        (key, str(number))
        for key, body in bodies.items()
        for number in range(1, max(len(body["lines"]), 1) + 1)
    )


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_neither_name_nor_content_depends_on_the_order(
    documents: list[Document], rng: Any
) -> None:
    shuffled = list(documents)
    rng.shuffle(shuffled)
    name = batch_name("invoice", documents, CUT)
    assert batch_name("invoice", shuffled, CUT) == name
    assert name.startswith("invoice-20260115T180000Z-")
    files = [batch_file(name, each, INVOICE, Dialect()) for each in (documents, shuffled)]
    assert files[0] == files[1]


@given(BODIES, BODIES)
def test_another_content_has_another_name(one: dict[str, Any], other: dict[str, Any]) -> None:
    names = {batch_name("invoice", [document("k", body)], None) for body in (one, other)}
    assert len(names) == (1 if one == other else 2)


@given(BODIES, BODIES)
def test_a_customer_has_no_totals(one: dict[str, Any], other: dict[str, Any]) -> None:
    people = [document(str(n), {"name": body["customer"]}) for n, body in enumerate((one, other))]
    rows = rows_of(batch_file("b-1", people, COLUMNS["customer"].split(","), Dialect()))
    assert [row["record"] for row in rows] == ["line", "line", "end"]
