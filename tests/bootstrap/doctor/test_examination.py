"""What an examination says of a connection: no lack is called fine, and each says what to do."""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.bootstrap.doctor.examination import Doctor
from interlock.bootstrap.doctor.item import Examined, Item, State
from interlock.bootstrap.doctor.reaching import Reach
from interlock.bootstrap.house import compiled
from interlock.bootstrap.settings import read_settings
from interlock.connectors.checkup import Checkup, Held, Permission, Quota
from interlock.connectors.port import (
    Changes,
    Connection,
    Connector,
    Event,
    Outcome,
    Record,
    Request,
)
from interlock.estate.capability import Capabilities
from interlock.estate.kinds import System
from interlock.foundation.clock import VirtualClock
from interlock.foundation.errors import UsageError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {members: [ana@example.com]}
---
apiVersion: interlock/v1
kind: System
metadata: {name: billing, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: "file:///no/network"
  auth: {scheme: api-key, credential: {api_key: "env:KEY"}%s}
  inbound: {webhook: {scheme: stripe, secret: "env:HOOK"}, poll: 1m}
---
apiVersion: interlock/v1
kind: Subscription
metadata: {name: partner, owner: group:ops}
spec: {url: "setting:partner", secret: "env:PARTNER", events: [com.example.*]}
---
apiVersion: interlock/v1
kind: Channel
metadata: {name: orders, owner: group:ops}
spec: {address: orders.won, publish: [com.example.*]}
"""
VALUE = "sk_live_very_secret_1"
ENVIRONMENT = {"KEY": VALUE, "HOOK": "whsec_a", "PARTNER": "whsec_b"}
YES = Permission(what="read invoice", held=Held.YES)


@dataclass
class Examinable:
    """A connector that says what it is told to say."""

    told: Checkup
    capabilities: Capabilities = Capabilities(  # noqa: RUF009 (it is frozen)
        connector="it", operations={}, auth_schemes=frozenset()
    )
    closed: list[bool] = field(default_factory=list)

    def checkup(self, objects: Collection[str]) -> Checkup:
        return self.told

    def read(self, obj: str, ref: str) -> Record | None:
        raise AssertionError("nothing is read")

    def find(self, obj: str, field: str, value: str) -> Record | None:
        raise AssertionError("nothing is looked for")

    def write(self, request: Request) -> Outcome:
        raise AssertionError("nothing is written")

    def changes(self, obj: str, cursor: str | None) -> Changes:
        raise AssertionError("nothing is polled")

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        raise AssertionError("nothing is delivered")

    def close(self) -> None:
        self.closed.append(True)


class Mute:
    """A connector that cannot be examined."""


def doctor(
    tmp_path: Path,
    connector: object = None,
    *,
    environment: Mapping[str, str] | None = None,
    auth: str = "",
    offline: bool = False,
) -> Doctor:
    clock = VirtualClock(NOW)
    given = ENVIRONMENT if environment is None else environment
    spoken = connector or Examinable(Checkup(permissions=[YES]))

    def opened(system: System, connection: Connection) -> Connector:
        if isinstance(spoken, UsageError):
            raise spoken
        return spoken  # type: ignore[return-value]  # one of them is none, on purpose

    return Doctor(
        estate=compiled({"e.estate.yaml": ESTATE % auth}),
        settings=read_settings(tmp_path, {**given, "INTERLOCK_PARTNER": "https://x.example.com"}),
        clock=clock,
        reach=Reach(clock=clock),
        open=opened,
        offline=offline,
    )


def billing(examining: Doctor) -> Examined:
    return examining.system(examining.estate.systems["billing"])


def items(found: Examined, question: str) -> list[Item]:
    return [each for each in found.items if each.question == question]


def test_a_connection_that_is_well_is_fine_and_what_nobody_tells_is_shown_apart(
    tmp_path: Path,
) -> None:
    found = billing(doctor(tmp_path))

    assert found.state is State.FINE
    assert found.untold == 3
    assert [each.state for each in items(found, "fits")] == [State.UNTOLD]
    assert [each.said for each in items(found, "permitted")] == [
        "read invoice (writes are not tried)"
    ]


def test_a_reference_that_leads_nowhere_is_a_problem_and_ends_the_examination(
    tmp_path: Path,
) -> None:
    found = billing(doctor(tmp_path, environment={"HOOK": "whsec_a"}))

    assert found.state is State.PROBLEM
    assert items(found, "configured")[0].said == "the environment variable KEY is not set"
    assert items(found, "permitted") == []


def test_a_missing_secret_of_the_webhook_is_found_although_nothing_else_lacks(
    tmp_path: Path,
) -> None:
    found = billing(doctor(tmp_path, environment={"KEY": VALUE}))

    assert found.state is State.PROBLEM
    assert len(items(found, "permitted")) == 1


def test_what_the_connector_says_it_lacks_is_a_problem(tmp_path: Path) -> None:
    error = UsageError("the credential has no `api_key`", hint="Add it.")
    found = billing(doctor(tmp_path, error))

    assert [(each.said, each.next) for each in items(found, "configured")][-1] == (
        "the credential has no `api_key`",
        "Add it.",
    )


@pytest.mark.parametrize(
    ("held", "state"), [(Held.NO, State.PROBLEM), (Held.UNKNOWN, State.UNKNOWN)]
)
def test_a_permission_that_lacks_or_is_not_known_is_never_fine(
    tmp_path: Path, held: Held, state: State
) -> None:
    lack = Permission(what="read customer", held=held, said="403", grant="Give the role View.")
    connector = Examinable(Checkup(permissions=[YES, lack]))
    found = billing(doctor(tmp_path, connector))

    assert found.state is state
    assert items(found, "permitted")[1].next == "Give the role View."
    assert connector.closed == [True]


def test_a_connector_that_cannot_ask_leaves_it_unknown(tmp_path: Path) -> None:
    assert billing(doctor(tmp_path, Mute())).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("left", "state"),
    [(500, State.FINE), (100, State.SOON), (0, State.PROBLEM), (None, State.FINE)],
)
def test_a_quota_is_told_before_it_is_used_up(
    tmp_path: Path, left: int | None, state: State
) -> None:
    quota = Quota(name="requests", limit=1000, left=left)
    found = billing(doctor(tmp_path, Examinable(Checkup(permissions=[YES], quotas=[quota]))))

    assert items(found, "quota")[0].state is state


@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-03-01", State.FINE), ("2026-01-10", State.SOON), ("2025-12-31", State.PROBLEM)],
)
def test_the_end_that_the_estate_declares_is_watched(
    tmp_path: Path, day: str, state: State
) -> None:
    found = billing(doctor(tmp_path, auth=f", expires: {day}"))

    assert items(found, "expiring")[0].state is state
    assert found.state is state


def test_a_credential_that_was_due_to_be_changed_is_no_problem_yet(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text(VALUE)
    examining = doctor(tmp_path, environment={**ENVIRONMENT}, auth=", rotate: 1d")
    old = (NOW - timedelta(days=3)).timestamp()
    os.utime(key, (old, old))
    text = (ESTATE % ", rotate: 1d").replace("env:KEY", f"file:{key}")
    system = compiled({"e.estate.yaml": text}).systems["billing"]
    found = examining.system(system)

    assert items(found, "expiring")[0].state is State.SOON
    assert "was due" in items(found, "expiring")[0].said


def test_offline_nobody_is_asked(tmp_path: Path) -> None:
    connector = Examinable(Checkup(permissions=[]))
    found = billing(doctor(tmp_path, connector, offline=True))

    assert {each.question for each in found.items} == {"configured", "expiring"}


def test_subscribers_and_channels_are_examined_too(tmp_path: Path) -> None:
    examining = doctor(tmp_path, offline=True)
    partner = examining.subscription(examining.estate.subscriptions["partner"])
    orders = examining.channel(examining.estate.channels["orders"])

    assert (partner.state, orders.state) == (State.FINE, State.FINE)
    assert "https://x.example.com from setting:partner" in partner.items[1].said


def test_no_value_of_any_secret_is_part_of_what_is_said(tmp_path: Path) -> None:
    told = json.dumps([each.said + each.next for each in billing(doctor(tmp_path)).items])

    assert not any(value in told for value in ENVIRONMENT.values())


def test_a_signing_secret_that_ends_is_told_and_its_note_signs_nothing(tmp_path: Path) -> None:
    noted = json.dumps({"now": "whsec_b", "expires": "2026-01-05"})
    examining = doctor(tmp_path, environment={**ENVIRONMENT, "PARTNER": noted}, offline=True)
    found = examining.subscription(examining.estate.subscriptions["partner"])

    assert found.state is State.SOON
    assert dict(examining.settings.secret("env:PARTNER")) == {"now": "whsec_b"}
