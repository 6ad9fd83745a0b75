from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict
from interlock.foundation.errors import UsageError
from interlock.gate.permit import NotNow
from interlock.reconciliation import Cause
from interlock.reconciliation.examining import Examination
from interlock.reconciliation.examining import Verdict as Answer
from tests.reconciliation.company import NOW, Look, Page, billed, posted, shown


def causes(found: Examination) -> dict[str | None, Cause]:
    assert found.report is not None
    return {each.key: each.cause for each in found.report.breaks}


def test_equal_records_of_two_systems_agree_whatever_they_call_them(look: Look) -> None:
    found = look("invoices", [[billed("A", 1050)]], [[posted("A", "10.50")]])
    assert found.verdict is Answer.AGREES
    assert found.report is not None
    assert found.report.amount("billing") == {"USD": Decimal("10.50")}


def test_pages_are_read_to_their_end_and_a_record_that_changed_counts_once(look: Look) -> None:
    pages = [[posted("A", "9.00")], [posted("B", "2.00"), posted("A", "10.50")]]
    found = look("invoices", [[billed("A", 1050), billed("B", 200)]], pages)
    assert found.verdict is Answer.AGREES
    assert [each.records for each in found.sides] == [2, 2]


def test_what_was_deleted_on_the_way_does_not_count(look: Look) -> None:
    pages = [[posted("A", "9.00"), replace(posted("A", "9.00"), type="invoice.deleted")]]
    assert causes(look("invoices", [[billed("A", 900)]], pages)) == {"A": Cause.MISSING_DOWNSTREAM}


def failed() -> CallFailed:
    return CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="gone"))


def test_a_side_that_fails_half_way_is_unknown_and_nothing_is_called_missing(look: Look) -> None:
    found = look("invoices", [[billed("A", 900)]], [[posted("B", "1.00")], failed()])
    assert found.verdict is Answer.UNKNOWN
    assert found.report is None
    assert "`erp` could not be read to its end" in found.troubles[0]


def test_a_page_that_failed_for_a_moment_is_asked_for_again(look: Look) -> None:
    pages: list[Page] = [
        failed(),
        NotNow(until=NOW + timedelta(seconds=2), reason="busy"),
        [posted("A", "9")],
    ]
    assert look("invoices", [[billed("A", 900)]], pages).verdict is Answer.AGREES


def test_a_system_that_has_no_room_for_long_is_unknown(look: Look) -> None:
    pages: list[Page] = [NotNow(until=NOW + timedelta(hours=2), reason="the quota is used up")]
    found = look("invoices", [[billed("A", 900)]], pages)
    assert found.verdict is Answer.UNKNOWN


def test_an_amount_as_text_with_separators_is_named_and_its_key_is_in_doubt(look: Look) -> None:
    found = look(
        "invoices",
        [[billed("A", 123456)]],
        [[posted("A", "1,234.56")]],
    )
    assert found.verdict is Answer.UNKNOWN
    assert "total" in found.troubles[0]
    assert causes(found) == {"A": Cause.IN_DOUBT}


def test_an_amount_finer_than_any_currency_is_named_and_not_rounded(look: Look) -> None:
    found = look("invoices", [[billed("A", 100)]], [[posted("A", "1.00000001")]])
    assert found.verdict is Answer.UNKNOWN
    assert causes(found) == {"A": Cause.IN_DOUBT}


def test_a_record_that_nobody_can_read_or_name_leaves_everything_unknown(look: Look) -> None:
    found = look("invoices", [[billed(None, 1, ref="in_x", total="no")]], [[posted("A", "1")]])
    assert found.verdict is Answer.UNKNOWN
    assert found.report is None


def test_a_field_that_is_not_compared_may_hold_anything(look: Look) -> None:
    found = look("invoices", [[billed("A", 100, lines="none")]], [[posted("A", "1.00")]])
    assert found.verdict is Answer.AGREES


def test_what_counts_after_the_period_is_left_out_on_both_sides(look: Look) -> None:
    found = look(
        "invoices",
        [[billed("A", 100, day="2026-10-31"), billed("B", 900, day="2026-11-01")]],
        [[posted("A", "1.00", tranDate="2026-10-31"), posted("B", "9", tranDate="2026-11-01")]],
        date(2026, 10, 31),
    )
    assert found.verdict is Answer.AGREES
    assert found.report is not None
    assert found.report.outside == {"billing": 1, "erp": 1}
    assert found.report.amount("erp") == {"USD": Decimal("1.00")}


def test_a_document_in_two_periods_is_a_break_of_the_cut_off(look: Look) -> None:
    found = look(
        "invoices",
        [[billed("A", 100, day="2026-10-31")]],
        [[posted("A", "1.00", tranDate="2026-11-01")]],
        date(2026, 10, 31),
    )
    assert causes(found) == {"A": Cause.CUT_OFF}


def test_what_changed_within_the_settle_time_is_in_flight(look: Look) -> None:
    found = look("invoices", [[billed("A", 100, at=NOW - timedelta(minutes=5))]], [[]])
    assert causes(found) == {"A": Cause.IN_FLIGHT}
    assert found.notes == ["`erp` has no record that counts"]
    assert [(each.system, each.records) for each in found.sides] == [("billing", 1), ("erp", 0)]


def test_lines_are_compared_one_by_one(look: Look) -> None:
    lines = {"data": [{"product": "SEAT", "amount": 100}, {"product": "API", "amount": 250}]}
    items = {
        "items": [
            {"item": {"refName": "API"}, "amount": Decimal("2.40")},
            {"item": {"refName": "SEAT"}, "amount": Decimal(1)},
        ]
    }
    found = look("lines", [[billed("A", 350, lines=lines)]], [[posted("A", "3.5", item=items)]])
    assert causes(found) == {"A/API": Cause.AMOUNT}


def test_personal_values_are_told_to_differ_and_not_shown(look: Look) -> None:
    found = look("customers", [[]], [[]])
    assert found.report is not None
    (each,) = found.report.breaks
    assert each.cause is Cause.DRIFT
    assert each.differences[0].authority == "billing"
    assert set(each.differences[0].values.values()) == {"[masked]"}


def test_what_a_system_does_not_hold_is_not_compared_with_it(look: Look) -> None:
    total = {"currency_id": "USD", "amount_total_in_currency_signed": Decimal(2)}
    books = shown("invoice", "9", {"ref": "B", **total})
    found = look(
        "whole",
        [[billed("A", 100, memo="x"), billed("B", 200, memo="y")]],
        [[posted("A", "1.00", memo="z")]],
        books=[[books]],
    )
    assert causes(found) == {"A": Cause.DRIFT}


def test_records_of_one_key_are_added_up_where_balances_are_compared(look: Look) -> None:
    found = look(
        "balances",
        [[billed("A", 100), billed("B", 250)]],
        [[posted("A", "1.00"), posted("B", "2.00")]],
    )
    assert causes(found) == {"C1": Cause.AMOUNT}
    assert found.report is not None
    assert str(found.report.breaks[0].money) == "0.50 USD"


def test_a_reconciliation_that_is_not_declared_is_wrong_use(look: Look) -> None:
    with pytest.raises(UsageError, match="there is no reconciliation `invoice`"):
        look("invoice", [[]], [[]])
