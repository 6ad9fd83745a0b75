"""A figure is proven, doubtful or unknown; what is not known is never shown as fine (N14)."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from interlock.connectors import catalogue
from interlock.estate.reading.load import read_estate
from interlock.foundation.clock import VirtualClock
from interlock.foundation.errors import UsageError
from interlock.products.proof import Proven, Prover
from interlock.reconciliation import commands
from interlock.reconciliation.definition import definition_of
from interlock.reconciliation.examining import Examiner
from tests.products.company import NOW, Office, german, invoice

EXAMPLES = Path(__file__).parents[2] / "examples"


def reconcile(office: Office, at: timedelta = timedelta(0)) -> None:
    clock = VirtualClock(NOW + at)
    examiner = Examiner(
        estate=office.estate, source=office.vendors, database=office.database, clock=clock
    )
    found = examiner.examine("invoices")
    commands.record(office.database, definition_of(office.estate, "invoices"), found, clock)


def test_what_was_never_published_is_unknown(office: Office) -> None:
    found = office.prove()
    assert found.verdict is Proven.UNKNOWN
    assert found.doubts == ["it was never published"]


def test_what_was_never_reconciled_is_unknown(office: Office) -> None:
    office.build()
    found = office.prove()
    assert found.verdict is Proven.UNKNOWN
    assert found.doubts == ["`invoices` was never carried out"]
    assert {each.open for each in found.figures} == {None}


def test_open_breaks_are_told_in_money_and_as_a_share_of_the_figure(office: Office) -> None:
    office.build()
    reconcile(office)
    found = office.prove()
    assert found.verdict is Proven.DOUBTFUL
    assert found.doubts == ["`invoices` has 3 open breaks"]
    told = {each.sum.currency: (each.sum.amount, each.open, each.share) for each in found.figures}
    assert told == {
        "EUR": (Decimal("7.25"), Decimal("7.25"), Decimal(100)),
        "USD": (Decimal("12.50"), Decimal("12.50"), Decimal(100)),
    }
    (stood,) = found.reconciled
    assert (stood.as_of, stood.at) == (NOW.date(), NOW)


def test_a_figure_that_is_fresh_and_agrees_is_proven(office: Office) -> None:
    copies = [
        german("A", Decimal("10.50"), currency="USD", company="us"),
        german("B", Decimal(2), currency="USD", company="us"),
    ]
    office.vendors.put(
        "erp", "invoice", "3", invoice("D", Decimal("7.25"), currency="EUR", subsidiary="de")
    )
    for index, body in enumerate(copies):
        office.vendors.put("books", "invoice", f"c{index}", body)
    office.build()
    reconcile(office)
    found = office.prove()
    assert (found.verdict, found.doubts) == (Proven.PROVEN, [])
    assert [each.share for each in found.figures] == [Decimal(0), Decimal(0)]


def test_a_figure_grows_old(office: Office) -> None:
    office.build()
    assert office.prove(at=NOW + timedelta(days=1)).freshness.fresh  # type: ignore[union-attr]  # it is published
    assert "it was read 2 days ago" in office.prove(at=NOW + timedelta(days=2)).doubts


def test_reading_again_makes_it_fresh_although_nothing_changed(office: Office) -> None:
    office.build()
    office.clock.sleep(timedelta(days=2))
    office.build()
    assert not any("ago" in doubt for doubt in office.prove().doubts)


def test_what_could_not_be_told_is_unknown(office: Office) -> None:
    office.build()
    office.vendors.fails_after = {"books": 0}
    reconcile(office)
    found = office.prove()
    assert found.verdict is Proven.UNKNOWN
    assert found.doubts == ["`invoices` could not tell"]


def test_a_proof_as_it_stood_knows_nothing_of_what_came_later(office: Office) -> None:
    office.build()
    reconcile(office)
    office.clock.sleep(timedelta(days=3))
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(500)))
    office.build()
    reconcile(office, timedelta(days=3))
    prover = Prover(estate=office.estate, database=office.database, clock=office.clock)
    then, now = prover.prove("billings", as_of=NOW.date()), prover.prove("billings")
    assert (then.version.number, now.version.number) == (1, 2)  # type: ignore[union-attr]  # both are published
    assert [each.open for each in then.figures] == [Decimal("7.25"), Decimal("12.50")]
    assert [each.open for each in now.figures] == [Decimal("7.25"), Decimal(502)]
    before = prover.prove("billings", as_of=date(2026, 11, 1))
    assert (before.version, before.reconciled) == (None, [])


def test_it_says_whose_records_they_are_and_under_which_contract(office: Office) -> None:
    office.build()
    version = office.prove().version
    assert version is not None
    assert [(each.system, each.owner, each.records) for each in version.inputs] == [
        ("books", "group:finance", 1),
        ("crm", "group:finance", 1),
        ("erp", "group:finance", 3),
    ]
    assert version.contract == "1.0.0"


def test_a_product_that_nobody_declared_is_wrong_use(office: Office) -> None:
    with pytest.raises(UsageError, match="there is no data product `nothing`"):
        office.prove("nothing")


def test_what_is_extracted_past_every_product_is_named_with_its_place(office: Office) -> None:
    twin = read_estate(EXAMPLES / "red-twin", capabilities=catalogue.every()).estate
    prover = Prover(estate=twin, database=office.database, clock=office.clock)
    (extract,) = prover.prove("billings").extracts
    assert extract.startswith("`row` of `into-the-lake` extracts into `lake`")
    assert "integrations/patterns.estate.yaml:" in extract
    assert office.prove().extracts == []
