"""Salesforce tells changes over gRPC, each a process of its own: what is told is never lost."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from interlock.audit import trail
from interlock.bootstrap.doctor.item import State
from interlock.bootstrap.doctor.opening import examining
from interlock.bootstrap.house import House, compiled, open_house, open_store
from interlock.bootstrap.streaming import streaming
from interlock.foundation.clock import SystemClock, iso
from interlock.foundation.database import Row
from interlock.foundation.queries import load_queries, query
from interlock.intake.stream import Hearing
from interlock.testing.vendors import running

INBOX = query("inbox", "SELECT * FROM inbox ORDER BY ref")
CURSORS = query("cursors", "SELECT object, position, at FROM poll_cursor")
SET = load_queries("interlock.intake")["set_cursor"]
HEARD = "Opportunity (changes)"
ESTATE = (Path(__file__).parent / "change_events.estate.yaml").read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """An org that others use too, and an installation that hears its change events."""

    house: House
    url: str
    struck: dict[str, int]
    """How often each fault had struck before."""
    made: list[str] = field(default_factory=list)
    """What this test is about."""
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(trust_env=False))

    def tell(self, what: str, body: object) -> Any:
        answer = self.client.post(f"{self.url}/_sandbox/{what}", json=body)
        return answer.raise_for_status().json()

    def seed(self, number: int, stage: str = "Closed Won") -> list[str]:
        rows = [{"Name": f"Deal {n}", "StageName": stage} for n in range(number)]
        made: list[str] = self.tell("seed", {"Opportunity": rows})["Opportunity"]
        self.made.extend(made)
        return made

    def by_hand(self, ref: str, **changed: object) -> None:
        self.tell("change", {"object": "Opportunity", "id": ref, "set": changed})

    def lines(self) -> int:
        found = self.client.get(f"{self.url}/_sandbox/pubsub/state").json()["open"]
        return int(found)

    def fired(self, kind: str) -> int:
        return fired(self.url).get(kind, 0) - self.struck.get(kind, 0)

    def stored(self) -> list[Row]:
        with self.house.store.database.transaction() as connection:
            return [row for row in connection.rows(INBOX, {}) if row["ref"] in self.made]

    def runs(self) -> set[str]:
        return {run for row in self.stored() for run in str(row["led_to"]).split()}

    def position(self) -> str | None:
        with self.house.store.database.transaction() as connection:
            rows = {row["object"]: row["position"] for row in connection.rows(CURSORS, {})}
        found = rows.get(HEARD)
        return None if found is None else str(found)

    def stand_at(self, position: str, *, ago: timedelta = timedelta()) -> None:
        """Remember another position, as if it were heard then."""
        at = iso(self.house.store.clock.now() - ago)
        row = {"system": "crm", "object": HEARD, "position": position, "at": at}
        with self.house.store.database.transaction() as connection:
            connection.execute(SET, row)

    def gaps(self) -> list[str]:
        found = trail.read(self.house.store.database, "gap:crm:Opportunity")
        return [str(entry.data["message"]) for entry in found]

    @contextmanager
    def heard(self) -> Iterator[Hearing]:
        """Hear, from when the line is open until the end of the block."""
        with streaming(self.house) as hearing:
            until(lambda: self.lines() == 1)
            yield hearing
        until(lambda: self.lines() == 0)


def fired(url: str) -> dict[str, int]:
    found: dict[str, int] = httpx2.get(f"{url}/_sandbox/faults", trust_env=False).json()["fired"]
    return found


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What broke is tried again soon: these tests wait for outcomes, not for pauses."""
    monkeypatch.setattr("interlock.intake.stream.FIRST_PAUSE", timedelta(milliseconds=10))


@pytest.fixture(scope="module")
def vendor() -> Iterator[tuple[str, str]]:
    """One org for all: its URL, and the one of its change events."""
    with running("salesforce", "--latency-ms", "0") as url:
        pubsub = httpx2.post(f"{url}/_sandbox/pubsub", json={}, trust_env=False).json()["url"]
        yield url, pubsub


@pytest.fixture
def org(tmp_path: Path, vendor: tuple[str, str]) -> Iterator[Org]:
    url, pubsub = vendor
    (tmp_path / "secrets").mkdir()
    file = tmp_path / "secrets" / "crm.json"
    file.touch(0o600)
    file.write_text(json.dumps({"client_id": "app", "client_secret": "s3cret"}))
    options = json.dumps({"organization_id": "00D000000000001", "pubsub": pubsub})
    settings = {"crm_url": url, "crm_options": options}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    with open_store(tmp_path) as store:
        estate = compiled({"e.estate.yaml": ESTATE})
        store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
    with open_house(tmp_path) as house:
        here = Org(house=house, url=url, struck=fired(url))
        until(lambda: here.lines() == 0)  # the line of another test may not be taken for ours
        here.tell("faults", {"rates": {}})
        yield here
        here.tell("faults", {"rates": {}})
        here.client.close()
        for connector in house.connectors.values():
            connector.close()  # type: ignore[attr-defined]  # this one has connections


def test_many_changes_are_read_back_together_and_each_starts_its_run(org: Org) -> None:
    with org.heard():
        org.seed(250)
        until(lambda: len(org.stored()) == 250)

    assert {row["via"] for row in org.stored()} == {"stream"}
    assert len(org.runs()) == 250
    assert org.gaps() == []


def test_a_change_that_is_told_twice_or_polled_as_well_is_one_event(org: Org) -> None:
    org.house.poller.poll("crm", "Opportunity", "low")
    org.tell("faults", {"rates": {"change_duplicate": 1.0}})
    with org.heard():
        org.seed(3)
        until(lambda: len(org.stored()) == 3)
    assert org.fired("change_duplicate") == 3
    org.house.poller.poll("crm", "Opportunity", "low")
    assert len(org.stored()) == 3
    assert {row["via"] for row in org.stored()} == {"stream"}


def test_what_changes_while_nobody_listens_is_told_afterwards(org: Org) -> None:
    with org.heard():
        org.seed(1)
        until(lambda: len(org.stored()) == 1)
    org.seed(5)
    with org.heard():
        until(lambda: len(org.stored()) == 6)

    assert len(org.runs()) == 6
    assert org.gaps() == []


@pytest.mark.parametrize("fault", ["change_stream_cut", "change_session_ended", "token_expired"])
def test_a_line_that_breaks_is_opened_again_and_nothing_is_lost(org: Org, fault: str) -> None:
    with org.heard():
        org.seed(1)
        until(lambda: len(org.stored()) == 1)
        org.tell("faults", {"rates": {fault: 1.0}})
        for _ in range(3):
            org.seed(10)
            until(lambda: len(org.stored()) == len(org.made))
    assert org.fired(fault) > 0
    assert len(org.runs()) == 31


def test_a_line_that_is_cut_again_and_again_tells_everything(org: Org) -> None:
    with org.heard():
        org.seed(1)
        until(lambda: org.position() is not None)
        for _ in range(5):
            org.tell("pubsub/cut", {})
            org.seed(20)
        until(lambda: len(org.stored()) == 101)
    assert len(org.runs()) == 101


def test_the_position_is_stored_only_together_with_the_events(org: Org) -> None:
    with org.heard():
        org.seed(1)
        until(lambda: org.position() is not None)
        before = org.position()
        org.tell("faults", {"rates": {"salesforce_quota": 1.0}, "most_per_key": 1})
        org.seed(2)  # cannot be read back at first: the vendor says that there was too much
        until(lambda: len(org.stored()) == 3)
        until(lambda: org.position() != before)
    assert org.fired("salesforce_quota") > 0


@pytest.mark.parametrize("position", ["garbage", base64.b64encode(b"12345678").decode(), "AAAA"])
def test_a_position_that_the_org_does_not_know_is_a_gap_and_what_is_kept_is_told(
    org: Org, position: str
) -> None:
    with org.heard():
        org.seed(2)
        until(lambda: len(org.stored()) == 2)
    org.stand_at(position)
    org.seed(2)
    with streaming(org.house):
        until(lambda: len(org.stored()) == 4)

    (gap,) = org.gaps()
    assert "cannot go on behind" in gap


def test_what_the_org_forgot_is_found_by_the_poll(org: Org) -> None:
    org.house.poller.poll("crm", "Opportunity", "low")
    with org.heard():
        org.seed(1)
        until(lambda: len(org.stored()) == 1)
    org.seed(3)
    org.tell("pubsub/forget", {})
    estate = org.house.store.archive.current()
    with streaming(org.house):
        until(lambda: len(org.gaps()) == 1)
        until(lambda: org.house.poller.poll_due(estate) >= 0 and len(org.stored()) == 4)

    assert len(org.runs()) == 4


def test_a_position_older_than_the_org_keeps_events_is_not_even_asked_for(org: Org) -> None:
    with org.heard():
        org.seed(1)
        until(lambda: org.position() is not None)
    org.stand_at(org.position() or "", ago=timedelta(hours=73))
    with org.heard():
        until(lambda: len(org.gaps()) == 1)
        org.seed(1)
        until(lambda: len(org.stored()) == 2)


def test_a_gap_event_has_its_record_read_and_an_overflow_has_the_poll_look(org: Org) -> None:
    org.house.poller.poll("crm", "Opportunity", "low")
    org.tell("faults", {"rates": {"change_gap": 1.0}, "most_per_key": 100})
    with org.heard():
        org.seed(4)
        until(lambda: len(org.stored()) == 4)
        assert org.fired("change_gap") == 4

        estate = org.house.store.archive.current()
        org.house.poller.poll_due(estate)
        org.tell("options", {"change_events": []})
        (untold,) = org.seed(1)
        org.tell("options", {"change_events": ["Opportunity"]})
        org.tell("pubsub/overflow", {"object": "Opportunity"})
        until(lambda: org.house.poller.poll_due(estate) >= 0 and len(org.stored()) == 5)
    assert {row["via"] for row in org.stored() if row["ref"] == untold} == {"poll"}
    assert org.gaps() == []


def test_deleted_and_restored_records_are_told_as_a_poll_tells_them(org: Org) -> None:
    (ref,) = org.seed(1, "Prospecting")
    with org.heard():
        headers = {"Authorization": f"Bearer {_token(org)}"}
        url = f"{org.url}/services/data/v62.0/sobjects/Opportunity/{ref}"
        org.client.delete(url, headers=headers).raise_for_status()
        until(lambda: len(org.stored()) == 1)
    (row,) = org.stored()
    assert (row["type"], row["ref"], row["led_to"]) == ("Opportunity.deleted", ref, "")


def test_a_line_that_cannot_be_had_is_asked_about_once_and_the_poll_goes_on(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.intake.stream.TOLD_AFTER", 2)
    org.house.poller.poll("crm", "Opportunity", "low")
    org.tell("options", {"organization_id": "00D000000000999"})
    with streaming(org.house) as hearing:
        until(lambda: len(_asked(org)) == 1)
        org.seed(1)
        org.house.poller.poll("crm", "Opportunity", "low")
        assert len(org.stored()) == 1
        assert "service.auth.error" in str(list(hearing.troubles.values()))
        org.tell("options", {"organization_id": "00D000000000001"})
        until(lambda: org.lines() == 1)
        org.seed(1)
        until(lambda: _asked(org) == ["source.silent", "source.heard"])


def _asked(org: Org) -> list[str]:
    found = trail.read(org.house.store.database, "stream:crm:Opportunity")
    return [entry.action for entry in found]


def _token(org: Org) -> str:
    form = {"grant_type": "client_credentials", "client_id": "b", "client_secret": "c"}
    answer = org.client.post(f"{org.url}/services/oauth2/token", data=form)
    return str(answer.json()["access_token"])


def test_a_line_that_says_nothing_for_too_long_is_opened_again(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    with org.heard() as hearing:
        org.seed(1)
        until(lambda: len(org.stored()) == 1)
        with monkeypatch.context() as hurried:
            hurried.setattr("interlock.intake.stream.QUIET", timedelta())
            hearing.look()
        until(lambda: "closed" in str(list(hearing.troubles.values())))
        until(lambda: org.lines() == 1)
        org.seed(1)
        until(lambda: len(org.stored()) == 2)


def test_until_a_new_line_has_told_something_the_poll_looks_often(org: Org) -> None:
    estate = org.house.store.archive.current()
    org.house.poller.poll_due(estate)
    (before,) = org.seed(1)  # after the first poll, and before the line is open
    with org.heard() as hearing:
        until(lambda: _looked(org, hearing) and len(org.stored()) == 1)
    assert {(row["ref"], row["via"]) for row in org.stored()} == {(before, "poll")}


def _looked(org: Org, hearing: Hearing) -> bool:
    hearing.look()
    return org.house.poller.poll_due(org.house.store.archive.current()) >= 0


def test_doctor_says_when_a_line_last_told_something(org: Org) -> None:
    def told() -> list[tuple[State, str]]:
        with examining(org.house.store.home, None) as doctor:
            found = doctor.system(doctor.estate.systems["crm"])
        return [(each.state, each.said) for each in found.items if each.question == "heard"]

    assert told() == [(State.UNKNOWN, "changes of Opportunity were never heard")]
    with org.heard():
        org.seed(1)
        until(lambda: org.position() is not None)
    ((state, said),) = told()
    assert (state, "were heard at" in said) == (State.FINE, True)
    org.stand_at(org.position() or "", ago=timedelta(hours=1))
    ((state, said),) = told()
    assert (state, "last heard" in said) == (State.UNKNOWN, True)


def test_nothing_is_left_running_when_told_to_stop(org: Org) -> None:
    before = set(threading.enumerate())
    with org.heard():
        assert set(threading.enumerate()) - before
    until(lambda: set(threading.enumerate()) <= before)
