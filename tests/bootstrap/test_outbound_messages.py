"""Salesforce pushes to our listener, each a process of its own: stored before acknowledged."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from interlock.bootstrap.house import House, compiled, open_house, open_store
from interlock.bootstrap.listener import listen
from interlock.foundation.clock import SystemClock
from interlock.foundation.database import Row
from interlock.foundation.ports import free_port
from interlock.foundation.queries import query
from interlock.testing.vendors import running

SECRET = "hard-to-guess-and-long"
INBOX = query("inbox", "SELECT * FROM inbox ORDER BY ref")
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: crm, owner: group:ops}
spec:
  type: crm
  connector: salesforce
  url: "setting:crm_url"
  auth: {scheme: oauth2-client-credentials, credential: "secret:crm"}
  inbound: {webhook: {scheme: salesforce, secret: "secret:crm_webhook"}, poll: 1h, overlap: 1m}
  outbound: {networks: [127.0.0.0/8]}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: deal, owner: group:ops}
spec:
  domain: contract
  authority: crm
  identity: {crm: Opportunity.Id}
  fields:
    title: {type: string, in: {crm: Name}}
    stage: {type: string, in: {crm: StageName}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: won, owner: group:ops}
spec:
  lifecycle: experimental
  classification:
    criticality: low
    pattern: event
    latencyTolerance: 15m
    recovery: {rto: 24h, rpo: 24h}
    consistency: eventual
    failureImpact: none
  trigger: {system: crm, entity: deal, when: deal.stage == "Closed Won"}
  key: deal.id
  steps:
    - {id: named, require: [{check: has(deal.title), otherwise: the deal has no name}]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An org, and an installation that listens to it."""

    house: House
    org: str
    port: int
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(trust_env=False))

    def tell(self, what: str, body: object) -> None:
        self.client.post(f"{self.org}/_sandbox/{what}", json=body).raise_for_status()

    def seed(self, number: int) -> None:
        rows = [{"Name": f"Deal {n}", "StageName": "Closed Won"} for n in range(number)]
        self.tell("seed", {"Opportunity": rows})

    def asked(self, path: str) -> int:
        requests = self.client.get(f"{self.org}/_sandbox/requests").json()["requests"]
        return sum(n for name, n in requests.items() if name.endswith(path))

    def stored(self) -> list[Row]:
        with self.house.store.database.transaction() as connection:
            return list(connection.rows(INBOX, {}))

    def wait(self, number: int) -> list[Row]:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if len(rows := self.stored()) >= number:
                return rows
            time.sleep(0.05)
        raise AssertionError(f"{len(self.stored())} of {number} events came")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    port = free_port()
    (tmp_path / "secrets").mkdir()
    crm = {"client_id": "app", "client_secret": "s3cret"}
    for name, value in (("crm", crm), ("crm_webhook", {"path": SECRET})):
        file = tmp_path / "secrets" / f"{name}.json"
        file.touch(0o600)
        file.write_text(json.dumps(value))
    with running("salesforce", "--latency-ms", "0") as org:
        options = json.dumps({"organization_id": "00D000000000001"})
        settings = {"crm_url": org, "crm_options": options}
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        with open_store(tmp_path) as store:
            estate = compiled({"e.estate.yaml": ESTATE})
            store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
        with open_house(tmp_path) as house:
            hang_up = listen(house, port)
            here = Post(house=house, org=org, port=port)
            yield here
            here.client.close()
            hang_up()
            for connector in house.connectors.values():
                connector.close()  # type: ignore[attr-defined]  # this one has connections


def register(post: Post, secret: str = SECRET) -> None:
    post.tell("webhooks", {"url": f"http://127.0.0.1:{post.port}/webhooks/crm", "secret": secret})


def test_many_changes_come_in_few_messages_and_each_starts_its_run(post: Post) -> None:
    register(post)
    post.seed(250)

    rows = post.wait(250)
    assert {row["via"] for row in rows} == {"delivery"}
    assert len({row["led_to"] for row in rows}) == 250
    assert post.asked("/query") + post.asked("/queryAll") == 3


def test_what_was_pushed_is_not_taken_in_again_by_a_poll_or_by_a_repetition(post: Post) -> None:
    post.house.poller.poll("crm", "Opportunity", "low")
    register(post)
    post.tell("faults", {"rates": {"webhook_duplicate": 1.0}})
    post.seed(3)
    post.wait(3)

    assert post.house.poller.poll("crm", "Opportunity", "low").found == 0
    assert len(post.stored()) == 3


def test_a_message_that_could_not_be_looked_into_is_sent_until_it_can(post: Post) -> None:
    register(post)
    post.tell("faults", {"rates": {"salesforce_quota": 1.0}, "most_per_key": 1})
    post.seed(2)

    assert len(post.wait(2)) == 2


@pytest.mark.parametrize("path", ["crm/guess", "crm", "crm/", "crm/guess/more", "nobody/x"])
def test_who_does_not_know_the_path_is_turned_away(post: Post, path: str) -> None:
    headers = {"path-secret": SECRET, "Content-Type": "text/xml"}
    url = f"http://127.0.0.1:{post.port}/webhooks/{path}"
    answer = post.client.post(url, content=b"<x/>", headers=headers, follow_redirects=False)

    assert answer.status_code in {307, 401, 404}
    assert "Ack" not in answer.text
    assert post.stored() == []


def test_only_the_acknowledgement_ends_the_repetitions(post: Post) -> None:
    register(post)
    post.seed(1)
    post.wait(1)
    asked = post.asked("/queryAll")
    time.sleep(1.0)  # longer than the pause before the vendor would send it again
    assert post.asked("/queryAll") == asked
