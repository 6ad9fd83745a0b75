"""From the systems to a published table: only originals, only what is whole and tested."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from interlock.estate.estate import Estate
from interlock.foundation.database import Database
from interlock.foundation.errors import UsageError
from interlock.products.built import Outcome
from interlock.products.refusal import Kind
from tests.products.company import TEXT, Office, german, invoice
from tests.products.conftest import read

OCTOBER = date(2026, 10, 31)
US = ("erp/1", "Ada", "us", OCTOBER, "USD", Decimal("10.50"))
US_2 = ("erp/2", "Ada", "us", OCTOBER, "USD", Decimal(2))
DE = ("books/9", None, "de", date(2026, 10, 30), "EUR", Decimal("7.25"))


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


def test_nothing_half_is_published_when_a_source_fails_half_way(office: Office) -> None:
    first = office.build()
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(999)))
    office.vendors.put("books", "invoice", "9", german("D", Decimal(888)))
    office.vendors.fails_after = {"erp": 2}
    built = office.build(whole=True)
    assert built.outcome is Outcome.UNKNOWN
    assert built.version == first.version
    assert "`erp` could not be read to its end" in built.reasons[0].what
    assert office.rows() == [DE, US, US_2]
    office.vendors.fails_after = {}
    assert office.build().outcome is Outcome.PUBLISHED
    assert [row[5] for row in office.rows()] == [Decimal(888), Decimal(999), Decimal(2)]


def test_somebody_is_asked_until_it_is_published_again(office: Office) -> None:
    office.build()
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(-1)))
    office.build()
    (case,) = office.open_cases()
    assert (case.kind, case.cause, case.owner) == ("product", "contract", "group:finance")
    assert "erp/1" in case.message
    assert "interlock product build billings" in case.remedy
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal("10.50")))
    assert office.build().outcome is Outcome.UNCHANGED
    assert office.open_cases() == []


def test_zero_rows_are_refused_and_the_last_version_stays(office: Office) -> None:
    office.build()
    for obj in (("erp", "invoice", "1"), ("erp", "invoice", "2"), ("books", "invoice", "9")):
        office.vendors.drop(*obj)
    built = office.build()
    assert built.outcome is Outcome.REFUSED
    assert built.reasons[0].what == "rowCount: 0, and it must be at least 1"
    assert office.rows() == [DE, US, US_2]


def test_zero_rows_are_published_where_the_contract_says_that_they_may(
    office: Office, database: Database, tmp_path: Path
) -> None:
    allowed = TEXT.replace(
        "  figures: {billed",
        "  quality: [{metric: rowCount, mustBeGreaterOrEqualTo: 0}]\n  figures: {billed",
    )
    empty = Office(read(allowed), database, tmp_path / "other")
    built = empty.build()
    assert built.outcome is Outcome.PUBLISHED
    assert built.version is not None
    assert (built.version.rows, built.version.sums) == (0, [])


def test_a_field_that_no_record_has_any_more_is_named_and_nothing_is_published(
    office: Office,
) -> None:
    office.build()
    for ref, key in (("1", "A"), ("2", "B")):
        body = dict(invoice(key, Decimal(5)))
        body["trandate"] = body.pop("tranDate")
        office.vendors.put("erp", "invoice", ref, body)
    built = office.build()
    assert built.outcome is Outcome.REFUSED
    assert [reason.kind for reason in built.reasons] == [Kind.SCHEMA]
    assert "`tranDate` is in none of the 2 invoice of `erp` any more" in built.reasons[0].what
    assert office.rows() == [DE, US, US_2]


def test_a_field_that_changed_records_lack_makes_everything_be_read_again(office: Office) -> None:
    office.build()
    body = dict(invoice("B", Decimal(5)))
    del body["tranDate"]
    office.vendors.put("erp", "invoice", "2", body)
    built = office.build()
    assert built.outcome is Outcome.REFUSED
    assert built.reasons[0].what.startswith("required of `date`: 1")
    assert ("erp", "invoice", None) in office.vendors.asked[4:]


def test_a_value_of_another_type_is_named_with_its_record(office: Office) -> None:
    office.vendors.put("erp", "invoice", "1", invoice("A", "1,234.56"))
    built = office.build()
    assert built.outcome is Outcome.REFUSED
    assert built.reasons[0].kind is Kind.RECORD
    assert "invoice 1 of `erp`: total" in built.reasons[0].what


def test_a_value_that_was_never_declared_is_named(office: Office) -> None:
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(1), status="hovering"))
    assert "status" in office.build().reasons[0].what


def test_where_nobody_can_tell_who_originates_a_record_nothing_is_published(
    office: Office,
) -> None:
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(1), subsidiary=None))
    built = office.build()
    assert built.outcome is Outcome.UNKNOWN
    assert built.version is None
    assert built.reasons[0].kind is Kind.AUTHORITY
    assert "it depends on the legal entity, which is not known" in built.reasons[0].what


def test_two_records_of_one_key_are_named_where_one_is_looked_up(office: Office) -> None:
    office.vendors.put("erp", "customer", "8", {"externalId": "C1", "terms": "60"})
    built = office.build("customers")
    assert built.outcome is Outcome.REFUSED
    assert built.reasons[0].what == "7 and 8 of `erp` are both customer `C1`"


def test_an_amount_without_a_currency_is_refused(office: Office) -> None:
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(1), currency=None))
    built = office.build()
    assert built.outcome is Outcome.REFUSED
    assert "an amount without a currency of `total`: 1" in built.reasons[0].what


def test_amounts_of_several_currencies_are_never_summed(office: Office) -> None:
    office.vendors.put("erp", "invoice", "3", invoice("C", Decimal(4), currency="JPY"))
    built = office.build()
    assert built.version is not None
    assert [(each.by, each.currency, each.amount) for each in built.version.sums] == [
        ({"legal_entity": "de"}, "EUR", Decimal("7.25")),
        ({"legal_entity": "us"}, "JPY", Decimal(4)),
        ({"legal_entity": "us"}, "USD", Decimal("12.50")),
    ]


def test_columns_do_not_change_under_a_published_version(
    office: Office, database: Database, tmp_path: Path
) -> None:
    office.build()
    other = Office(read(TEXT.replace("    customer: account.name\n", "")), database, tmp_path)
    other.vendors = office.vendors
    built = other.build()
    assert built.outcome is Outcome.REFUSED
    assert "`customer` differ from what was published as version 1.0.0" in built.reasons[0].what


@pytest.mark.parametrize(("version", "outcome"), [("1.1.0", "refused"), ("2.0.0", "published")])
def test_a_column_goes_with_a_major_version_only(
    office: Office, database: Database, tmp_path: Path, version: str, outcome: str
) -> None:
    office.build()
    text = TEXT.replace("    customer: account.name\n", "").replace(
        "contractId: billings, version: 1.0.0", f"contractId: billings, version: {version}"
    )
    other = Office(read(text), database, tmp_path)
    other.vendors = office.vendors
    assert other.build().outcome == outcome


def test_a_draft_is_not_built(office: Office) -> None:
    with pytest.raises(UsageError, match="`planned` is draft"):
        office.build("planned")


def test_a_product_that_nobody_declared_is_wrong_use(office: Office) -> None:
    with pytest.raises(UsageError, match="there is no data product `nothing`"):
        office.build("nothing")


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
    office.estate = replace(estate, digest="another")
    built = office.build()
    assert (built.outcome, built.whole, built.made) == (Outcome.UNCHANGED, True, 3)
