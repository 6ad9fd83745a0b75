"""A correction is typed as text and means a value."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from interlock.estate.correction import typed
from interlock.estate.reading.load import read_estate

ESTATE = read_estate(Path(__file__).parents[2] / "examples" / "quote-to-cash").estate


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("opportunity.amount", "12.50", Decimal("12.50")),
        ("opportunity.term_months", "24", 24),
        ("invoice.date", "2026-11-02", date(2026, 11, 2)),
        ("customer.payment_hold", "true", True),
        ("customer.name", "7", "7"),
    ],
)
def test_text_is_read_by_the_type_of_its_field(name: str, text: str, value: object) -> None:
    assert typed(ESTATE, {name: text}) == {name: value}


@pytest.mark.parametrize("name", ["invoice.date", "opportunity.amount", "nobody.x", "memo"])
def test_what_cannot_be_read_stays_for_the_step_to_complain_about(name: str) -> None:
    assert typed(ESTATE, {name: "soon"}) == {name: "soon"}
