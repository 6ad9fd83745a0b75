"""The first time two systems are connected: every record through the gate, and none sent twice."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from interlock.audit import trail
from interlock.bootstrap import syncing
from interlock.bootstrap.house import open_existing
from interlock.bootstrap.syncing import Synced
from interlock.cases import store as cases
from interlock.cases.case import Which
from interlock.connectors.salesforce import connector, load
from interlock.flow.batching import Batcher
from interlock.flow.cuts import CutStore
from interlock.gate.batches import Batches
from interlock.testing.first_sync import INTEGRATION, Customer, make_home, make_shop
from interlock.testing.postgres_server import postgres_server
from interlock.testing.vendors import running

INTENT = "step.intended"


@dataclass(frozen=True, slots=True)
class Company:
    """A shop, a CRM, and an installation between them."""

    home: Path
    crm: httpx2.Client

    def sync(self) -> Synced:
        return syncing.sync(self.home, INTEGRATION, threading.Event())

    def tell(self, what: str, body: object) -> None:
        self.crm.post(f"/_sandbox/{what}", json=body).raise_for_status()

    def accounts(self) -> list[dict[str, Any]]:
        return list(self.crm.get("/_sandbox/ledger").json().get("Account", []))

    def writes(self) -> int:
        """How often the CRM made or changed an account."""
        return int(self.crm.get("/_sandbox/requests").json()["writes"]["Account"])

    def requests(self) -> Counter[str]:
        return Counter(self.crm.get("/_sandbox/requests").json()["requests"])

    def entries(self) -> Iterator[Any]:
        with open_existing(self.home) as store:
            yield from trail.read(store.database, None, limit=1_000_000)


def customers(number: int) -> list[Customer]:
    """Every tenth belongs to the one after it, which its CRM record has to wait for."""
    return [
        (
            f"C{n:05d}",
            f"Customer {n}",
            f"billing-{n}@customer.example",
            "Rome",
            f"C{n + 1:05d}" if n % 10 == 5 else None,
        )
        for n in range(number)
    ]


@pytest.fixture
def crm() -> Iterator[httpx2.Client]:
    with (
        running("salesforce", "--latency-ms", "0") as url,
        httpx2.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


def company(tmp_path: Path, crm: httpx2.Client, those: list[Customer], *more: str) -> Company:
    make_shop(tmp_path / "shop.db", those)
    make_home(tmp_path / "home", tmp_path / "shop.db", str(crm.base_url), *more)
    return Company(tmp_path / "home", crm)


def by_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even few writes leave in a job."""
    monkeypatch.setattr(connector, "RECORDS", 0)


def are_there_once(here: Company, wanted: list[Customer]) -> None:
    """Every customer is in the CRM as the shop has it, and was written by one write alone."""
    accounts = here.accounts()
    by_id = {row["Id"]: row["External_Id__c"] for row in accounts}
    found = [
        (
            row["External_Id__c"],
            row["Name"],
            row["Billing_Email__c"],
            row["BillingCity"],
            by_id.get(row["ParentId"]),
        )
        for row in accounts
    ]
    assert sorted(found) == sorted(wanted)
    assert here.writes() == len(wanted)


def test_a_thousand_customers_are_carried_each_governed_on_its_own(
    tmp_path: Path, crm: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "PORTION", 300)
    good = customers(1_000)
    here = company(
        tmp_path,
        crm,
        [
            *good,
            ("LOST", "Nobody", "x@customer.example", "Atlantis", None),
            ("LONG", "x" * 300, "x@customer.example", "Rome", None),
            ("LONG2", "y" * 300, "x@customer.example", "Rome", None),
        ],
    )
    synced = here.sync()

    are_there_once(here, good)
    assert (synced.seen, synced.began) == (1_003, 1_003)
    assert synced.states == {"completed": 1_000, "parked": 3}
    assert synced.causes == {"policy": 1, "rejected": 2}
    with open_existing(here.home) as store, store.database.transaction() as connection:
        asked = cases.queue(connection, Which(integration=INTEGRATION))
    assert {case.key: case.cause for case in asked} == {
        "LOST": "policy",
        "LONG": "rejected",
        "LONG2": "rejected",
    }


def test_every_write_has_its_own_intent_and_outcome_and_few_calls_carry_them(
    tmp_path: Path, crm: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "PORTION", 210)
    here = company(tmp_path, crm, customers(250))
    here.sync()

    streams: dict[str, list[str]] = {}
    cuts = Counter[str]()
    for entry in here.entries():
        streams.setdefault(entry.stream, []).append(entry.action)
        if entry.action == INTENT:
            cuts[entry.data["cut"]] += 1
    runs = [actions for stream, actions in streams.items() if stream.startswith("run_")]
    written = [actions[actions.index(INTENT) :] for actions in runs if INTENT in actions]
    assert written.count([INTENT, "step.done", "proof.seen", "run.completed"]) == 250
    assert sum(cuts.values()) == 250
    requests = here.requests()
    jobs = sum(n for name, n in requests.items() if name.endswith("/batches"))
    calls = sum(n for name, n in requests.items() if "PATCH" in name and "composite" in name)
    assert len(cuts) == jobs + calls < 20
    assert not [name for name in requests if "PATCH" in name and "/External_Id__c/" in name]
    assert all(streams[f"cut:{cut}"] == ["cut.left", "cut.settled"] for cut in cuts)


def test_once_more_carries_what_changed_since_and_nothing_else(
    tmp_path: Path, crm: httpx2.Client
) -> None:
    here = company(tmp_path, crm, customers(30))
    here.sync()
    again = here.sync()

    are_there_once(here, customers(30))
    assert again.states == {"completed": 30}


class DiedError(BaseException):
    """A worker dies here; nothing may catch it."""


POINTS = {
    "before a call": (Batches, "send", "before"),
    "after a call": (Batches, "send", "after"),
    "before anything left": (Batches, "hand_over", "before"),
    "before the job's name was written down": (CutStore, "left", "before"),
    "before the job began": (Batches, "begin", "before"),
    "after the job began": (Batches, "begin", "after"),
    "before what became of it was taken in": (Batcher, "_settled", "before"),
    "in the middle of taking it in": (CutStore, "leave", "after"),
    "before the cut was closed": (CutStore, "close", "before"),
}


@pytest.mark.parametrize("point", POINTS)
def test_wherever_it_dies_it_goes_on_and_sends_nothing_twice(
    point: str, tmp_path: Path, crm: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, moment = POINTS[point]
    if name != "send":
        by_jobs(monkeypatch)
    whole = getattr(where, name)
    here = company(tmp_path, crm, customers(60))

    def dies(*args: Any) -> Any:
        if moment == "after":
            whole(*args)
        raise DiedError

    monkeypatch.setattr(where, name, dies)
    with pytest.raises(DiedError):
        here.sync()
    monkeypatch.setattr(where, name, whole)
    synced = here.sync()

    are_there_once(here, customers(60))
    assert synced.states == {"completed": 60}


def test_killed_while_the_vendor_works_it_asks_for_the_same_job(
    tmp_path: Path, crm: httpx2.Client
) -> None:
    here = company(tmp_path, crm, customers(210))
    here.tell("options", {"bulk_rate": 200})
    command = [
        sys.executable,
        "-m",
        "interlock.cli",
        "sync",
        INTEGRATION,
        "--home",
        str(here.home),
    ]
    with subprocess.Popen(command, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as first:
        while not any(entry.action == "cut.left" for entry in here.entries()):
            assert first.poll() is None
        first.send_signal(signal.SIGKILL)
    here.tell("options", {"bulk_rate": 50_000})
    found = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["states"] == {"completed": 210}
    are_there_once(here, customers(210))
    left = [entry for entry in here.entries() if entry.action == "cut.left"]
    rows = sum(entry.data["writes"] for entry in left)
    assert rows == 210


@pytest.mark.parametrize(
    "jobs",
    [pytest.param(True, id="jobs", marks=pytest.mark.nightly), pytest.param(False, id="calls")],
)
@pytest.mark.parametrize(
    "fault",
    ["gateway_timeout_applied", pytest.param("response_lost", marks=pytest.mark.nightly)],
)
def test_whatever_answer_is_lost_every_customer_is_there_once_in_the_end(
    fault: str, *, jobs: bool, tmp_path: Path, crm: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    if jobs:
        by_jobs(monkeypatch)
    here = company(tmp_path, crm, customers(60))
    here.tell("faults", {"rates": {fault: 0.4}, "most_per_key": 1})
    here.sync()
    here.tell("faults", {"rates": {}})
    synced = here.sync()

    assert synced.states == {"completed": 60}
    are_there_once(here, customers(60))


def test_what_a_job_did_not_look_at_is_sent_again(
    tmp_path: Path, crm: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_jobs(monkeypatch)
    here = company(tmp_path, crm, customers(60))
    here.tell("faults", {"rates": {"bulk_job_failed": 1.0}, "most_per_key": 1})
    synced = here.sync()

    assert synced.states == {"completed": 60}
    are_there_once(here, customers(60))


def test_what_the_vendor_says_nothing_of_is_looked_up_and_not_sent_again(
    tmp_path: Path, crm: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load._done

    def without_ids(row: dict[str, str]) -> Any:
        return whole({**row, "sf__Id": ""})

    monkeypatch.setattr(load, "_done", without_ids)
    by_jobs(monkeypatch)
    here = company(tmp_path, crm, [each for each in customers(40) if each[4] is None])
    synced = here.sync()

    assert synced.states == {"completed": 36}
    assert here.writes() == len(here.accounts()) == 36
    probed = [e for e in here.entries() if e.action == "step.done" and e.data["probe"]]
    assert len(probed) == 36


@pytest.mark.nightly
def test_on_postgresql_it_is_the_same(tmp_path: Path, crm: httpx2.Client) -> None:
    with postgres_server(os.environ, ()) as server:
        here = company(tmp_path, crm, customers(500), server.new_database())
        assert here.sync().states == {"completed": 500}
        are_there_once(here, customers(500))
