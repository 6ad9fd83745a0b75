"""What keeps a version from being published: it is named, and the last version stays."""

from decimal import Decimal
from pathlib import Path

import pytest

from interlock.foundation.database import Database
from interlock.foundation.errors import UsageError
from interlock.products.built import Outcome
from interlock.products.refusal import Kind
from tests.products.company import DE, TEXT, US, US_2, Office, german, invoice
from tests.products.conftest import read


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
