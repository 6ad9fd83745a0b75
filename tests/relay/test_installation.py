"""An installation with a subscription: a worker's relay, a real endpoint, and the commands."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from interlock.bootstrap.house import compiled, open_store
from interlock.bootstrap.relaying import relaying
from interlock.cli.main import run as interlock
from interlock.flow.store import QUERIES
from interlock.foundation.clock import SystemClock
from interlock.foundation.cloudevents import CloudEvent
from tests.relay.endpoint import Site, listening

PATIENCE = 60.0
"""Seconds that the relay of a busy machine may take."""
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: Subscription
metadata: {name: partner, owner: group:ops}
spec:
  url: setting:partner_hook
  secret: secret:partner-hook
  events: [com.example.*]
  retry: [1ms]
  timeout: 5s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A home, and how its commands are called."""

    home: Path
    site: Site
    said: pytest.CaptureFixture[str]

    def emit(self, identity: str) -> None:
        at = SystemClock().now()
        event = CloudEvent(id=identity, source="urn:x", type="com.example.posted.v1", time=at)
        row = {
            "id": identity,
            "run": "run_1",
            "type": event.type,
            "key": "order-1",
            "rank": f"{at} {identity}",
            "body": event.to_json().decode(),
            "at": str(at),
        }
        with open_store(self.home) as store, store.database.transaction() as connection:
            connection.execute(QUERIES["add_outbox"], row)

    def relay_until(self, done: Callable[[], bool]) -> None:
        with open_store(self.home) as store, relaying(store):
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                if done():
                    return
                time.sleep(0.05)
        raise AssertionError(self.events())

    def command(self, *words: str) -> tuple[int, str]:
        self.said.readouterr()
        with pytest.raises(SystemExit) as ended:
            interlock([*words, "--home", str(self.home)])
        return int(str(ended.value.code)), "".join(self.said.readouterr())

    def events(self) -> dict[str, str]:
        _, text = self.command("events", "list", "--json")
        return {each["event"]: each["state"] for each in json.loads(text)["deliveries"]}


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Installation]:
    with listening() as site, open_store(tmp_path) as store:
        url = f"http://127.0.0.1:{site.port}/in"
        settings = {"partner_hook": url, "outbound_allow": "127.0.0.0/8"}
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        (tmp_path / "secrets").mkdir()
        pair = {"now": SECRETS[0], "next": SECRETS[1]}
        secret = tmp_path / "secrets" / "partner-hook.json"
        secret.touch(0o600)
        secret.write_text(json.dumps(pair))
        estate = compiled({"e.estate.yaml": ESTATE})
        at = SystemClock().now()
        store.archive.apply(estate, author="ana", approver="bao", at=at)
        yield Installation(home=tmp_path, site=site, said=capsys)


def test_an_event_reaches_the_endpoint_signed_and_is_listed(here: Installation) -> None:
    here.emit("e1")
    here.relay_until(lambda: here.events() == {"e1": "delivered"})

    (got,) = here.site.seen
    for secret in SECRETS:
        assert Webhook(secret).verify(got.body, got.headers)["id"] == "e1"
    code, text = here.command("events", "show", "e1")
    assert code == 0
    assert "com.example.posted.v1" in text
    assert "delivered" in text


def test_a_dead_event_is_a_case_and_redelivery_closes_it(here: Installation) -> None:
    here.site.statuses = [500, 500, 204]
    here.emit("e1")
    here.relay_until(lambda: here.events() == {"e1": "dead"})
    assert "events-dead" in here.command("cases", "list")[1]

    code, text = here.command("events", "redeliver", "--to", "partner", "--state", "dead")
    assert (code, text) == (0, "1 will be delivered again by the next worker\n")
    here.relay_until(lambda: here.events() == {"e1": "delivered"})
    assert "0 open" in here.command("cases", "list")[1]
    assert len({got.body for got in here.site.seen}) == 1


def test_a_gone_endpoint_is_held_until_it_is_resumed(here: Installation) -> None:
    here.site.statuses = [410, 204]
    here.emit("e1")
    here.relay_until(lambda: "held until" in here.command("events", "list")[1])
    here.emit("e2")

    assert here.command("events", "resume", "partner")[0] == 0
    here.relay_until(lambda: here.events() == {"e1": "delivered", "e2": "delivered"})
    assert [got.headers["webhook-id"] for got in here.site.seen] == ["e1", "e1", "e2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("events", "redeliver"), "--to SUBSCRIBER"),
        (("events", "redeliver", "--state", "dead"), "--to SUBSCRIBER"),
        (("events", "resume", "partner"), "not held"),
        (("events", "show", "e9"), "no event `e9`"),
    ],
)
def test_a_command_that_means_nothing_is_refused_with_what_to_do(
    here: Installation, words: tuple[str, ...], said: str
) -> None:
    code, text = here.command(*words)

    assert code == 3
    assert said in text


def test_an_installation_that_told_nobody_anything_says_so(here: Installation) -> None:
    assert here.command("events", "list") == (0, "nothing was told to anybody yet\n")
