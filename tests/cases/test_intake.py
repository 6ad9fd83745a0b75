"""Audit entries become cases: pure, so the whole law can be tried on random histories."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit.entry import Stored
from interlock.cases import ANSWERS, MOVES, Answer, Case, CaseKind, State
from interlock.cases.intake import CONNECTION_RESPOND, DEFAULT_RESPOND, WANTED, Change, take_in
from interlock.cases.remedies import OTHERWISE, REMEDIES, remedy
from interlock.cases.weighing import Weighing
from interlock.connectors.port import Kind
from interlock.foundation.money import Money

START = datetime(2026, 3, 30, 9, tzinfo=UTC)
PARKED: Mapping[str, object] = {
    "step": "invoice",
    "kind": "period-closed",
    "message": "The period is closed.",
    "route": "group:general-ledger",
    "respond": 14_400,
    "remedy": "",
    "integration": "quote-to-cash",
    "key": "006A",
    "case_kind": "failure",
    "money": {"amount": "1200.50", "currency": "EUR"},
    "legal_entity": "de",
    "system": "erp",
}


def told(action: str, position: int, stream: str = "run-1", **data: object) -> Stored:
    given = {**PARKED, **data} if action == "run.parked" else data
    return Stored(
        seq=position,
        stream=stream,
        position=position,
        action=action,
        at=START + timedelta(minutes=position),
        actor="worker:1",
        data=given,
        mentions={},
        prev="",
        hash="",
    )


def after(*entries: Stored) -> list[Case]:
    """The last state of every case that `entries` brought about, in order of opening."""
    found: dict[str, Case] = {}
    for change in take_in({}, entries, Weighing()):
        found[change.after.id] = change.after
    return list(found.values())


def test_a_parked_run_is_a_case_with_all_that_is_needed_to_decide() -> None:
    [case] = after(told("run.parked", 7))

    assert (case.kind, case.state, case.stream) == (CaseKind.FAILURE, State.OPEN, "run-1")
    assert (case.integration, case.key, case.step) == ("quote-to-cash", "006A", "invoice")
    assert (case.cause, case.owner) == ("period-closed", "group:general-ledger")
    assert case.money == Money(Decimal("1200.50"), "EUR")
    assert case.legal_entity == "de"
    assert case.due_at == case.opened_at + timedelta(hours=4)
    assert "closed in erp" in case.remedy


def test_the_integrations_own_remedy_comes_first() -> None:
    [case] = after(told("run.parked", 1, remedy="Call Bao."))
    assert case.remedy == "Call Bao."


def test_a_run_has_one_case_however_often_it_says_that_it_is_parked() -> None:
    [case] = after(told("run.parked", 1), told("run.parked", 2), told("run.parked", 3))
    assert case.times == 3


def test_what_a_run_says_last_counts_and_its_person_and_deadline_stay() -> None:
    [opened] = after(told("run.parked", 1))
    assigned = replace(opened, state=State.ASSIGNED, assignee="user:ana")

    [change] = take_in({"run-1": assigned}, [told("run.parked", 2, message="Still.")], Weighing())

    assert (change.after.message, change.after.assignee) == ("Still.", "user:ana")
    assert change.after.state is State.ASSIGNED
    assert change.after.due_at == opened.due_at


@pytest.mark.parametrize(
    "action",
    [
        "run.resumed",
        "run.compensating",
        "run.completed",
        "run.compensated",
        "run.cancelled",
        "step.intended",
        "step.done",
        "event.arrived",
        "proof.seen",
        "undo.done",
    ],
)
def test_a_case_closes_by_itself_when_its_run_goes_on_or_ends(action: str) -> None:
    [case] = after(told("run.parked", 1), told(action, 2))
    assert (case.state, case.closed_at) == (State.CLOSED, START + timedelta(minutes=2))
    assert case.closed_why


@pytest.mark.parametrize(
    "action", ["run.amended", "run.failed", "step.rejected", "estate.applied"]
)
def test_what_is_not_going_on_leaves_the_case_open(action: str) -> None:
    [case] = after(told("run.parked", 1), told(action, 2))
    assert case.state is State.OPEN


def test_a_run_that_parks_again_after_going_on_is_a_new_case() -> None:
    first, second = after(told("run.parked", 1), told("run.resumed", 2), told("run.parked", 3))
    assert (first.state, second.state) == (State.CLOSED, State.OPEN)
    assert first.id != second.id


def test_an_answer_is_kept_with_who_gave_it_and_why() -> None:
    answered = told("run.answered", 2, by="ana", answer="skip", reason="paid by hand")
    [case] = after(told("run.parked", 1), answered)
    assert (case.state, case.answer) == (State.ANSWERED, Answer.SKIP)
    assert (case.answered_by, case.reason) == ("ana", "paid by hand")


def test_an_answer_that_did_not_help_opens_the_question_again() -> None:
    answered = told("run.answered", 2, by="ana", answer="retry", reason="")
    [case] = after(told("run.parked", 1), answered, told("run.parked", 3))
    assert (case.state, case.times) == (State.OPEN, 2)


def test_one_broken_connection_is_one_case_whoever_reports_it() -> None:
    broken = [
        told("connection.broken", n, "connection:erp", system="erp", kind="auth", message="401")
        for n in range(1, 1_001)
    ]
    [case] = after(*broken)
    assert (case.kind, case.system, case.times) == (CaseKind.CONNECTION, "erp", 1_000)
    assert case.due_at == case.opened_at + CONNECTION_RESPOND
    assert "credential" in case.remedy


def test_a_connection_that_healed_closes_its_case_and_no_other() -> None:
    broken = told("connection.broken", 1, "connection:erp", system="erp", kind="outage")
    other = told("connection.broken", 1, "connection:crm", system="crm", kind="outage")
    healed = told("connection.healed", 2, "connection:erp", system="erp")
    assert [case.state for case in after(broken, other, healed)] == [State.CLOSED, State.OPEN]


@pytest.mark.parametrize("kind", ["approval", "proof", "change"])
def test_questions_of_other_kinds_say_so(kind: str) -> None:
    [case] = after(told("run.parked", 1, case_kind=kind, kind=kind))
    assert case.kind == kind
    assert case.remedy != OTHERWISE


def test_an_entry_that_lacks_everything_is_a_case_all_the_same() -> None:
    bare = Stored(
        seq=1,
        stream="run-1",
        position=1,
        action="run.parked",
        at=START,
        actor="w",
        data={"money": {"amount": "a lot", "currency": "EUR"}, "respond": "soon"},
        mentions={},
        prev="",
        hash="",
    )
    [case] = after(bare)
    assert (case.money, case.due_at) == (None, START + DEFAULT_RESPOND)


# ---------------------------------------------------------------- the law


ACTIONS = st.sampled_from(
    [*sorted(WANTED), "run.started", "step.rejected", "run.amended", "case.opened"]
)


def history(actions: Sequence[tuple[str, int]]) -> list[Stored]:
    positions: dict[str, int] = {}
    entries = []
    for action, number in actions:
        stream = f"run-{number}"
        positions[stream] = positions.get(stream, 0) + 1
        data = {"by": "ana", "answer": "retry"} if action == "run.answered" else {}
        entries.append(told(action, positions[stream], stream, **data))
    return entries


HISTORIES = st.lists(st.tuples(ACTIONS, st.integers(0, 2)), max_size=40).map(history)


@given(entries=HISTORIES)
def test_every_move_is_a_legal_one(entries: list[Stored]) -> None:
    for change in take_in({}, entries, Weighing()):
        before, now = change.before, change.after
        assert before is None or now.state in {before.state, *MOVES[before.state]}


@given(entries=HISTORIES)
def test_a_run_never_has_two_live_cases(entries: list[Stored]) -> None:
    live: dict[str, str] = {}
    for change in take_in({}, entries, Weighing()):
        case = change.after
        assert live.setdefault(case.stream, case.id) == case.id
        if not case.live:
            del live[case.stream]


@given(entries=HISTORIES, cut=st.integers(0, 40))
def test_it_does_not_matter_in_how_many_portions_the_trail_is_read(
    entries: list[Stored], cut: int
) -> None:
    whole = take_in({}, entries, Weighing())
    first = take_in({}, entries[:cut], Weighing())
    second = take_in(live_after(first), entries[cut:], Weighing())
    assert [*first, *second] == whole


@given(entries=HISTORIES)
def test_reading_the_same_again_changes_nothing_that_is_live(entries: list[Stored]) -> None:
    live = live_after(take_in({}, entries, Weighing()))
    again = [entry for entry in entries if entry.stream in live]
    assert take_in(live, again, Weighing()) == []


def live_after(changes: Sequence[Change]) -> dict[str, Case]:
    last = {change.after.stream: change.after for change in changes}
    return {stream: case for stream, case in last.items() if case.live}


# ---------------------------------------------------------------- tables


def test_a_closed_case_stays_closed() -> None:
    assert MOVES[State.CLOSED] == frozenset()
    assert set(MOVES) == set(State)


def test_every_kind_of_case_says_what_it_takes() -> None:
    assert set(ANSWERS) == set(CaseKind)
    assert ANSWERS[CaseKind.CONNECTION] == frozenset()


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.NONE])
def test_every_kind_of_failure_has_a_remedy(kind: Kind) -> None:
    text = remedy(kind, system="erp", key="006A")
    assert text != OTHERWISE
    assert "{" not in text


@pytest.mark.parametrize("cause", sorted(REMEDIES))
def test_a_remedy_reads_as_sentences(cause: str) -> None:
    text = remedy(cause, system="", key="")
    assert text[0].isupper()
    assert text.endswith(".")


def test_a_cause_that_nobody_foresaw_has_a_way_out_too() -> None:
    assert remedy("sunspots", system="erp", key="x") == OTHERWISE


# ---------------------------------------------------------------- the order of the queue

DUE = START + timedelta(days=2)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_more_money_weighs_more() -> None:
    assert Weighing().weight(eur("1000"), DUE) > Weighing().weight(eur("999"), DUE)


def test_a_nearer_deadline_weighs_more() -> None:
    assert Weighing().weight(eur("9"), START) > Weighing().weight(eur("9"), DUE)


def test_one_half_life_is_worth_twice_the_money() -> None:
    weighing = Weighing(half_life=timedelta(hours=12))
    soon = weighing.weight(eur("100"), DUE - timedelta(hours=12))
    assert abs(soon - weighing.weight(eur("200"), DUE)) <= 1


def test_currencies_are_compared_by_the_rates_that_are_given() -> None:
    weighing = Weighing(rates={"JPY": Decimal("0.006")})
    yen = weighing.weight(Money(Decimal(100_000), "JPY"), DUE)
    assert weighing.weight(eur("599"), DUE) < yen < weighing.weight(eur("601"), DUE)


@given(amounts=st.lists(st.decimals(0, 10**9, places=2), min_size=2, max_size=5))
def test_the_order_by_weight_is_the_order_by_money(amounts: list[Decimal]) -> None:
    weighing = Weighing()
    weights = [weighing.weight(Money(amount, "EUR"), DUE) for amount in sorted(amounts)]
    assert weights == sorted(weights)


def test_a_broken_connection_comes_before_any_money() -> None:
    broken = told("connection.broken", 1, "connection:erp", system="erp", kind="outage")
    rich = told("run.parked", 1, money={"amount": "9" * 15, "currency": "EUR"}, respond=0)
    connection, run = after(broken, rich)
    assert connection.weight > run.weight
