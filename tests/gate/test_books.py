"""Where two ERPs run at once, a document goes into the books of its own legal entity only."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from interlock.estate.capability import Guarantee
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_estate
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.gate.books import foreign_books
from interlock.gate.door import Gate
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.permit import Refusal
from interlock.gate.window import Window
from tests.flow.vendor import BOUND, Vendor

EXAMPLE = Path(__file__).parents[2] / "examples" / "quote-to-cash"
NOW = from_iso("2026-02-01T00:00:00Z")


@pytest.fixture(scope="module")
def estate() -> Estate:
    return read_estate(EXAMPLE).estate


@pytest.mark.parametrize(
    ("into", "said", "run", "why"),
    [
        ("erp", "us", "us", None),
        ("legacy", "de", "de", None),
        ("erp", "de", "de", "a `invoice` of `de` belongs in the books of `legacy`"),
        ("legacy", "us", "us", "a `invoice` of `us` belongs in the books of `erp`"),
        # What the record says of itself counts before what is known of the run.
        ("erp", "de", "us", "a `invoice` of `de` belongs in the books of `legacy`"),
        ("legacy", None, "de", None),
        ("erp", None, "de", "a `invoice` of `de` belongs in the books of `legacy`"),
        (
            "erp",
            None,
            None,
            "it cannot be told in whose books a `invoice` of no legal entity belongs",
        ),
        # No books of an invoice are there: nothing is claimed.
        ("crm", "de", "de", None),
        ("billing", "us", "us", None),
    ],
)
def test_an_invoice_goes_into_the_books_of_its_own_legal_entity(
    estate: Estate, into: str, said: str | None, run: str | None, why: str | None
) -> None:
    values: Mapping[str, object] = {} if said is None else {"legal_entity": said}
    assert foreign_books(estate, "invoice", values, into, (run, NOW)) == why


@pytest.mark.parametrize("entity", ["customer", "subscription"])
@pytest.mark.parametrize("into", ["erp", "legacy", "crm", "billing"])
def test_masters_and_what_is_not_posted_may_be_in_every_system(
    estate: Estate, entity: str, into: str
) -> None:
    values = {"legal_entity": "de"}
    assert foreign_books(estate, entity, values, into, ("de", NOW)) is None


def test_the_gate_itself_lets_no_invoice_into_the_books_of_another(estate: Estate) -> None:
    vendor = Vendor(Guarantee.REFERENCE, VirtualClock(NOW), random.Random(0), {})
    windows = {name: Window(connector=vendor, bound=BOUND) for name in ("erp", "legacy")}
    gate = Gate(windows, VirtualClock(NOW), limits={}, report=lambda _system, _turn: None)
    effect = Effect(
        path="invoice",
        step="invoice",
        mode=Mode.WRITE,
        system="erp",
        operation="invoice.create",
        entity="invoice",
        key="006A",
        values={"legal_entity": "de", "currency": "EUR"},
    )
    asker = Asker(
        run="run",
        plan=estate.plans["quote-to-cash"],
        estate=estate,
        key="006A",
        generation=1,
        legal_entity="de",
        at=NOW,
        refs=lambda *_: None,
    )
    answer = gate.admit(effect, asker)
    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.rule) == ("authority", "authority")
    assert "belongs in the books of `legacy`" in answer.reason
