"""The gate holds every payload to the contract of the system that it goes to."""

from decimal import Decimal
from pathlib import Path

import pytest

from interlock.estate.capability import Effect
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_estate
from interlock.gate.contract import Contracts

EXAMPLE = Path(__file__).parents[2] / "examples" / "quote-to-cash"
INVOICE: dict[str, object] = {
    "entity": {"id": "7"},
    "subsidiary": {"id": "1"},
    "tranDate": "2026-11-24",
    "taxTotal": Decimal("8.25"),
    "item": {"items": [{"amount": Decimal("100.00"), "quantity": Decimal(1)}]},
}


@pytest.fixture(scope="module")
def estate() -> Estate:
    return read_estate(EXAMPLE).estate


def test_a_complete_invoice_keeps_the_contract(estate: Estate) -> None:
    assert Contracts().complaint(estate, ("erp", "invoice"), Effect.CREATE, INVOICE) is None


def test_a_new_object_without_a_required_field_breaks_it(estate: Estate) -> None:
    body = {name: value for name, value in INVOICE.items() if name != "subsidiary"}
    said = Contracts().complaint(estate, ("erp", "invoice"), Effect.CREATE, body)
    assert said is not None
    assert "subsidiary" in said


@pytest.mark.parametrize("effect", [Effect.UPSERT, Effect.UPDATE, Effect.TRANSITION])
def test_a_change_carries_only_what_it_is_about(estate: Estate, effect: Effect) -> None:
    assert Contracts().complaint(estate, ("erp", "invoice"), effect, {"memo": "x"}) is None


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"amuont": 1}, "amuont"),
        ({"taxTotal": "a lot"}, "taxTotal"),
        ({"item": {"items": [{"price": 1}]}}, "price"),
    ],
)
def test_an_unknown_field_or_a_wrong_type_breaks_it_in_every_write(
    estate: Estate, body: dict[str, object], word: str
) -> None:
    said = Contracts().complaint(estate, ("erp", "invoice"), Effect.UPSERT, body)
    assert said is not None
    assert word in said


def test_an_object_without_a_contract_is_not_judged(estate: Estate) -> None:
    assert Contracts().complaint(estate, ("erp", "journal"), Effect.CREATE, {"x": 1}) is None
