"""From the systems to a published table: only originals, only what is whole and tested."""

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from interlock.connectors.port import Changes
from interlock.estate.estate import Estate
from interlock.foundation.database import Database
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ids import Digested
from interlock.gate.permit import NotNow
from interlock.products.built import Outcome
from tests.products.company import DE, US, US_2, Office, Vendors, invoice


def test_a_table_is_made_of_both_sets_of_books_and_read_by_sql(office: Office) -> None:
    built = office.build()
    assert built.outcome is Outcome.PUBLISHED
    assert office.rows() == [DE, US, US_2]
    with duckdb.connect(str(built.folder / "billings.duckdb"), read_only=True) as engine:
        assert engine.execute("SELECT * FROM billings ORDER BY 1").fetchall() == office.rows()


def test_what_did_not_change_is_not_published_again(office: Office) -> None:
    first = office.build()
    again = office.build()
    assert again.outcome is Outcome.UNCHANGED
    assert again.version == first.version
    assert (again.records, again.changed, again.made) == (0, 0, 0)


def test_only_what_changed_is_made_anew(office: Office) -> None:
    office.build()
    office.vendors.put("erp", "invoice", "2", invoice("B", Decimal(3)))
    built = office.build()
    assert (built.records, built.changed, built.made) == (1, 1, 1)
    assert office.rows() == [DE, US, (*US_2[:5], Decimal(3))]


def test_a_row_is_made_anew_when_the_record_changes_that_it_looked_up(office: Office) -> None:
    office.build()
    office.vendors.put("crm", "Account", "C1", {"Id": "C1", "Name": "Eve", "Entity__c": "us"})
    assert office.build().made == 2
    assert [row[1] for row in office.rows()] == [None, "Eve", "Eve"]


def test_what_was_deleted_is_gone(office: Office) -> None:
    office.build()
    office.vendors.drop("erp", "invoice", "2")
    office.build()
    assert office.rows() == [DE, US]


def test_what_was_deleted_without_a_word_is_gone_when_everything_is_read(office: Office) -> None:
    office.build()
    office.vendors.vanish("erp", "invoice", "1")
    office.vendors.put("erp", "invoice", "2", invoice("B", Decimal(2)))
    office.clock.sleep(timedelta(days=6))
    assert not office.build().whole
    assert office.rows() == [DE, US, US_2]
    office.clock.sleep(timedelta(days=1))
    assert office.build().whole
    assert office.rows() == [DE, US_2]


def test_where_a_vendor_forgot_what_happened_everything_is_read(office: Office) -> None:
    office.vendors.page = 50
    office.build()
    office.vendors.vanish("erp", "invoice", "1")
    assert not office.build().whole
    office.vendors.gap = "whatever was deleted"
    office.vendors.asked.clear()
    office.build()
    system, obj, _ = office.vendors.asked[0]
    assert (system, obj, None) in office.vendors.asked
    assert office.vendors.gap == ""


def test_a_system_that_can_only_list_is_listed_and_only_differences_are_taken(
    office: Office,
) -> None:
    office.vendors.listers = {"erp"}
    office.build()
    office.vendors.put("erp", "invoice", "2", invoice("B", Decimal(3)))
    built = office.build()
    assert (built.changed, built.made) == (1, 1)
    assert built.records > 1


def test_a_copy_in_a_system_that_is_not_the_authority_gives_no_row(office: Office) -> None:
    office.vendors.put("erp", "invoice", "8", invoice("D", Decimal(99), subsidiary="de"))
    office.build()
    assert office.rows() == [DE, US, US_2]


def test_every_field_comes_from_its_authority_record_by_record(office: Office) -> None:
    office.vendors.put(
        "crm", "Account", "C2", {"Id": "C2", "Name": "Bo", "Entity__c": "de", "Terms__c": "14"}
    )
    office.vendors.put("erp", "customer", "8", {"externalId": "C2", "terms": "60"})
    office.vendors.put(
        "crm", "Account", "C1", {"Id": "C1", "Name": "A", "Entity__c": "us", "Terms__c": "0"}
    )
    office.build("customers")
    assert office.rows("customers") == [("C1", "A", "30"), ("C2", "Bo", "14")]


def test_each_element_of_a_list_is_a_row(office: Office) -> None:
    lines = [{"item": "seat", "amount": Decimal(8)}, {"item": "setup", "amount": Decimal("2.50")}]
    office.vendors.put(
        "erp", "invoice", "1", invoice("A", Decimal("10.50"), item={"items": lines})
    )
    office.build("sold-lines")
    assert office.rows("sold-lines") == [
        ("1", 1, "seat", Decimal(8)),
        ("1", 2, "setup", Decimal("2.5")),
    ]


def test_amounts_of_several_currencies_are_never_summed(office: Office) -> None:
    office.vendors.put("erp", "invoice", "3", invoice("C", Decimal(4), currency="JPY"))
    built = office.build()
    assert built.version is not None
    assert [(each.by, each.currency, each.amount) for each in built.version.sums] == [
        ({"legal_entity": "de"}, "EUR", Decimal("7.25")),
        ({"legal_entity": "us"}, "JPY", Decimal(4)),
        ({"legal_entity": "us"}, "USD", Decimal("12.50")),
    ]


def test_only_the_last_versions_keep_their_files(office: Office) -> None:
    for cents in range(5):
        office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(cents)))
        office.build()
    kept = sorted(each.name for each in (office.home / "products" / "billings").glob("v*"))
    assert kept == ["v3", "v4", "v5"]


def test_files_that_somebody_removed_are_written_again_from_the_systems(office: Office) -> None:
    office.build()
    shutil.rmtree(office.home / "products")
    built = office.build()
    assert (built.outcome, built.whole) == (Outcome.UNCHANGED, True)
    assert office.rows() == [DE, US, US_2]
    shutil.rmtree(office.home / "products" / "billings" / "v1")
    assert office.build().outcome is Outcome.UNCHANGED
    assert office.rows() == [DE, US, US_2]


def test_personal_fields_that_no_column_is_made_of_are_not_kept(office: Office) -> None:
    office.vendors.put(
        "crm",
        "Account",
        "C1",
        {"Id": "C1", "Name": "Ada", "Entity__c": "us", "Email": "ada@x.org"},
    )
    office.build()
    kept = [each for each in (office.home / "products").rglob("*") if each.is_file()]
    assert any(b"Ada" in each.read_bytes() for each in kept)
    assert not any(b"ada@x.org" in each.read_bytes() for each in kept)


def test_an_estate_that_changed_makes_all_rows_anew(office: Office, estate: Estate) -> None:
    office.build()
    office.estate = replace(estate, said=Digested("another"))
    built = office.build()
    assert (built.outcome, built.whole, built.made) == (Outcome.UNCHANGED, True, 3)


@dataclass
class Interrupted(Vendors):
    """Systems of which somebody else builds the same product while they are read."""

    other: Office | None = None

    def census(
        self, system: str, obj: str, page: str | None, criticality: str
    ) -> Changes | NotNow:
        if self.other is not None:
            other, self.other = self.other, None
            assert other.build().outcome is Outcome.PUBLISHED
        return super().census(system, obj, page, criticality)


def test_of_two_builds_at_once_in_two_places_one_publishes(
    office: Office, estate: Estate, database: Database, tmp_path: Path
) -> None:
    elsewhere = Office(estate, database, tmp_path / "elsewhere", office.vendors)
    office.vendors = Interrupted(history=office.vendors.history, other=elsewhere)
    with pytest.raises(UnavailableError, match="published by somebody else meanwhile"):
        office.build()
    assert elsewhere.rows() == [DE, US, US_2]
    assert office.build().outcome is Outcome.UNCHANGED
    assert office.rows() == [DE, US, US_2]
