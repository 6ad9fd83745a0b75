"""What people do by the pages and the API is what the commands do; in their own name."""

import re

import pytest

from interlock.access import Grant, Role
from interlock.audit import trail
from interlock.cases import Answer, State, store
from interlock.flow.store import QUERIES
from tests.console.browser import Browser
from tests.console.conftest import Opened
from tests.console.world import World


def state(here: World, case: str) -> State:
    with here.store.database.transaction() as connection:
        return store.get(connection, case).case.state


def record(here: World, case: str) -> list[tuple[str, str]]:
    entries = trail.read(here.store.database, store.stream_of(case))
    return [(entry.action, entry.actor) for entry in entries]


def signals(here: World, run: str) -> int:
    with here.store.database.transaction() as connection:
        return len(connection.rows(QUERIES["signals_of"], {"run": run}))


def test_a_case_is_handed_over_commented_and_answered(here: World, logged_in: Opened) -> None:
    browser, case = logged_in("operator"), here.case["de"]
    csrf = browser.csrf()
    assert (
        browser.post(f"/cases/{case}/assign", {"csrf": csrf, "to": "bao"}).to == f"/cases/{case}"
    )
    browser.post(f"/cases/{case}/comment", {"csrf": csrf, "text": "called them"})
    browser.post(f"/cases/{case}/answer", {"csrf": csrf, "answer": "retry", "reason": "open"})
    assert state(here, case) is State.ANSWERED
    assert record(here, case)[1:] == [
        ("case.assigned", "user:operator"),
        ("case.commented", "user:operator"),
        ("case.answered", "user:operator"),
    ]
    assert signals(here, here.run["de"]) == 1
    shown = browser.get(f"/cases/{case}").text
    assert "called them" in shown


def test_a_correction_is_shown_before_and_after_and_then_carried_out(
    here: World, logged_in: Opened
) -> None:
    browser, case = logged_in("operator"), here.case["de"]
    page = browser.get(f"/cases/{case}/correct").text
    assert 'name="new:customer.name" value="Ada de"' in page
    assert 'name="new:customer.email" value="•••"' in page
    form = {
        "csrf": browser.csrf(),
        "new:customer.name": "Ada du",
        "new:customer.email": "•••",
        "reason": "a typo",
    }
    shown = browser.post(f"/cases/{case}/correct", form).text
    assert "<del>e</del>" in shown
    assert "<ins>u</ins>" in shown
    assert state(here, case) is State.OPEN, "nothing is done yet"
    again = {**form, "answer": "correct"}
    assert browser.post(f"/cases/{case}/answer", again).status == 303
    told = trail.read(here.store.database, store.stream_of(case))[-1].data
    assert told["before"] == {"customer.name": "Ada de"}
    assert told["after"] == {"customer.name": "Ada du"}
    assert told["reason"] == "a typo"


def test_many_are_handed_over_at_once_or_none_if_one_may_not_be(
    here: World, logged_in: Opened
) -> None:
    both = [here.case["de"], here.case["us"]]
    narrow = logged_in("operator-de")
    form = {"csrf": narrow.csrf(), "case": both, "to": "bao"}
    assert narrow.post("/cases/assign", form).status == 404
    assert [state(here, case) for case in both] == [State.OPEN, State.OPEN]
    wide = logged_in("operator")
    form = {"csrf": wide.csrf(), "case": both, "to": "bao"}
    assert wide.post("/cases/assign", form).status == 303
    assert [state(here, case) for case in both] == [State.ASSIGNED, State.ASSIGNED]


def test_what_somebody_was_faster_with_does_not_keep_the_others(
    here: World, logged_in: Opened
) -> None:
    browser = logged_in("operator")
    csrf, both = browser.csrf(), [here.case["de"], here.case["us"]]
    browser.post(f"/cases/{both[0]}/answer", {"csrf": csrf, "answer": "retry"})
    reply = browser.post("/cases/assign", {"csrf": csrf, "case": both, "to": "bao"})
    assert reply.status == 409
    assert "1 cases were given, 1 could not be" in reply.text
    assert [state(here, case) for case in both] == [State.ANSWERED, State.ASSIGNED]


def test_a_replay_is_planned_then_tried_with_one_then_carried_out(
    here: World, logged_in: Opened
) -> None:
    browser = logged_in("operator")
    plan = browser.get("/replay?cause=period-closed").text
    assert "<dd>2</dd>" in plan
    assert state(here, here.case["de"]) is State.OPEN
    form = {"csrf": browser.csrf(), "cause": "period-closed", "reason": "open again"}
    assert browser.post("/replay", {**form, "reason": " "}).status == 422
    browser.post("/replay", {**form, "canary": "1"})
    answered = [state(here, here.case[each]) for each in ("de", "us")]
    assert sorted(answered) == [State.ANSWERED, State.OPEN]
    browser.post("/replay", form)
    assert {state(here, here.case[each]) for each in ("de", "us")} == {State.ANSWERED}
    assert signals(here, here.run["de"]) == signals(here, here.run["us"]) == 1


def test_a_replay_touches_only_what_one_may_replay(here: World, logged_in: Opened) -> None:
    browser = logged_in("operator-de")
    assert "not yours to replay" in browser.get("/replay?cause=period-closed").text
    form = {"csrf": browser.csrf(), "cause": "period-closed", "reason": "open again"}
    browser.post("/replay", form)
    assert state(here, here.case["de"]) is State.ANSWERED
    assert state(here, here.case["us"]) is State.OPEN


@pytest.mark.parametrize("through", ["page", "api"])
def test_nobody_approves_what_they_decided_themselves(here: World, through: str) -> None:
    """Whoever has both roles is still one person."""
    here.account("ana", Grant(Role.OPERATOR), Grant(Role.APPROVER))
    run, case = "asking_de", here.approval["de"]
    here.say(run, "run.answered", {}, by="Ana", answer="correct")
    status = _approved(here, case, "ana", through)
    assert status == 409
    assert signals(here, run) == 0
    assert _approved(here, case, "approver", through) in {202, 303}
    assert signals(here, run) == 1


def _approved(here: World, case: str, who: str, through: str) -> int:
    browser = Browser(here.desk)
    try:
        if through == "api":
            path = f"/api/v1/cases/{case}/answer"
            return browser.call("POST", path, here.token(who), {"answer": "approve"}).status
        browser.log_in(who)
        form = {"csrf": browser.csrf(), "answer": "approve"}
        return browser.post(f"/cases/{case}/answer", form).status
    finally:
        browser.close()


@pytest.mark.parametrize("through", ["page", "api"])
def test_nobody_agrees_to_what_they_proposed_themselves(here: World, through: str) -> None:
    here.account("ana", Grant(Role.OPERATOR), Grant(Role.APPROVER))
    here.propose("Down", here.broken["de"], "ana")
    browser, token = Browser(here.desk), here.token("ana")
    browser.log_in("ana")
    csrf = browser.csrf()
    if through == "api":
        reply = browser.call("POST", "/api/v1/decisions/Down/approval", token, {})
    else:
        reply = browser.post("/decisions/Down/approve", {"csrf": csrf})
    browser.close()
    assert reply.status == 409
    assert "a second person must agree" in reply.text


def test_an_operator_approves_nothing_and_an_approver_repairs_nothing(
    here: World, logged_in: Opened
) -> None:
    operator, approver = logged_in("operator"), logged_in("approver")
    form = {"csrf": operator.csrf(), "answer": "approve"}
    assert operator.post(f"/cases/{here.approval['de']}/answer", form).status == 403
    for answer in (Answer.RETRY, Answer.SKIP, Answer.ACCEPT, Answer.COMPENSATE):
        form = {"csrf": approver.csrf(), "answer": answer, "reason": "so"}
        assert approver.post(f"/cases/{here.case['de']}/answer", form).status == 403
    form = {"csrf": approver.csrf(), "answer": "approve"}
    assert approver.post(f"/cases/{here.approval['de']}/answer", form).status == 303


def test_a_break_above_the_limit_is_only_proposed_and_then_agreed_to(
    here: World, logged_in: Opened
) -> None:
    operator, approver = logged_in("operator"), logged_in("approver")
    form = {"csrf": operator.csrf(), "how": "write-off", "reason": "lost"}
    assert operator.post(f"/breaks/{here.broken['de']}/give-up", form).status == 303
    shown = approver.get("/reconciliations/customers").text
    [decision] = [
        each
        for each in re.findall(r"/decisions/(D\w+)/approve", shown)
        if each not in {"Dde", "Dus"}
    ]
    assert approver.post(f"/decisions/{decision}/approve", {"csrf": approver.csrf()}).status == 303
    assert here.broken["de"] not in re.findall(
        r"/breaks/(\w+)/give-up", operator.get("/reconciliations/customers").text
    )


@pytest.mark.parametrize("how", ["write-off", "carry-forward"])
def test_to_give_up_needs_words(here: World, logged_in: Opened, how: str) -> None:
    browser = logged_in("operator")
    form = {"csrf": browser.csrf(), "how": how, "reason": "", "until": "2026-04-30"}
    assert browser.post(f"/breaks/{here.broken['de']}/give-up", form).status == 422


def test_what_is_refused_below_is_told_with_what_to_do(here: World, logged_in: Opened) -> None:
    browser, case = logged_in("operator"), here.case["de"]
    csrf = browser.csrf()
    reply = browser.post(f"/cases/{case}/answer", {"csrf": csrf, "answer": "skip"})
    assert reply.status == 422
    assert "needs a reason" in reply.text
    browser.post(f"/cases/{case}/answer", {"csrf": csrf, "answer": "retry"})
    again = browser.post(f"/cases/{case}/answer", {"csrf": csrf, "answer": "retry"})
    assert again.status == 409


def test_what_sent_nothing_yet_can_be_corrected_by_naming_the_field(
    here: World, logged_in: Opened
) -> None:
    here.start("run_bare", "bare", "de")
    case = here.park("run_bare", "bare", "de", kind="requirement", step="terms", system="")
    browser = logged_in("operator")
    page = browser.get(f"/cases/{case}/correct").text
    assert "sent nothing yet" in page
    assert '<option value="customer.currency">' in page
    form = {"csrf": browser.csrf(), "field": "customer.currency", "value": "EUR"}
    shown = browser.post(f"/cases/{case}/correct", form).text
    assert "<ins>EUR</ins>" in shown
    browser.post(f"/cases/{case}/answer", {**form, "new:customer.currency": "EUR",
                                           "answer": "correct", "field": ""})  # fmt: skip
    told = trail.read(here.store.database, store.stream_of(case))[-1].data
    assert told["after"] == {"customer.currency": "EUR"}


def test_a_step_in_a_loop_is_corrected_in_its_own_entity(here: World, logged_in: Opened) -> None:
    here.start("run_loop", "loop", "de")
    here.send("run_loop", {"name": "Ada"}, kind="rejected")
    case = here.park("run_loop", "loop", "de", step="customers[0].into-books")
    page = logged_in("operator").get(f"/cases/{case}/correct").text
    assert 'name="new:customer.name" value="Ada"' in page
