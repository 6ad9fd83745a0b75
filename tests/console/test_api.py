"""The API as programs use it: described, paged, done once, at a rate, and refused in one form."""

import json

import jsonschema_rs
import pytest

from interlock.access import Act
from interlock.audit import trail
from interlock.cases import store
from interlock.console.catalogue import DOORS
from interlock.console.door import Kind
from interlock.console.guard import RATE
from tests.console.browser import Browser
from tests.console.world import World


def commented(here: World, case: str) -> int:
    entries = trail.read(here.store.database, store.stream_of(case))
    return sum(entry.action == "case.commented" for entry in entries)


def test_the_description_has_every_operation_and_its_schemas_are_schemas(
    here: World, browser: Browser
) -> None:
    told = browser.call("GET", "/api/v1/openapi.json", here.token("viewer", Act.SEE)).json()
    assert told["openapi"] == "3.1.0"
    described = {
        (method.upper(), path) for path, there in told["paths"].items() for method in there
    }
    assert described == {(d.method, d.path) for d in DOORS if d.kind is Kind.API}
    for there in told["paths"].values():
        for operation in there.values():
            body = operation.get("requestBody", {})
            for content in body.get("content", {}).values():
                jsonschema_rs.validator_for(content["schema"])


def test_a_list_is_read_to_its_end_page_by_page_each_row_once(
    here: World, browser: Browser
) -> None:
    for number in range(7):
        here.start(f"run_{number}", f"key {number}", "de")
        here.park(f"run_{number}", f"key {number}", "de")
    token = here.token("viewer", Act.SEE)
    for path in ("/api/v1/cases", "/api/v1/transactions"):
        whole = browser.call("GET", f"{path}?limit=200", token).json()
        assert whole["next"] == ""
        seen, after = [], ""
        while True:
            page = browser.call("GET", f"{path}?limit=3&after={after}", token).json()
            assert len(page["items"]) <= 3
            seen += page["items"]
            after = page["next"]
            if not after:
                break
        assert seen == whole["items"]


def test_a_narrow_list_is_as_full_as_a_wide_one(here: World, browser: Browser) -> None:
    for number in range(9):
        here.start(f"run_{number}", f"key {number}", "us" if number % 3 else "de")
        here.park(f"run_{number}", f"key {number}", "us" if number % 3 else "de")
    token = here.token("viewer-de", Act.SEE)
    page = browser.call("GET", "/api/v1/cases?limit=4", token).json()
    assert [each["legal_entity"] for each in page["items"]] == ["de"] * 4
    rest = browser.call("GET", f"/api/v1/cases?limit=4&after={page['next']}", token).json()
    assert [each["legal_entity"] for each in rest["items"]] == ["de"]
    assert rest["next"] == ""


def test_the_same_call_twice_is_done_once(here: World, browser: Browser) -> None:
    case, token = here.case["de"], here.token("operator", Act.SEE, Act.WORK)
    path = f"/api/v1/cases/{case}/comments"
    first = browser.call("POST", path, token, {"text": "once"}, key="k1")
    again = browser.call("POST", path, token, {"text": "once"}, key="k1")
    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert commented(here, case) == 1
    other = browser.call("POST", path, token, {"text": "another"}, key="k1")
    assert other.status == 422
    assert other.json()["type"] == "urn:interlock:problem:idempotency-key-reused"
    assert browser.call("POST", path, token, {"text": "once"}, key="k2").status == 201
    assert commented(here, case) == 2


def test_a_key_is_its_owner_s_and_nobody_hears_another_s_answer(
    here: World, browser: Browser
) -> None:
    path, text = f"/api/v1/cases/{here.case['de']}/comments", {"text": "x"}
    browser.call("POST", path, here.token("operator", Act.SEE, Act.WORK), text, key="k")
    other = here.token("approver", Act.SEE, Act.WORK)
    reply = browser.call("POST", path, other, text, key="k")
    assert "idempotent-replayed" not in reply.headers
    assert commented(here, here.case["de"]) == 2


def test_what_was_refused_may_be_tried_again_under_its_key(here: World, browser: Browser) -> None:
    token, case = here.token("operator", Act.SEE, Act.ANSWER, Act.WORK), here.case["de"]
    path = f"/api/v1/cases/{case}/answer"
    assert browser.call("POST", path, token, {"answer": "skip"}, key="k").status == 422
    good = {"answer": "skip", "reason": "agreed"}
    assert browser.call("POST", path, token, good, key="k").status == 202


def test_a_call_that_changes_something_names_itself(here: World, browser: Browser) -> None:
    headers = [
        ("authorization", f"Bearer {here.token('operator', Act.SEE, Act.WORK)}"),
        ("content-type", "application/json"),
    ]
    path = f"/api/v1/cases/{here.case['de']}/comments"
    reply = browser.send("POST", path, b'{"text": "x"}', headers)
    assert reply.status == 400
    assert reply.json()["type"] == "urn:interlock:problem:idempotency-key"


def test_a_caller_is_told_its_rate_and_waits_when_it_is_spent(
    here: World, browser: Browser
) -> None:
    token = here.token("viewer", Act.SEE)
    first = browser.call("GET", "/api/v1/stages", token)
    assert first.headers["ratelimit-policy"] == f'"caller";q={RATE.calls};w=60'
    told = [browser.call("GET", "/api/v1/stages", token).status for _ in range(RATE.calls - 1)]
    assert set(told) == {200}
    over = browser.call("GET", "/api/v1/stages", token)
    assert over.status == 429
    assert int(over.headers["retry-after"]) > 0
    assert browser.call("GET", "/api/v1/stages", here.token("operator", Act.SEE)).status == 200


def test_a_transaction_is_found_by_any_id_and_told_whole(here: World, browser: Browser) -> None:
    token = here.token("viewer", Act.SEE)
    [told] = browser.call("GET", "/api/v1/transactions?id=INV-de", token).json()["items"]
    assert told["run"] == "done_de"
    whole = browser.call("GET", "/api/v1/transactions/run_de", token).json()
    assert [each["outcome"] for each in whole["attempts"]] == ["rejected"]
    assert whole["attempts"][0]["payload"] == {"name": "Ada de", "email": "•••"}


def test_a_replay_is_a_plan_unless_it_is_said_not_to_be(here: World, browser: Browser) -> None:
    token = here.token("operator", Act.SEE, Act.REPLAY)
    plan = browser.call("POST", "/api/v1/replays", token, {"cause": "period-closed"}).json()
    assert (plan["selected"], plan["dry_run"]) == (2, True)
    assert "replayed" not in plan
    body = {"cause": "period-closed", "dry_run": False, "canary": 1, "reason": "open"}
    done = browser.call("POST", "/api/v1/replays", token, body).json()
    assert len(done["replayed"]) == 1
    assert browser.call("POST", "/api/v1/replays", token, {}).status == 422


def test_the_whole_record_is_exported_in_its_order(here: World, browser: Browser) -> None:
    token = here.token("auditor", Act.SEE, Act.EXPORT)
    reply = browser.call("GET", "/api/v1/audit?format=ndjson", token)
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert len(lines) > 20
    page = browser.call("GET", "/api/v1/audit?limit=5", token).json()
    assert [each["hash"] for each in page["items"]] == [each["hash"] for each in lines[:5]]
    second = browser.call("GET", f"/api/v1/audit?limit=5&after={page['next']}", token).json()
    assert [each["hash"] for each in second["items"]] == [each["hash"] for each in lines[5:10]]


def test_figures_are_as_prometheus_reads_them(here: World, browser: Browser) -> None:
    text = browser.call("GET", "/metrics", here.token("viewer", Act.SEE)).text
    assert 'interlock_transactions{integration="carry",stage="completed"} 2' in text
    assert 'interlock_open_cases{cause="period-closed",owner="group:ops"} 2' in text
    assert 'interlock_money_at_risk{legal_entity="de",currency="EUR"} 20.00' in text
    verdict = 'interlock_reconciliation_verdict{reconciliation="customers",verdict="never"} 1'
    assert verdict in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_to_everybody_and_says_nothing_else(browser: Browser, path: str) -> None:
    reply = browser.get(path)
    assert reply.status == 200
    assert set(reply.json()) == {"state", "at"}


def test_who_owns_a_field_is_answered_with_the_reason(here: World, browser: Browser) -> None:
    token = here.token("viewer", Act.SEE)
    told = browser.call("GET", "/api/v1/ownership/customer/name", token).json()
    assert (told["system"], told["certain"]) == ("shop", True)
    assert browser.call("GET", "/api/v1/ownership/customer/nothing", token).status == 404
