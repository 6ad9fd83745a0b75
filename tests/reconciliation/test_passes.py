import random
from collections.abc import Iterable
from decimal import Decimal

import pytest

from interlock.foundation.errors import InvariantError, UsageError
from interlock.reconciliation import (
    Cause,
    Column,
    Comparison,
    Match,
    Mode,
    Pass,
    Report,
    Role,
    Row,
)
from interlock.reconciliation.choosing import chosen
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.laying import fill
from interlock.reconciliation.passes import Agreed
from interlock.reconciliation.reconciling import Known, reconcile, settle
from interlock.reconciliation.row import UnfitError
from interlock.reconciliation.slate import open_slate

BANK_AND_BOOKS = ("bank", "books")


def item(side: str, ref: str, amount: str, **cells: str) -> Row:
    key = cells.pop("key", None)
    currency = cells.pop("currency", "EUR")
    return Row(
        ref=f"{side}-{ref}",
        key=key,
        system=side,
        currency=currency,
        amount=Decimal(amount),
        cells=dict(cells),
    )


def look(
    bank: Iterable[Row], books: Iterable[Row], *passes: Pass, known: Known | None = None
) -> Report:
    comparison = Comparison(
        name="bank-to-books",
        sides=BANK_AND_BOOKS,
        columns=(
            Column(name="amount", role=Role.AMOUNT, sides=BANK_AND_BOOKS),
            Column(name="currency", role=Role.CURRENCY, sides=BANK_AND_BOOKS),
            Column(name="party", sides=BANK_AND_BOOKS),
            Column(name="note", sides=BANK_AND_BOOKS),
        ),
        passes=passes,
        rounding={"": Decimal("0.02")},
    )
    report = reconcile(comparison, {"bank": bank, "books": books}, known or Known())
    assert report.ties
    return report


BY_NOTE = Pass(match=Match.ONE_TO_MANY, on=("note",))
CHOSEN = Pass(match=Match.ONE_TO_MANY, on=("party",), choose=True)


def test_one_payment_over_several_invoices_that_name_it_is_matched() -> None:
    report = look(
        [item("bank", "1", "100.00", note="R1")],
        [item("books", "a", "60.00", note="R1"), item("books", "b", "40.00", note="R1")],
        BY_NOTE,
    )
    assert report.breaks == []
    assert report.amount("bank") == {"EUR": Decimal("100.00")}
    assert report.amount("books") == {"EUR": Decimal("100.00")}


def test_partial_payments_of_one_invoice_are_matched_the_other_way_round() -> None:
    report = look(
        [item("bank", "1", "60.00", note="I7"), item("bank", "2", "40.00", note="I7")],
        [item("books", "a", "100.00", note="I7")],
        Pass(match=Match.MANY_TO_ONE, on=("note",)),
    )
    assert report.breaks == []


def test_a_payment_that_is_only_a_part_of_its_invoice_is_one_break_of_what_is_open() -> None:
    report = look(
        [item("bank", "1", "60.00", note="I7")],
        [item("books", "a", "100.00", note="I7")],
        Pass(match=Match.MANY_TO_ONE, on=("note",), linked=True),
    )
    (found,) = report.breaks
    assert found.cause is Cause.AMOUNT
    assert str(found.money) == "40.00 EUR"
    assert {part.side for part in found.parts} == {"bank", "books"}


def test_a_cent_between_linked_records_is_rounding() -> None:
    report = look(
        [item("bank", "1", "99.99", note="I7")],
        [item("books", "a", "100.00", note="I7")],
        Pass(match=Match.MANY_TO_ONE, on=("note",), linked=True),
    )
    assert [each.cause for each in report.breaks] == [Cause.ROUNDING]


def test_a_batch_deposit_is_matched_with_the_payments_that_make_its_sum() -> None:
    open_items = ["10.00", "25.50", "64.50", "13.37", "77.00"]
    report = look(
        [item("bank", "1", "100.00", party="A")],
        [item("books", str(n), each, party="A") for n, each in enumerate(open_items)],
        CHOSEN,
    )
    assert {part.ref for each in report.breaks for part in each.parts} == {"books-3", "books-4"}


def test_two_payments_never_take_one_invoice() -> None:
    report = look(
        [item("bank", "1", "50.00", note="X"), item("bank", "2", "50.00", note="X")],
        [item("books", "a", "50.00", note="X")],
        Pass(match=Match.ONE_TO_ONE, on=("note",)),
        Pass(match=Match.ONE_TO_MANY, on=("note",)),
        CHOSEN,
    )
    assert len(report.breaks) == 3
    assert report.matched == []


def test_amounts_of_two_currencies_never_meet() -> None:
    report = look(
        [item("bank", "1", "50.00", note="X", currency="USD")],
        [item("books", "a", "50.00", note="X", currency="EUR")],
        Pass(match=Match.ONE_TO_ONE, on=("note",)),
    )
    assert [each.cause for each in report.breaks] == [
        Cause.MISSING_DOWNSTREAM,
        Cause.MISSING_UPSTREAM,
    ]


def test_what_an_earlier_pass_took_no_later_one_has() -> None:
    report = look(
        [item("bank", "1", "50.00", note="X", party="A")],
        [item("books", "a", "50.00", note="X", party="B"), item("books", "b", "50.00", party="A")],
        Pass(match=Match.ONE_TO_ONE, on=("note",)),
        Pass(match=Match.ONE_TO_ONE, on=("party",)),
    )
    assert [part.ref for each in report.breaks for part in each.parts] == ["books-b"]


def test_a_suggested_match_stays_a_break_until_a_person_says_so() -> None:
    bank, books = [item("bank", "1", "50.00", note="X")], [item("books", "a", "50.00", note="X")]
    suggested = Pass(match=Match.ONE_TO_ONE, on=("note",), mode=Mode.SUGGESTED)
    report = look(bank, books, suggested)
    (suggestion,) = report.suggestions
    assert len(report.breaks) == 2
    assert {each.suggestion for each in report.breaks} == {suggestion.id}
    said = [(part.side, part.ref) for part in suggestion.parts]
    assert look(bank, books, suggested, known=Known(matches=[Agreed(parts=said)])).breaks == []


def test_what_a_person_matched_counts_only_while_all_of_it_is_there() -> None:
    said = [("bank", "bank-1"), ("books", "books-gone")]
    report = look(
        [item("bank", "1", "50.00")],
        [item("books", "a", "9.00")],
        known=Known(matches=[Agreed(parts=said)]),
    )
    assert len(report.breaks) == 2


def test_a_decision_holds_only_as_long_as_what_is_left_over_stays_the_same() -> None:
    said = Agreed(parts=[("bank", "bank-1"), ("books", "books-a")], left=Decimal("-0.50"))
    bank = [item("bank", "1", "9.50")]
    agreed = Known(matches=[said])
    assert look(bank, [item("books", "a", "10.00")], known=agreed).breaks == []
    assert len(look(bank, [item("books", "a", "11.00")], known=agreed).breaks) == 2


def test_keys_that_differ_in_case_or_leading_zeros_are_suggested_and_named() -> None:
    report = look(
        [item("bank", "1", "50.00", key="inv-0042"), item("bank", "2", "7.00", key="007")],
        [item("books", "a", "50.00", key="INV-0042"), item("books", "b", "7.00", key="7")],
    )
    assert {each.on for each in report.suggestions} == {
        "keys that differ in case, spaces or leading zeros"
    }
    assert len(report.suggestions) == 2
    assert len(report.breaks) == 4


def test_a_record_without_a_key_is_named_and_never_matched_with_another_one() -> None:
    report = look([item("bank", "1", "5.00")], [item("books", "a", "5.00")])
    assert {each.note for each in report.breaks} == {"it has no key: nothing can be found by it"}


def test_an_empty_side_makes_everything_missing_and_still_ties() -> None:
    report = look([], [item("books", "a", "5.00", key="A")])
    assert [each.cause for each in report.breaks] == [Cause.MISSING_UPSTREAM]


def test_a_key_twice_on_both_sides_is_two_duplicates_and_one_match() -> None:
    report = look(
        [item("bank", "1", "5.00", key="A"), item("bank", "2", "5.00", key="A")],
        [item("books", "a", "5.00", key="A"), item("books", "b", "5.00", key="A")],
    )
    assert [each.cause for each in report.breaks] == [Cause.DUPLICATE, Cause.DUPLICATE]
    assert report.amount("bank") == {"EUR": Decimal("5.00")}


def test_the_copy_that_agrees_is_the_one_that_is_matched() -> None:
    report = look(
        [item("bank", "1", "4.00", key="A"), item("bank", "2", "5.00", key="A")],
        [item("books", "a", "5.00", key="A")],
    )
    (found,) = report.breaks
    assert (found.cause, found.parts[0].ref) == (Cause.DUPLICATE, "bank-1")


def test_an_amount_finer_than_any_currency_is_refused() -> None:
    with pytest.raises(UnfitError, match="1E-7 is no amount"):
        look([item("bank", "1", "0.0000001")], [])


def test_a_row_that_got_lost_between_reading_and_comparing_is_noticed() -> None:
    comparison = Comparison(
        name="lossy",
        sides=BANK_AND_BOOKS,
        columns=(Column(name="amount", role=Role.AMOUNT, sides=BANK_AND_BOOKS),),
    )
    with open_slate(comparison) as slate:
        laid = {side: fill(slate, side, [item(side, "1", "5.00")]) for side in BANK_AND_BOOKS}
        laid["bank"] = Tally(records=2, amount=Decimal("9.00"))
        with pytest.raises(InvariantError, match=r"2 records of 9\.00 were read of bank"):
            settle(slate, laid)


def test_a_comparison_of_one_side_is_refused() -> None:
    with pytest.raises(UsageError, match="fewer than two sides"):
        Comparison(name="alone", sides=("bank",))


def test_a_text_with_quotes_commas_and_line_ends_is_compared_as_it_is() -> None:
    odd = 'a "quoted", two-line\ntext'
    report = look(
        [item("bank", "1", "5.00", key=odd, note=odd)],
        [item("books", "a", "5.00", key=odd, note=odd)],
    )
    assert report.breaks == []


def test_a_choice_is_made_only_if_there_is_one() -> None:
    ten, twenty = Decimal(10), Decimal(20)
    assert chosen(Decimal(30), [ten, twenty, Decimal(7)]) == (0, 1)
    assert chosen(Decimal(30), [ten, twenty, Decimal(30)]) is None
    assert chosen(Decimal(20), [ten, ten, ten]) is None
    assert chosen(Decimal(5), [ten, twenty]) is None
    assert chosen(Decimal(100), [ten] * 25) is None


def test_what_is_chosen_adds_up_for_any_items() -> None:
    dice = random.Random(4)
    for _ in range(50):
        items = [Decimal(dice.randrange(1, 10**9)) / 100 for _ in range(dice.randrange(2, 20))]
        places = sorted(dice.sample(range(len(items)), dice.randrange(2, len(items) + 1)))
        assert chosen(sum((items[p] for p in places), Decimal(0)), items) == tuple(places)
