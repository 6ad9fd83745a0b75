from datetime import date, timedelta
from decimal import Decimal

import pytest

from interlock.audit import trail
from interlock.bootstrap.house import create_tables
from interlock.cases.case import CaseKind
from interlock.connectors.port import Event
from interlock.estate.estate import Estate
from interlock.foundation.clock import from_iso
from interlock.foundation.database import PostgresDatabase
from interlock.foundation.errors import RefusedError, UsageError
from interlock.foundation.money import Money
from interlock.reconciliation import deciding, store
from interlock.reconciliation.commands import respond
from interlock.reconciliation.deciding import Said
from interlock.reconciliation.decision import needs_another
from interlock.reconciliation.examining import Verdict
from interlock.testing.postgres_server import PostgresServer
from tests.reconciliation.company import Look, billed, posted

BILLED: list[Event] = [billed("A", 100), billed("B", 90_000), billed("C", 500)]
POSTED: list[Event] = [posted("A", "1.00"), posted("C", "4.00")]
ANA = Said(by="ana", reason="bank charges")


def ids(look: Look, state: str = store.OPEN) -> dict[str, str]:
    with look.database.transaction() as connection:
        return {kept.key: kept.id for kept in store.page(connection, "invoices", state)}


def test_breaks_become_cases_ordered_by_money_with_the_close_as_their_deadline(look: Look) -> None:
    look.kept(BILLED, POSTED, date(2026, 10, 31))
    cases = look.open_cases()
    assert [(case.key, str(case.money)) for case in cases] == [
        ("B", "900.00 USD"),
        ("C", "1.00 USD"),
    ]
    assert {case.kind for case in cases} == {CaseKind.BREAK}
    assert {case.owner for case in cases} == {"group:finance"}
    assert {case.due_at for case in cases} == {from_iso("2026-11-06T00:00:00Z")}


def test_a_break_that_heals_closes_its_own_case_and_no_other(look: Look) -> None:
    look.kept(BILLED, POSTED)
    look.kept(BILLED, [*POSTED, posted("B", "900.00")])
    assert [case.key for case in look.open_cases()] == ["C"]
    assert set(ids(look, store.HEALED)) == {"B"}


def test_a_break_that_stays_is_one_case_however_often_it_is_seen(look: Look) -> None:
    for _ in range(3):
        look.kept(BILLED, POSTED)
    assert len(look.open_cases()) == 2
    entries = trail.read(look.database, store.stream_of(ids(look)["B"]))
    assert [entry.action for entry in entries] == ["break.found"]


def test_a_break_that_comes_back_asks_again(look: Look) -> None:
    look.kept(BILLED, POSTED)
    look.kept(BILLED, [*POSTED, posted("B", "900.00")])
    look.kept(BILLED, POSTED)
    assert [case.key for case in look.open_cases()] == ["B", "C"]


def test_nothing_heals_by_a_look_that_could_not_tell(look: Look) -> None:
    look.kept(BILLED, POSTED)
    look.kept([*BILLED, billed("D", 1, total="no")], [*POSTED, posted("B", "900.00")])
    assert {case.key for case in look.open_cases()} >= {"B", "C"}


def test_nothing_heals_by_a_look_at_an_earlier_period(look: Look) -> None:
    look.kept(BILLED, POSTED, date(2026, 10, 31))
    look.kept([], [], date(2026, 9, 30))
    assert len(look.open_cases()) == 2


def test_a_write_off_within_the_limit_is_one_persons_and_ends_the_question(look: Look) -> None:
    look.kept(BILLED, POSTED)
    made = deciding.give_up(look.database, look.definition, ids(look)["C"], ANA, look.clock)
    assert made.in_force
    found = look.kept(BILLED[:1] + BILLED[2:], POSTED)
    assert found.verdict is Verdict.AGREES
    assert [case.key for case in look.open_cases()] == []


def test_a_write_off_above_the_limit_needs_a_second_person(look: Look) -> None:
    look.kept(BILLED, POSTED)
    made = deciding.give_up(look.database, look.definition, ids(look)["B"], ANA, look.clock)
    assert not made.in_force
    assert "B" in {case.key for case in look.open_cases()}
    with pytest.raises(RefusedError, match="a second person"):
        deciding.approve(look.database, made.id, "ana", look.clock)
    agreed = deciding.approve(look.database, made.id, "bao", look.clock)
    assert agreed.in_force
    look.kept(BILLED, POSTED)
    assert [case.key for case in look.open_cases()] == ["C"]
    with pytest.raises(RefusedError, match="in force already"):
        deciding.approve(look.database, made.id, "cem", look.clock)


def test_a_write_off_holds_for_its_amount_and_not_for_more(look: Look) -> None:
    look.kept(BILLED, POSTED)
    deciding.give_up(look.database, look.definition, ids(look)["C"], ANA, look.clock)
    look.kept(BILLED, [posted("A", "1.00"), posted("C", "3.00"), posted("B", "900.00")])
    assert [(case.key, str(case.money)) for case in look.open_cases()] == [("C", "2.00 USD")]


def test_what_is_carried_forward_comes_back_after_its_day(look: Look) -> None:
    look.kept(BILLED, POSTED)
    said = Said(by="ana", reason="pays in November", until=date(2026, 11, 30))
    deciding.give_up(look.database, look.definition, ids(look)["C"], said, look.clock)
    look.kept(BILLED, POSTED, date(2026, 11, 30))
    assert [case.key for case in look.open_cases()] == ["B"]
    look.kept(BILLED, POSTED, date(2026, 12, 1))
    assert {case.key for case in look.open_cases()} == {"B", "C"}


def test_nobody_gives_anything_up_without_a_reason(look: Look) -> None:
    look.kept(BILLED, POSTED)
    with pytest.raises(UsageError, match="a reason is missing"):
        deciding.give_up(look.database, look.definition, ids(look)["C"], Said(by="a"), look.clock)


PICKED = ([billed("D", 1_000)], [posted("E", "9.50")])


def test_what_is_left_over_between_picked_records_is_told_before_it_is_accepted(
    look: Look,
) -> None:
    look.kept(*PICKED)
    named = list(ids(look).values())
    with pytest.raises(RefusedError, match=r"0\.50 USD is left over"):
        deciding.match(look.database, look.definition, named, Said(by="ana"), look.clock)
    made = deciding.match(look.database, look.definition, named, ANA, look.clock)
    assert made.money == Money(Decimal("0.50"), "USD")
    assert look.kept(*PICKED).verdict is Verdict.AGREES
    assert look.open_cases() == []


def test_the_balance_is_shown_while_a_person_picks_and_nothing_is_decided_by_it(
    look: Look,
) -> None:
    look.kept([billed("A", 1000), billed("B", 300)], [posted("X", "7.00"), posted("Y", "6.00")])
    named, definition = ids(look), look.definition
    picks = ("A", "B", "X", "Y")
    left = [
        deciding.picked(look.database, definition, [named[key] for key in picks[: count + 1]]).left
        for count in range(len(picks))
    ]
    assert left == [Money(Decimal(each), "USD") for each in ("10.00", "13.00", "6.00", "0.00")]
    assert ids(look) == named
    assert look.open_cases()
    with pytest.raises(UsageError):
        deciding.picked(look.database, definition, ["Bnobody"])


def test_a_suggestion_is_matched_by_its_id(look: Look) -> None:
    sides = ([billed("inv-7", 1_000)], [posted("INV-7", "10.00")])
    found = look.kept(*sides)
    assert found.report is not None
    (suggestion,) = found.report.suggestions
    deciding.match(look.database, look.definition, [suggestion.id], Said(by="ana"), look.clock)
    assert look.open_cases() == []
    assert look.kept(*sides).verdict is Verdict.AGREES


def test_every_decision_stands_in_the_trail_with_who_and_why(look: Look) -> None:
    look.kept(BILLED, POSTED)
    made = deciding.give_up(look.database, look.definition, ids(look)["C"], ANA, look.clock)
    (entry,) = trail.read(look.database, f"decision:{made.id}")
    assert (entry.action, entry.actor) == ("decision.made", "user:ana")
    assert entry.data["reason"] == "bank charges"


def test_a_decision_about_something_that_is_not_there_is_wrong_use(look: Look) -> None:
    with pytest.raises(UsageError, match="no break `Bx`"):
        deciding.give_up(look.database, look.definition, "Bx", ANA, look.clock)
    with pytest.raises(UsageError, match="no decision `Dx`"):
        deciding.approve(look.database, "Dx", "bao", look.clock)


def test_without_a_limit_in_its_currency_every_amount_needs_two() -> None:
    assert needs_another(Money(Decimal("0.01"), "EUR"), {"USD": Decimal(10)})
    assert not needs_another(Money(Decimal(10), "USD"), {"USD": Decimal(10)})
    assert not needs_another(None, {})


def test_the_deadline_is_the_close_of_the_month_and_never_already_past() -> None:
    at = from_iso("2026-12-20T00:00:00Z")
    assert respond(at, date(2026, 12, 20), timedelta(days=5)) == timedelta(days=17)
    assert respond(at, date(2026, 1, 31), timedelta(days=5)) == timedelta(hours=1)


@pytest.mark.postgres
def test_breaks_cases_and_decisions_are_kept_in_postgresql_too(
    estate: Estate, postgres: PostgresServer
) -> None:
    database = PostgresDatabase(postgres.new_database())
    create_tables(database)
    try:
        look = Look(estate, database)
        look.kept(BILLED, POSTED)
        made = deciding.give_up(database, look.definition, ids(look)["B"], ANA, look.clock)
        deciding.approve(database, made.id, "bao", look.clock)
        look.kept(BILLED, [*POSTED, posted("D", "1.00")])
        assert {case.key for case in look.open_cases()} == {"C", "D"}
    finally:
        database.close()
