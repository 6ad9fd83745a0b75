"""Cases in the database: collected from the trail, assigned, answered; each with its record."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from interlock.audit import GENESIS, Entry, Head, tables, trail
from interlock.audit.verification import verify
from interlock.cases import Answer, Case, State, Which, commands, store
from interlock.cases.commands import Decision, answer, assign, collect
from interlock.cases.weighing import Weighing
from interlock.foundation.clock import Clock, VirtualClock
from interlock.foundation.database import Database, open_database
from interlock.foundation.errors import RefusedError, UsageError

START = datetime(2026, 3, 30, 9, tzinfo=UTC)


@dataclass(kw_only=True)
class Flow:
    """Runs that write the trail, and take answers as the real flow does: later."""

    database: Database
    clock: VirtualClock
    heads: dict[str, Head] = field(default_factory=dict)
    answers: list[tuple[str, str, str, Mapping[str, object] | None]] = field(default_factory=list)
    refuses: str = ""

    def say(self, run: str, action: str, **data: object) -> None:
        entry = Entry(action=action, at=self.clock.now(), actor="worker:1", data=data)
        with self.database.transaction() as connection:
            head = self.heads.get(run, GENESIS)
            self.heads[run] = trail.append(connection, run, head, [entry])

    def park(self, run: str, amount: str = "100", **data: object) -> None:
        stake = {"money": {"amount": amount, "currency": "EUR"}, "respond": 3_600}
        said = {"kind": "rejected", "integration": "q2c", "key": f"key-{run}", "message": "no"}
        self.say(run, "run.parked", **{**stake, **said, **data})

    def answer(
        self,
        database: Database,
        run_id: str,
        *,
        answer: str,
        by: str,
        reason: str,
        correction: Mapping[str, object] | None,
        clock: Clock,
    ) -> None:
        if self.refuses:
            raise RefusedError(self.refuses)
        self.answers.append((run_id, answer, by, correction))


@pytest.fixture
def flow() -> Iterator[Flow]:
    database = open_database("sqlite::memory:")
    tables.create(database)
    store.create(database)
    yield Flow(database=database, clock=VirtualClock(START))
    database.close()


def only(flow: Flow) -> Case:
    with flow.database.transaction() as connection:
        [case] = store.queue(connection)
    return case


def said(flow: Flow, case: str) -> list[tuple[str, str]]:
    entries = trail.read(flow.database, store.stream_of(case))
    return [(entry.action, entry.actor) for entry in entries]


def decide(flow: Flow, case: str, decision: Decision) -> Case:
    return answer(flow.database, case, decision, tell=flow.answer, clock=flow.clock)


# ---------------------------------------------------------------- collect


def test_collecting_opens_changes_and_closes(flow: Flow) -> None:
    flow.park("run-1")
    flow.park("run-2")
    flow.say("run-2", "run.completed")
    flow.park("run-1", message="still no")

    found = collect(flow.database)

    assert (found.entries, found.opened, found.changed, found.closed) == (4, 2, 1, 1)
    assert only(flow).message == "still no"


def test_collecting_again_changes_nothing(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    before = only(flow)

    again = collect(flow.database)

    assert (again.opened, again.changed, again.closed) == (0, 0, 0)
    assert only(flow) == before


def test_a_case_survives_storing_word_for_word(flow: Flow) -> None:
    flow.park("run-1", amount="0.10", legal_entity="de", system="erp", step="invoice")
    collect(flow.database)
    case = only(flow)
    with flow.database.transaction() as connection:
        assert store.get(connection, case.id).case == case
        assert store.of_stream(connection, "run-1") == [case]
    assert case.money is not None
    assert case.money.amount == Decimal("0.10")


def test_a_thousand_pages_are_read_to_the_end(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PAGE", 2)
    for number in range(5):
        flow.park(f"run-{number}")
        flow.say(f"run-{number}", "run.resumed")
    found = collect(flow.database)
    assert (found.opened, found.closed) == (5, 5)


def test_what_becomes_of_a_case_is_in_the_trail_and_verifies(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)
    assign(flow.database, case.id, "user:bo", by="ana", clock=flow.clock)
    decide(flow, case.id, Decision(answer=Answer.RETRY, by="bo"))
    flow.say("run-1", "run.answered", by="bo", answer="retry", reason="")
    flow.say("run-1", "run.completed")
    collect(flow.database)

    assert said(flow, case.id) == [
        ("case.opened", "cases"),
        ("case.assigned", "user:ana"),
        ("case.answered", "user:bo"),
        ("case.closed", "cases"),
    ]
    with flow.database.transaction() as connection:
        heads = store.heads(connection)
    assert verify(flow.database, {**flow.heads, **heads}).findings == ()
    assert heads[store.stream_of(case.id)].position == 4


def test_a_case_is_found_by_its_id_and_its_run(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)
    assert trail.find(flow.database, case.id) == [store.stream_of(case.id)]
    assert trail.find(flow.database, "key-run-1") == [store.stream_of(case.id)]


# ---------------------------------------------------------------- the queue


def test_the_queue_is_in_order_of_money_and_deadline(flow: Flow) -> None:
    flow.park("poor", amount="1")
    flow.park("rich", amount="1000")
    flow.park("late", amount="900", respond=7 * 86_400)
    flow.say("connection:erp", "connection.broken", system="erp", kind="outage", message="503")
    collect(flow.database, Weighing())
    with flow.database.transaction() as connection:
        found = [case.stream for case in store.queue(connection)]
    assert found == ["connection:erp", "rich", "late", "poor"]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (Which(integration="sync"), ["run-2"]),
        (Which(cause="locked"), ["run-2"]),
        (Which(key="key-run-1"), ["run-1"]),
        (Which(owner="group:gl"), ["run-1"]),
        (Which(owner="user:bo"), ["run-2"]),
        (Which(kind="approval"), []),
        (Which(), ["run-1", "run-2"]),
    ],
)
def test_the_queue_is_filtered(flow: Flow, which: Which, expected: list[str]) -> None:
    flow.park("run-1", route="group:gl")
    flow.park("run-2", amount="1", integration="sync", kind="locked", route="group:it")
    collect(flow.database)
    with flow.database.transaction() as connection:
        case = store.live(connection, "run-2")
    assert case is not None
    assign(flow.database, case.case.id, "user:bo", by="ana", clock=flow.clock)
    with flow.database.transaction() as connection:
        assert [case.stream for case in store.queue(connection, which)] == expected


@pytest.mark.parametrize(
    ("name", "index"),
    [("queue", "cases_queue"), ("queue_page", "cases_queue"), ("closed_page", "cases_closed")],
)
def test_the_queue_reads_an_index_and_sorts_nothing(flow: Flow, name: str, index: str) -> None:
    query = store._QUERIES[name].sqlite
    shared = flow.database._raw  # type: ignore[attr-defined]  # SQLite's own explanation is wanted
    wanted = dict.fromkeys(re.findall(r":(\w+)", query), "")
    plan = " ".join(str(row[3]) for row in shared.execute(f"EXPLAIN QUERY PLAN {query}", wanted))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_closed_cases_are_listed_apart(flow: Flow) -> None:
    flow.park("run-1")
    flow.say("run-1", "run.resumed")
    collect(flow.database)
    with flow.database.transaction() as connection:
        assert store.queue(connection) == []
        [closed] = store.closed(connection)
    assert closed.closed_why == "the run went on"


def test_what_is_at_risk_is_told_case_by_case(flow: Flow) -> None:
    flow.park("run-1", amount="2.50")
    collect(flow.database)
    with flow.database.transaction() as connection:
        [(kind, cause, money)] = store.at_risk(connection)
    assert (kind, cause, str(money)) == ("failure", "rejected", "2.50 EUR")


# ---------------------------------------------------------------- assign and answer


def test_the_beginning_of_an_id_is_enough_if_it_is_clear(flow: Flow) -> None:
    flow.park("run-1")
    flow.park("run-2")
    collect(flow.database)
    with flow.database.transaction() as connection:
        one, two = store.queue(connection)
        assert store.get(connection, one.id[:9]).case == one
        assert store.get(connection, two.id).case == two
        with pytest.raises(UsageError, match="several"):
            store.get(connection, "C")
        with pytest.raises(UsageError, match="no case"):
            store.get(connection, "")


def test_an_assigned_case_may_be_given_to_someone_else(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)
    assign(flow.database, case.id, "user:bo", by="ana", clock=flow.clock)
    again = assign(flow.database, case.id, "user:cy", by="bo", clock=flow.clock)
    assert (again.state, again.assignee) == (State.ASSIGNED, "user:cy")
    with pytest.raises(UsageError, match="nobody"):
        assign(flow.database, case.id, " ", by="bo", clock=flow.clock)


def test_an_answer_reaches_the_run_with_who_and_why(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)

    after = decide(flow, case.id, Decision(answer=Answer.SKIP, by="ana", reason="by hand"))

    assert flow.answers == [("run-1", "skip", "ana", None)]
    assert (after.state, after.answered_by, after.reason) == (
        State.ANSWERED,
        "ana",
        "by hand",
    )


def test_a_correction_is_kept_with_what_was_before(flow: Flow) -> None:
    flow.say("run-1", "step.intended", step="customer", payload={"terms": "NET30", "name": "[m]"})
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)
    values = {"customer.terms": "NET60", "customer.other": "x"}

    decide(flow, case.id, Decision(answer=Answer.CORRECT, by="ana", correction=values))

    assert flow.answers == [("run-1", "correct", "ana", values)]
    told = trail.read(flow.database, store.stream_of(case.id))[-1]
    assert told.data["before"] == {"customer.terms": "NET30", "customer.other": None}
    assert told.data["after"] == values


@pytest.mark.parametrize("chosen", [Answer.SKIP, Answer.ACCEPT])
def test_leaving_the_rules_needs_a_reason(flow: Flow, chosen: Answer) -> None:
    flow.park("run-1")
    collect(flow.database)
    with pytest.raises(UsageError, match="needs a reason"):
        decide(flow, only(flow).id, Decision(answer=chosen, by="ana", reason=" "))
    assert flow.answers == []


@pytest.mark.parametrize(
    "decision",
    [
        Decision(answer=Answer.CORRECT, by="ana"),
        Decision(answer=Answer.RETRY, by="ana", correction={"customer.name": "x"}),
    ],
)
def test_values_come_with_a_correction_and_only_with_it(flow: Flow, decision: Decision) -> None:
    flow.park("run-1")
    collect(flow.database)
    with pytest.raises(UsageError, match="and only it"):
        decide(flow, only(flow).id, decision)


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [("failure", Answer.APPROVE), ("approval", Answer.RETRY), ("proof", Answer.DENY)],
)
def test_an_answer_must_fit_the_question(flow: Flow, kind: str, chosen: Answer) -> None:
    flow.park("run-1", case_kind=kind)
    collect(flow.database)
    with pytest.raises(RefusedError, match="does not take"):
        decide(flow, only(flow).id, Decision(answer=chosen, by="ana"))


def test_a_broken_connection_is_mended_not_answered(flow: Flow) -> None:
    flow.say("connection:erp", "connection.broken", system="erp", kind="auth", message="401")
    collect(flow.database)
    with pytest.raises(RefusedError, match="Renew the credential"):
        decide(flow, only(flow).id, Decision(answer=Answer.RETRY, by="ana"))


def test_what_is_answered_is_not_answered_twice(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow).id
    decide(flow, case, Decision(answer=Answer.RETRY, by="ana"))
    with pytest.raises(RefusedError, match="retry by ana"):
        decide(flow, case, Decision(answer=Answer.COMPENSATE, by="bo"))
    assert len(flow.answers) == 1


def test_an_answer_that_the_run_refuses_leaves_the_case_as_it_was(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    flow.refuses = "it went on meanwhile"
    with pytest.raises(RefusedError, match="meanwhile"):
        decide(flow, only(flow).id, Decision(answer=Answer.RETRY, by="ana"))
    assert only(flow).state is State.OPEN


def test_the_trails_own_answer_after_ours_changes_nothing(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    decide(flow, only(flow).id, Decision(answer=Answer.RETRY, by="ana"))
    flow.clock.sleep(timedelta(seconds=1))
    flow.say("run-1", "run.answered", by="ana", answer="retry", reason="")
    assert collect(flow.database).changed == 0


def test_a_double_answer_across_a_collector_is_recorded_once_as_state(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)

    def quick(*args: object, **kwargs: object) -> None:
        flow.say("run-1", "run.resumed")
        collect(flow.database)

    after = answer(
        flow.database,
        case.id,
        Decision(answer=Answer.RETRY, by="ana"),
        tell=quick,
        clock=flow.clock,
    )

    assert after.state is State.CLOSED
    assert said(flow, case.id)[-1] == ("case.answered", "user:ana")


def repaired(flow: Flow, run: str, by: str, answer: str) -> None:
    flow.park(run)
    flow.say(run, "run.answered", by=by, answer=answer)
    flow.park(run, case_kind="approval", kind="approval")
    collect(flow.database)


@pytest.mark.parametrize("by", ["ana", "Ana ", "ANA"])
def test_who_corrected_a_run_does_not_approve_it(flow: Flow, by: str) -> None:
    repaired(flow, "run-1", "ana", "correct")
    with pytest.raises(RefusedError, match="a second person"):
        decide(flow, only(flow).id, Decision(answer=Answer.APPROVE, by=by))
    assert flow.answers == []


def test_somebody_else_approves_and_who_corrected_may_deny(flow: Flow) -> None:
    repaired(flow, "run-1", "ana", "correct")
    decide(flow, only(flow).id, Decision(answer=Answer.APPROVE, by="bao"))
    assert [each[1:3] for each in flow.answers] == [("approve", "bao")]


def test_to_deny_is_free_for_everybody(flow: Flow) -> None:
    repaired(flow, "run-1", "ana", "retry")
    decide(flow, only(flow).id, Decision(answer=Answer.DENY, by="ana"))
    assert [each[1:3] for each in flow.answers] == [("deny", "ana")]


def test_an_earlier_approval_is_no_hand_in_it(flow: Flow) -> None:
    repaired(flow, "run-1", "ana", "approve")
    decide(flow, only(flow).id, Decision(answer=Answer.APPROVE, by="ana"))
    assert [each[1:3] for each in flow.answers] == [("approve", "ana")]


def test_a_comment_stays_with_the_case_also_when_it_is_closed(flow: Flow) -> None:
    flow.park("run-1")
    collect(flow.database)
    case = only(flow)
    commands.comment(flow.database, case.id, " called them ", by="ana", clock=flow.clock)
    flow.say("run-1", "run.completed")
    collect(flow.database)
    commands.comment(flow.database, case.id, "it was right", by="bao", clock=flow.clock)
    told = [each for each in said(flow, case.id) if each[0] == "case.commented"]
    assert told == [("case.commented", "user:ana"), ("case.commented", "user:bao")]


@pytest.mark.parametrize("text", ["", "  ", "x" * 4_001])
def test_a_comment_says_something_and_not_too_much(flow: Flow, text: str) -> None:
    flow.park("run-1")
    collect(flow.database)
    with pytest.raises(UsageError, match="characters"):
        commands.comment(flow.database, only(flow).id, text, by="ana", clock=flow.clock)
