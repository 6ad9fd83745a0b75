"""The door for users' programs, over real HTTP: who may call, what is refused and answered."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import jsonschema_rs
import pytest

from interlock.bootstrap.api import dispatching, door
from interlock.bootstrap.house import House, compiled, open_house, open_store
from interlock.bootstrap.listener import listen
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Verdict
from interlock.estate.openapi import openapi
from interlock.foundation.clock import SystemClock
from interlock.foundation.ports import free_port
from interlock.gate.permit import NotNow
from interlock.intake.api.counter import waiting_calls

PORTAL, CPQ = "portal-0123456789abcdef01234567", "cpq-0123456789abcdef0123456789"
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: shop, owner: group:ops}
spec:
  type: crm
  connector: stripe
  url: http://127.0.0.1:1
  auth: {scheme: api-key, credential: "secret:shop"}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: customer, owner: group:ops}
spec:
  domain: customer
  authority: shop
  identity: {shop: customer.id}
  fields:
    name: {type: string, in: {shop: name}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: greet, owner: group:ops}
spec:
  trigger: {system: shop, entity: customer, each: change, when: 'customer.name != "nobody"'}
  key: customer.id
  steps: [{id: hello, emit: {event: com.example.hello.v1, data: {who: customer.id}}}]
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: ask, owner: group:ops}
spec:
  trigger: {system: shop, entity: customer}
  key: customer.id
  steps: [{id: sure, approve: {question: "Sure?", by: "group:ops", atMost: 1d}}]
---
apiVersion: interlock/v1
kind: Api
metadata: {name: people, owner: group:ops}
spec:
  callers: "secret:people"
  operations:
    greet: {integration: greet, wait: 30s}
    ask: {integration: ask, wait: 30s}
---
apiVersion: interlock/v1
kind: Api
metadata: {name: metered, owner: group:ops}
spec:
  callers: "secret:people"
  operations: {ask: {integration: ask}}
  rate: {calls: 3, per: 365d}
---
apiVersion: interlock/v1
kind: Api
metadata: {name: bare, owner: group:ops}
spec: {callers: "secret:nowhere", operations: {greet: {integration: greet}}}
---
apiVersion: interlock/v1
kind: Api
metadata: {name: short, owner: group:ops}
spec: {callers: "secret:short", operations: {greet: {integration: greet}}}
"""
KEY = {"idempotency-key": '"k-1"'}


@dataclass(slots=True)
class Shop:
    """A system that has some customers, and can be away."""

    names: dict[str, str] = field(default_factory=lambda: {"c1": "Acme", "c2": "nobody"})
    away: bool = False

    def record(self, system: str, obj: str, ref: str, criticality: str) -> Record | NotNow | None:
        if self.away:
            raise CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE))
        name = self.names.get(ref)
        return None if name is None else Record(ref=ref, body={"id": ref, "name": name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An installation that takes calls."""

    house: House
    client: httpx2.Client
    shop: Shop

    def call(
        self, operation: str = "people/ask", ref: str = "c1", token: str = PORTAL, **headers: str
    ) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"/api/{operation}",
            json={"ref": ref},
            headers={"authorization": f"Bearer {token}", **KEY, **named},
        )

    def status(self, answer: httpx2.Response, token: str = PORTAL) -> httpx2.Response:
        where = answer.headers["location"]
        return self.client.get(where, headers={"authorization": f"Bearer {token}"})

    def until(self, answer: httpx2.Response, status: str) -> dict[str, object]:
        found: dict[str, object] = {}
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found = self.status(answer).json()
            if found["status"] == status:
                return found
            time.sleep(0.02)
        raise AssertionError(found)


@pytest.fixture
def door_of(tmp_path: Path) -> Iterator[Door]:
    (tmp_path / "secrets").mkdir()
    secrets = {"shop": {"api_key": "x"}, "people": {"portal": PORTAL, "cpq": CPQ}}
    for name, value in {**secrets, "short": {"portal": "short"}}.items():
        file = tmp_path / "secrets" / f"{name}.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(value))
    with open_store(tmp_path) as store:
        estate = compiled({"e.estate.yaml": ESTATE})
        store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
    port, shop = free_port(), Shop()
    with open_house(tmp_path) as house:
        api = door(house)
        hang_up = listen(house, port, api)
        transport = httpx2.HTTPTransport(retries=5)
        url = f"http://127.0.0.1:{port}"
        with (
            httpx2.Client(base_url=url, transport=transport, timeout=60.0) as client,
            dispatching(house, api.handed_in, shop),
        ):
            yield Door(house=house, client=client, shop=shop)
        hang_up()
        for connector in house.connectors.values():
            connector.close()  # type: ignore[attr-defined]  # this one has connections


def problem_of(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == answer.status_code
    assert found["title"]
    return answer.status_code, found["type"].removeprefix("urn:interlock:problem:")


def test_a_call_is_accepted_and_its_status_url_tells_what_becomes_of_it(door_of: Door) -> None:
    answer = door_of.call()

    assert answer.status_code == 202
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["status"], body["latency"]) == ("accepted", "deferred")
    assert answer.headers["location"] == body["self"]
    found = door_of.until(answer, "running")
    assert str(found["transaction"]).startswith("run_")


def test_a_call_that_is_repeated_gets_the_same_answer_byte_for_byte(door_of: Door) -> None:
    first = door_of.call()
    door_of.until(first, "running")
    again = door_of.call(idempotency_key="k-1")

    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


def test_the_same_key_for_something_else_is_422(door_of: Door) -> None:
    door_of.call()
    assert problem_of(door_of.call(ref="c2")) == (422, "idempotency-key-reused")


def test_an_outcome_may_be_waited_for_where_nothing_financial_depends_on_it(door_of: Door) -> None:
    door_of.shop.names["c2"] = "nobody"
    answer = door_of.call("people/greet", ref="c2")

    assert answer.status_code == 200
    assert answer.json()["status"] == "refused"
    assert answer.json()["problem"]["type"] == "urn:interlock:problem:not-called-for"
    assert door_of.call("people/greet", ref="c2").content == answer.content


def test_whoever_prefers_not_to_wait_does_not(door_of: Door) -> None:
    door_of.shop.away = True
    started = door_of.house.store.clock.now()
    answer = door_of.call("people/greet", prefer="respond-async")
    other = door_of.call("people/greet", prefer="wait=0", idempotency_key="k-2")

    assert (answer.status_code, other.status_code) == (202, 202)
    assert (door_of.house.store.clock.now() - started).total_seconds() < 30


def test_waiting_ends_with_202_when_the_outcome_takes_longer(door_of: Door) -> None:
    door_of.shop.away = True
    answer = door_of.call("people/greet", prefer="wait=1")
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")


def test_a_repetition_while_the_first_is_held_is_409(door_of: Door) -> None:
    door_of.shop.away = True
    answers: list[int] = []

    def first() -> None:
        answers.append(door_of.call("people/greet", ref="c2").status_code)

    held = threading.Thread(target=first)
    held.start()
    until = time.monotonic() + 60
    while not waiting_calls(door_of.house.store.database):
        assert time.monotonic() < until, "the first call was never taken"
        time.sleep(0.02)
    conflict = door_of.call("people/greet", ref="c2")
    door_of.shop.away = False
    held.join()

    assert problem_of(conflict) == (409, "idempotency-key-in-use")
    assert conflict.headers["retry-after"] == "1"
    assert answers == [200]
    assert door_of.call("people/greet", ref="c2").status_code == 200


def test_what_the_estate_lets_wait_is_still_not_held_when_a_person_is_involved(
    door_of: Door,
) -> None:
    assert door_of.call("people/ask", prefer="wait=30").status_code == 202


@pytest.mark.parametrize("token", ["nonsense", PORTAL[:-1], PORTAL + "x", "ä"])
def test_without_a_token_of_a_caller_nothing_is_taken(door_of: Door, token: str) -> None:
    answer = door_of.client.post(
        "/api/people/ask",
        json={"ref": "c1"},
        headers={b"authorization": f"Bearer {token}".encode(), b"idempotency-key": b"k"},
    )
    assert problem_of(answer) == (401, "unauthorised")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_caller_sees_its_own_calls_only(door_of: Door) -> None:
    answer = door_of.call()
    assert problem_of(door_of.status(answer, CPQ)) == (404, "unknown-call")
    assert door_of.status(answer).status_code == 200


@pytest.mark.parametrize("api", ["bare", "short"])
def test_an_api_without_usable_tokens_says_so_and_takes_nothing(door_of: Door, api: str) -> None:
    answer = door_of.call(f"{api}/greet", token="short")
    assert problem_of(answer) == (503, "not-set-up")
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize("where", ["people/sing", "nobody/ask"])
def test_what_is_not_offered_is_404(door_of: Door, where: str) -> None:
    assert problem_of(door_of.call(where)) == (404, "unknown-operation")


def test_what_is_not_a_call_is_refused_before_it_is_stored(door_of: Door) -> None:
    headers = {"authorization": f"Bearer {PORTAL}"}
    json_ = {"content-type": "application/json"}

    def refused(
        headers: dict[str, str] | list[tuple[str, str]], content: bytes
    ) -> tuple[int, str]:
        answer = door_of.client.post("/api/people/ask", headers=headers, content=content)
        return problem_of(answer)

    assert refused({**headers, **json_}, b'{"ref": "c1"}') == (400, "idempotency-key")
    assert refused({**headers, **KEY}, b'{"ref": "c1"}') == (415, "wrong-type")
    twice = [*{**headers, **json_, **KEY}.items(), ("idempotency-key", '"k-2"')]
    assert refused(twice, b'{"ref": "c1"}') == (400, "idempotency-key")
    assert refused({**headers, **json_, **KEY}, b"{") == (400, "malformed")
    assert refused({**headers, **json_, **KEY}, b" " * 70_000) == (413, "too-large")


def test_a_caller_is_told_what_is_left_and_then_when_to_come_again(door_of: Door) -> None:
    first = door_of.call("metered/ask")
    told = door_of.status(first)
    refused = door_of.call("metered/ask", idempotency_key="two words")
    again = door_of.call("metered/ask")
    asked = door_of.status(first)

    policy = {each.headers["ratelimit-policy"] for each in (first, told, refused, again, asked)}
    assert policy == {'"caller";q=3;w=31536000'}
    left = [each.headers["ratelimit"].split(";")[1] for each in (first, told, refused, again)]
    assert left == ["r=2", "r=1", "r=0", "r=0"]
    assert (first.status_code, told.status_code, refused.status_code) == (202, 200, 400)
    assert problem_of(again) == problem_of(asked) == (429, "quota-exceeded")
    seconds = again.headers["ratelimit"].split(";t=")[1]
    assert again.headers["retry-after"] == seconds
    assert 0 < int(seconds) <= 31_536_000
    assert door_of.call("metered/ask", token=CPQ, idempotency_key="k-9").status_code == 202
    assert "ratelimit" not in door_of.call().headers


def test_a_stranger_uses_up_nobodys_rate(door_of: Door) -> None:
    for _ in range(5):
        assert problem_of(door_of.call("metered/ask", token="x" * 30)) == (401, "unauthorised")
    assert door_of.call("metered/ask").headers["ratelimit"].startswith('"caller";r=2;')


def test_every_answer_is_one_that_the_openapi_document_promises(door_of: Door) -> None:
    estate = door_of.house.store.archive.current()
    document = openapi(estate, title="x", version="1", server="http://x")
    schemas = document["components"]["schemas"]  # type: ignore[index]  # JSON
    text = json.dumps(schemas).replace("#/components/schemas/", "#/$defs/")

    def fits(answer: httpx2.Response, name: str) -> bool:
        schema = {"$ref": f"#/$defs/{name}", "$defs": json.loads(text)}
        return jsonschema_rs.validator_for(schema).is_valid(answer.json())

    accepted = door_of.call()
    waited = door_of.call("people/greet", ref="nowhere", idempotency_key="k-2")
    promised = document["paths"]["/api/people/greet"]["post"]["responses"]  # type: ignore[index]  # JSON
    assert waited.status_code == 200
    assert {"200", "202", "401", "409", "422", "429"} <= set(promised)
    assert "200" not in document["paths"]["/api/people/ask"]["post"]["responses"]  # type: ignore[index]  # JSON
    assert fits(accepted, "Status")
    assert fits(waited, "Status")
    assert fits(door_of.status(accepted), "Status")
    assert fits(door_of.call(ref="c2"), "Problem")
