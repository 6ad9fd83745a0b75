"""What systems should not show, and do: each is named, and none is silent."""

from datetime import date

import pytest

from interlock.connectors.port import CallFailed, Event, Kind, Outcome, Verdict
from interlock.reconciliation import Cause, Column, Comparison, Role, Row
from interlock.reconciliation.examining import Examination
from interlock.reconciliation.examining import Verdict as Answer
from interlock.reconciliation.finding import Break
from interlock.reconciliation.reconciling import reconcile
from interlock.reconciliation.reporting import ALIKE, NO_KEY
from interlock.reconciliation.shape import ENOUGH
from tests.reconciliation.company import Look, billed, posted, shown


def breaks(found: Examination) -> list[Break]:
    assert found.report is not None
    assert found.report.ties
    return list(found.report.breaks)


def test_a_key_that_is_there_twice_is_a_duplicate_of_the_second_record(look: Look) -> None:
    twice = [posted("A", "1.00"), posted("A", "1.00", ref="INVA-again")]
    (found,) = breaks(look("invoices", [[billed("A", 100)]], [twice]))
    assert found.cause is Cause.DUPLICATE
    assert [part.ref for part in found.parts] == ["INVA-again"]
    assert str(found.money) == "1.00 USD"


def test_a_key_that_is_there_twice_on_both_sides_is_not_silent_either(look: Look) -> None:
    found = look(
        "invoices",
        [[billed("A", 100), billed("A", 100, ref="in_2")]],
        [[posted("A", "1.00"), posted("A", "1.00", ref="INV2")]],
    )
    assert [each.cause for each in breaks(found)] == [Cause.DUPLICATE] * 2


@pytest.mark.parametrize("key", [None, ""])
def test_a_record_without_a_key_is_a_break_that_says_so(look: Look, key: str | None) -> None:
    (found,) = breaks(look("invoices", [[billed(key, 100, ref="in_x")]], [[]]))
    assert (found.key, found.cause) == (None, Cause.MISSING_DOWNSTREAM)
    assert found.note == NO_KEY


@pytest.mark.parametrize("other", ["inv-007", "INV-7", "INV 007", " INV-007 x"])
def test_keys_that_differ_in_case_signs_or_zeros_are_suggested_and_never_just_matched(
    look: Look, other: str
) -> None:
    found = look("invoices", [[billed("INV-007", 100)]], [[posted(other, "1.00")]])
    first, second = breaks(found)
    assert {first.cause, second.cause} == {Cause.MISSING_DOWNSTREAM, Cause.MISSING_UPSTREAM}
    alike = other in {"inv-007", "INV 007"}
    assert bool(first.suggestion) is alike
    assert first.note.startswith(ALIKE) is alike


def test_keys_that_differ_in_leading_zeros_are_suggested(look: Look) -> None:
    found = breaks(look("invoices", [[billed("0042", 100)]], [[posted("42", "1.00")]]))
    assert len({each.suggestion for each in found}) == 1
    assert all(each.suggestion for each in found)


def test_of_three_sides_too_it_is_said_which_key_is_spelled_differently() -> None:
    sides = ("crm", "billing", "erp")
    comparison = Comparison(
        name="c", sides=sides, columns=(Column(name="total", role=Role.AMOUNT, sides=sides),)
    )
    rows = {side: [Row(ref=side, key="K7", currency="USD")] for side in sides}
    rows["erp"] = [Row(ref="erp", key="k07", currency="USD")]
    report = reconcile(comparison, rows)
    assert {each.key: each.note for each in report.breaks} == {
        "K7": "",
        "k07": "",
    }
    rows["erp"] = [Row(ref="erp", key="k7", currency="USD")]
    notes = {each.key: each.note for each in reconcile(comparison, rows).breaks}
    assert notes == {"K7": f"{ALIKE}: k7", "k7": f"{ALIKE}: K7"}


@pytest.mark.parametrize("amount", ["1,234.56", "1.234,56", "1 234.56", "1'234.56", "12,5", "NaN"])
def test_an_amount_as_text_that_could_mean_two_things_is_named(look: Look, amount: str) -> None:
    body = {**posted("A", "1").body, "total": amount}
    found = look("invoices", [[billed("A", 123456)]], [[shown("invoice", "INVA", body)]])
    assert found.verdict is Answer.UNKNOWN
    assert "INVA of `erp`: total: " in found.troubles[0]
    (each,) = breaks(found)
    assert each.cause is Cause.IN_DOUBT
    assert "total" in each.note


def test_amounts_of_two_currencies_are_never_compared_as_numbers(look: Look) -> None:
    euros = posted("A", "1.00", currency={"refName": "EUR"})
    (found,) = breaks(look("invoices", [[billed("A", 100)]], [[euros]]))
    assert found.cause is Cause.CURRENCY


def test_a_customer_who_owes_in_two_currencies_has_two_balances(look: Look) -> None:
    billing = [billed("A", 100), billed("B", 250, currency="eur")]
    books = [posted("A", "1.00"), posted("B", "2.50", currency={"refName": "EUR"})]
    assert look("balances", [billing], [books]).verdict is Answer.AGREES
    books[1] = posted("B", "2.00", currency={"refName": "EUR"})
    (found,) = breaks(look("balances", [billing], [books]))
    assert (found.key, found.cause, str(found.money)) == ("C1 in EUR", Cause.AMOUNT, "0.50 EUR")


def test_a_balance_in_a_currency_that_only_one_side_has_is_missing_on_the_other(
    look: Look,
) -> None:
    billing = [billed("A", 100), billed("B", 250, currency="eur")]
    (found,) = breaks(look("balances", [billing], [[posted("A", "1.00")]]))
    assert (found.key, found.cause) == ("C1 in EUR", Cause.MISSING_DOWNSTREAM)


def test_a_moment_without_a_zone_is_named_where_it_decides_the_period(look: Look) -> None:
    for told in ("2026-10-31T23:30:00", "31.10.2026", "2026-13-01"):
        found = look("noted", [[billed("A", 100, memo=told)]], [[]], date(2026, 10, 31))
        assert found.verdict is Answer.UNKNOWN, told
        assert told in found.troubles[0]
    zoned = look(
        "noted", [[billed("A", 100, memo="2026-11-01T03:30:00Z")]], [[]], date(2026, 10, 31)
    )
    assert zoned.report is not None
    assert zoned.report.outside == {"billing": 1, "erp": 0}


def test_moments_that_are_read_as_utc_because_they_have_no_zone_are_counted(look: Look) -> None:
    found = look(
        "moments",
        [[billed("A", 1, sent="2026-10-31T23:30:00"), billed("B", 1, sent=None)]],
        [[posted("A", "0.01", sent="2026-10-31T23:30:00Z"), posted("B", "0.01")]],
    )
    assert found.verdict is Answer.AGREES
    assert found.notes == ["1 moments in `sent` of `billing` have no zone; they were read as UTC"]


def test_a_side_without_a_record_is_named(look: Look) -> None:
    found = look("invoices", [[billed("A", 100)]], [[]])
    assert found.notes == ["`erp` has no record that counts"]
    assert found.verdict is Answer.BREAKS


def test_a_side_that_fails_half_way_is_never_called_missing(look: Look) -> None:
    gone = CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="gone"))
    found = look("invoices", [[billed("A", 900)]], [[posted("B", "1.00")], *[gone] * 9])
    assert (found.verdict, found.report) == (Answer.UNKNOWN, None)


def many(count: int, entity: str | None = "7") -> list[Event]:
    return [posted(f"K{n}", "1.00", entity={"id": entity}) for n in range(count)]


def test_a_field_that_no_record_shows_any_more_is_a_schema_change_and_not_a_thousand_breaks(
    look: Look,
) -> None:
    billing = [billed(f"K{n}", 100) for n in range(ENOUGH)]
    assert look.kept(billing, many(ENOUGH)).verdict is Answer.AGREES
    changed = [shown("invoice", e.ref, {**e.body, "total": None}) for e in many(ENOUGH)]
    for _ in range(2):  # it is not forgotten because it was said once
        found = look.kept(billing, changed)
        assert (found.verdict, found.report) == (Answer.UNKNOWN, None)
        assert "shows `total` any more" in found.troubles[0]
        assert [case.cause for case in look.open_cases()] == ["reconciliation-untold"]
    assert look.kept(billing, many(ENOUGH)).verdict is Answer.AGREES
    assert look.open_cases() == []


def test_what_is_gone_can_be_accepted_once_and_for_all(look: Look) -> None:
    billing = [billed(f"K{n}", 100, customer=None) for n in range(ENOUGH)]
    look.kept(billing, many(ENOUGH))
    changed = many(ENOUGH, entity=None)
    assert look.kept(billing, changed).verdict is Answer.UNKNOWN
    assert look.kept(billing, changed, accepted=True).verdict is Answer.AGREES
    assert look.kept(billing, changed).verdict is Answer.AGREES


def test_a_few_records_that_leave_a_field_empty_are_no_schema_change(look: Look) -> None:
    billing = [billed("A", 100)]
    look.kept(billing, [posted("A", "1.00")])
    changed = [posted("A", "1.00", entity={"id": None})]
    assert look.kept(billing, changed).verdict is Answer.BREAKS
