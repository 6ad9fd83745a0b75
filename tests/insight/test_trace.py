"""Any id of the chain tells the whole transaction; and the sums over all of them tie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit import GENESIS, Entry, Head, tables, trail
from interlock.cases import commands
from interlock.cases import store as cases
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database, open_database
from interlock.foundation.money import Money
from interlock.insight import summary
from interlock.insight.story import STATES, Ruling
from interlock.insight.summary import Count, runs_in
from interlock.insight.trace import trace

START = datetime(2026, 3, 30, 9, tzinfo=UTC)
EUR = {"amount": "1200.50", "currency": "EUR"}


@dataclass(kw_only=True)
class Book:
    """Writes the trail as the flow writes it."""

    database: Database
    clock: VirtualClock
    heads: dict[str, Head] = field(default_factory=dict)

    def say(
        self, run: str, action: str, mentions: Mapping[str, str] | None = None, **data: object
    ) -> None:
        self.clock.sleep(timedelta(seconds=1))
        entry = Entry(
            action=action,
            at=self.clock.now(),
            actor="worker:1",
            data=data,
            mentions=mentions or {},
        )
        with self.database.transaction() as connection:
            head = self.heads.get(run, GENESIS)
            self.heads[run] = trail.append(connection, run, head, [entry])

    def start(self, run: str, key: str, integration: str = "quote-to-cash") -> None:
        self.say(
            run,
            "run.started",
            {"opportunity": key, "key": key, "run": run},
            integration=integration,
            key=key,
            generation=1,
            estate="d" * 64,
            trigger={"system": "crm", "ref": key},
        )

    def whole(self, run: str = "run_1", key: str = "006A") -> None:
        """One transaction with most of what can happen to one."""
        self.start(run, key)
        step: dict[str, Any] = {"step": "invoice", "system": "erp"}
        sent = {"idempotency_key": f"idem-{key}", "key": key, "payload": {"total": "1200.50"}}
        rulings = [{"field": "invoice.total", "system": "billing", "because": "default"}]
        self.say(
            run,
            "step.intended",
            {"idempotency_key": f"idem-{key}"},
            **step,
            **sent,
            attempt=1,
            authority=rulings,
        )
        self.say(run, "step.uncertain", **step, attempt=1, kind="transport", message="timed out")
        found = {"invoice": f"88{key}", "invoice number": f"INV-{key}"}
        self.say(
            run, "step.done", found, **step, attempt=1, probe=True, ref=f"88{key}", existing=True
        )
        self.say(
            run,
            "run.parked",
            kind="proof",
            case_kind="proof",
            message="not posted",
            integration="quote-to-cash",
            key=key,
            route="group:gl",
            respond=3_600,
            money=EUR,
            legal_entity="de",
        )
        self.say(run, "run.answered", by="ana", answer="retry", reason="reopened")
        self.say(run, "proof.seen", proof="proof[0].invoice")
        self.say(run, "run.completed", money=EUR, legal_entity="de", proofs=["proof[0].invoice"])


@pytest.fixture
def book() -> Iterator[Book]:
    database = open_database("sqlite::memory:")
    tables.create(database)
    cases.create(database)
    summary.create(database)
    yield Book(database=database, clock=VirtualClock(START))
    database.close()


@pytest.mark.parametrize(
    "any_id", ["006A", "INV-006A", "88006A", "idem-006A", "run_1", " INV-006A "]
)
def test_any_id_of_the_chain_leads_to_the_whole_transaction(book: Book, any_id: str) -> None:
    book.whole()
    book.whole("run_2", "006B")

    [told] = trace(book.database, any_id).transactions

    assert (told.run, told.key, told.state) == ("run_1", "006A", "completed")
    assert (told.money, told.legal_entity) == (Money(Decimal("1200.50"), "EUR"), "de")
    assert told.trigger == "crm 006A"
    assert told.seconds == 7.0
    assert dict(told.ids)["invoice number"] == "INV-006A"
    assert told.proofs == ("proof[0].invoice",)


def test_each_attempt_has_its_intent_its_outcome_and_whose_field_it_was(book: Book) -> None:
    book.whole()
    [told] = trace(book.database, "006A").transactions

    sent, looked = told.attempts

    assert (sent.outcome, sent.kind, sent.message) == ("uncertain", "transport", "timed out")
    assert sent.authority == (Ruling(field="invoice.total", system="billing", because="default"),)
    assert sent.idempotency_key == "idem-006A"
    assert sent.intended_at is not None
    assert (looked.probe, looked.outcome, looked.existing, looked.ref) == (
        True,
        "done",
        True,
        "88006A",
    )


def test_an_intent_without_an_outcome_is_told_as_not_known(book: Book) -> None:
    book.start("run_1", "006A")
    book.say("run_1", "step.intended", step="invoice", attempt=1, system="erp")
    [told] = trace(book.database, "006A").transactions
    assert told.attempts[0].outcome == ""
    assert told.attempts[0].ended_at is None


def test_what_else_happened_is_told_in_order_with_who_did_it(book: Book) -> None:
    book.whole()
    [told] = trace(book.database, "006A").transactions
    assert [moment.action for moment in told.moments] == [
        "run.started",
        "run.parked",
        "run.answered",
        "proof.seen",
        "run.completed",
    ]
    assert "reason reopened" in told.moments[2].what


def test_its_cases_are_told_and_a_cases_id_leads_to_it(book: Book) -> None:
    book.whole()
    commands.collect(book.database)
    [told] = trace(book.database, "006A").transactions
    [case] = told.cases
    assert (case.kind, case.state, case.answered_by) == ("proof", "closed", "ana")
    assert [each.run for each in trace(book.database, case.id).transactions] == ["run_1"]


def test_the_pinned_estate_is_told_with_who_applied_and_who_approved_it(book: Book) -> None:
    book.say("estate", "estate.applied", digest="c" * 64, author="x", approver="y")
    book.say("estate", "estate.applied", digest="d" * 64, author="ana", approver="bo")
    book.whole()
    [told] = trace(book.database, "006A").transactions
    assert (told.estate.author, told.estate.approver) == ("ana", "bo")
    assert told.estate.applied_at is not None


def test_several_transactions_of_one_customer_are_all_told_the_latest_first(book: Book) -> None:
    for number in range(3):
        book.start(f"run_{number}", f"006{number}")
        book.say(f"run_{number}", "step.done", {"customer": "001X"}, step="customer", attempt=1)
    story = trace(book.database, "001X")
    assert [told.run for told in story.transactions] == ["run_2", "run_1", "run_0"]
    assert not story.more
    assert trace(book.database, "001X", limit=2).more
    assert len(trace(book.database, "001X", limit=2).transactions) == 2


@pytest.mark.parametrize("nothing", ["", "INV-0", "estate", "%", "' OR 1=1 --"])
def test_an_id_that_nobody_mentioned_is_nobodys(book: Book, nothing: str) -> None:
    book.whole()
    book.say("estate", "estate.applied", digest="d" * 64)
    assert trace(book.database, nothing).transactions == ()


def test_a_very_long_run_is_told_to_its_end(book: Book) -> None:
    book.start("run_1", "006A")
    entries = [
        Entry(action="step.retryable", at=START, actor="w", data={"step": "x", "attempt": number})
        for number in range(2_500)
    ]
    with book.database.transaction() as connection:
        book.heads["run_1"] = trail.append(connection, "run_1", book.heads["run_1"], entries)
    book.say("run_1", "run.compensated")
    [told] = trace(book.database, "006A").transactions
    assert (len(told.attempts), told.state) == (2_500, "compensated")


def test_taking_back_is_told_apart_from_doing(book: Book) -> None:
    book.start("run_1", "006A")
    book.say("run_1", "step.done", step="invoice", attempt=1)
    book.say("run_1", "undo.done", step="invoice", attempt=1)
    [told] = trace(book.database, "006A").transactions
    assert [each.undo for each in told.attempts] == [False, True]


def test_the_same_try_after_an_answer_does_not_hide_the_one_before(book: Book) -> None:
    book.start("run_1", "006A")
    for outcome in ("step.rejected", "step.done"):
        book.say("run_1", "step.intended", step="invoice", attempt=1)
        book.say("run_1", outcome, step="invoice", attempt=1)
    [told] = trace(book.database, "006A").transactions
    assert [each.outcome for each in told.attempts] == ["rejected", "done"]


# ---------------------------------------------------------------- summary


def states(found: tuple[Count, ...]) -> dict[tuple[str, str, str], tuple[int, str]]:
    return {
        (each.group.legal_entity, each.group.currency, each.group.state): (
            each.runs,
            str(each.amount),
        )
        for each in found
    }


def test_runs_are_counted_where_they_stand_with_their_money(book: Book) -> None:
    book.whole("run_1", "006A")
    book.whole("run_2", "006B")
    book.start("run_3", "006C")
    assert states(summary.summary(book.database)) == {
        ("de", "EUR", "completed"): (2, "2401.00"),
        ("", "", "running"): (1, "0"),
    }


def test_counting_again_adds_nothing_and_a_run_that_moves_is_moved(book: Book) -> None:
    book.start("run_1", "006A")
    summary.summary(book.database)
    summary.summary(book.database)
    book.say("run_1", "run.parked", money=EUR, legal_entity="de")
    assert states(summary.summary(book.database)) == {("de", "EUR", "parked"): (1, "1200.50")}
    book.say("run_1", "run.compensated", money=EUR, legal_entity="de")
    assert states(summary.summary(book.database)) == {("de", "EUR", "compensated"): (1, "1200.50")}


def test_the_runs_of_a_group_are_named(book: Book) -> None:
    book.whole()
    summary.summary(book.database)
    assert runs_in(book.database, "quote-to-cash", "completed") == [
        ("run_1", Money(Decimal("1200.50"), "EUR"))
    ]
    assert runs_in(book.database, "quote-to-cash", "parked") == []


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(sorted(STATES)), st.booleans()), max_size=25
    ),
    cuts=st.sets(st.integers(0, 25)),
)
def test_the_sums_tie_however_the_trail_is_cut(
    steps: list[tuple[int, str, bool]], cuts: set[int]
) -> None:
    database = open_database("sqlite::memory:")
    tables.create(database)
    summary.create(database)
    book = Book(database=database, clock=VirtualClock(START))
    last: dict[str, tuple[str, Decimal]] = {}
    for number, (run, action, paid) in enumerate(steps):
        amount = Decimal(number) + Decimal("0.10")
        money = {"money": {"amount": str(amount), "currency": "EUR"}} if paid else {}
        book.say(f"run_{run}", action, **money)
        known = last.get(f"run_{run}", ("", Decimal(0)))[1]
        last[f"run_{run}"] = (STATES[action], amount if paid else known)
        if number in cuts:
            summary.summary(database)
    found = summary.summary(database)
    database.close()
    assert sum(count.runs for count in found) == len(last)
    assert sum(count.amount for count in found) == sum(amount for _, amount in last.values())
