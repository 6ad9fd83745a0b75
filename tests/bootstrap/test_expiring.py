"""A credential's end is a word in the trail before it comes, and one case when it has come."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.audit import trail
from interlock.bootstrap.expiring import PATIENCE, CredentialWatch, watching
from interlock.bootstrap.house import Store, compiled, open_store
from interlock.bootstrap.settings import read_settings
from interlock.cases import commands as cases
from interlock.cases import store as case_store
from interlock.cases.case import Case
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.errors import UnavailableError
from interlock.foundation.secrets.lookup import Named, Secrets
from interlock.foundation.secrets.secret import Secret

START = from_iso("2026-01-01T00:00:00Z")
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: billing, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: "https://api.stripe.com"
  auth: {scheme: api-key, credential: "secret:billing"}
"""


@dataclass
class World:
    store: Store
    clock: VirtualClock
    file: Path

    def keep(self, expires: str) -> None:
        self.file.touch(0o600)
        self.file.write_text(json.dumps({"api_key": "sk_live_1234567", "expires": expires}))

    def look(self) -> None:
        """Look as another worker would that was just started: it knows nothing but the trail."""
        CredentialWatch(self.store).look()

    def told(self) -> list[str]:
        return [each.action for each in trail.read(self.store.database, "credential:billing")]

    def cases(self) -> list[Case]:
        cases.collect(self.store.database)
        with self.store.database.transaction() as connection:
            return case_store.queue(connection)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "secrets").mkdir()
    clock = VirtualClock(START)
    with open_store(tmp_path) as store:
        here = replace(store, clock=clock, settings=read_settings(tmp_path, {}))
        estate = compiled({"e.estate.yaml": ESTATE})
        here.archive.apply(estate, author="ana", approver="bao", at=START)
        found = World(here, clock, tmp_path / "secrets" / "billing.json")
        found.keep("2026-03-01")
        yield found


def test_nothing_is_said_of_a_credential_that_is_good(world: World) -> None:
    world.look()

    assert world.told() == []


def test_a_warning_comes_before_the_end_and_is_given_once_however_many_workers_look(
    world: World,
) -> None:
    world.clock.sleep(timedelta(days=40))
    world.look()
    world.look()

    assert world.told() == ["credential.expiring"]
    assert world.cases() == []


def test_an_end_is_one_case_of_the_owner_and_closes_when_there_is_another_credential(
    world: World,
) -> None:
    world.clock.sleep(timedelta(days=61))
    world.look()
    world.look()
    (case,) = world.cases()
    assert (case.cause, case.system, case.owner) == ("credential-expired", "billing", "group:ops")
    assert "2026-03-02" in case.message
    assert "sk_live" not in case.message + case.remedy
    assert "interlock doctor --connection billing" in case.remedy

    world.keep("2026-12-31")
    world.look()
    assert world.cases() == []
    assert world.told() == ["credential.expired", "credential.renewed"]


def test_another_credential_that_ends_soon_closes_the_case_too(world: World) -> None:
    world.clock.sleep(timedelta(days=61))
    world.look()
    assert len(world.cases()) == 1
    world.keep("2026-03-10")
    world.look()

    assert world.cases() == []
    assert world.told()[-1] == "credential.expiring"


def test_a_credential_that_went_away_is_a_case_although_work_goes_on(world: World) -> None:
    world.file.unlink()
    world.look()
    (case,) = world.cases()
    assert case.cause == "credential-unreadable"
    assert "secrets/billing.json" in case.message
    world.keep("2026-12-31")
    world.look()

    assert world.cases() == []


class Away(Secrets):
    """A place that does not answer."""

    def __init__(self) -> None:
        super().__init__({}, Path("nowhere"))

    def get(self, named: Named, *, fresh: bool = False) -> Secret:
        raise UnavailableError("the vault does not answer: sealed")


def test_a_place_that_is_away_for_a_moment_is_nobodys_business(world: World) -> None:
    away = replace(world.store, settings=replace(world.store.settings, secrets=Away()))
    watch = CredentialWatch(away)
    watch.look()
    world.clock.sleep(PATIENCE / 2)
    watch.look()
    assert world.cases() == []
    world.clock.sleep(PATIENCE)
    watch.look()

    (case,) = world.cases()
    assert case.cause == "credential-unreadable"


def test_a_worker_looks_as_soon_as_it_starts(world: World) -> None:
    world.clock.sleep(timedelta(days=61))
    with watching(world.store):
        until = time.monotonic() + 60
        while not world.told() and time.monotonic() < until:
            time.sleep(0.02)

    assert world.told() == ["credential.expired"]
