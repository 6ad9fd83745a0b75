"""A deal that is won reaches its run by Salesforce's change events alone (Pub/Sub API)."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from interlock.bootstrap.house import open_store
from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.scenario import CLOSED_MONTH, ENTITIES, scenario
from interlock.foundation.clock import iso
from interlock.foundation.queries import Query, load_queries, query
from tests.acceptance.company import Company, open_company

HEARD = query("heard", "SELECT object, position FROM poll_cursor WHERE object LIKE '%(changes)'")
TOLD = query("told", "SELECT ref, led_to FROM inbox WHERE system = 'crm' AND led_to != ''")
SET = load_queries("interlock.intake")["set_cursor"]
OPPORTUNITIES = "Opportunity (changes)"


@dataclass(slots=True)
class Line:
    """What the installation has to know of the org's line."""

    org: str = ""

    def settings(self) -> Mapping[str, Any]:
        return {"crm_url": self.url, "crm_options": self.options}

    def url(self, written: str) -> str:
        self.org = written
        return written

    def options(self, written: str) -> str:
        """Start the org's line, and say nothing of changes by message."""
        here = f"{self.org}/_sandbox"
        pubsub = httpx2.post(f"{here}/pubsub", json={}, trust_env=False).json()["url"]
        quick = {"pubsub_keepalive_seconds": 0.5, "outbound": {}}
        httpx2.post(f"{here}/options", json=quick, trust_env=False).raise_for_status()
        return json.dumps({**json.loads(written), "pubsub": pubsub})


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A company whose CRM is polled so seldom that nothing comes from there but change events."""

    company: Company
    deals: Sequence[Mapping[str, Any]]

    def rows(self, what: Query, **values: str) -> list[Mapping[str, object]]:
        with open_store(self.company.home) as store, store.database.transaction() as connection:
            return list(connection.rows(what, values))

    def positions(self) -> dict[str, str]:
        return {str(row["object"]): str(row["position"]) for row in self.rows(HEARD)}

    def met(self, fault: str) -> int:
        """Return how often a fault met the line."""
        fired = self.company.stage.tell("crm", "faults")["fired"]
        return int(fired.get(fault, 0))

    def lose_position(self) -> None:
        """Have the installation remember a position that the org never gave."""
        with open_store(self.company.home) as store, store.database.transaction() as connection:
            row = {"system": "crm", "object": OPPORTUNITIES, "position": "bm9uZQ=="}
            connection.execute(SET, {**row, "at": iso(store.clock.now())})

    def win(self, first: int, last: int) -> None:
        """Win some of the deals by hand, each in a transaction of its own."""
        for deal in self.deals[first:last]:
            change = {
                "object": "Opportunity",
                "id": deal["Id"],
                "set": {"StageName": "Closed Won"},
            }
            self.company.stage.tell("crm", "change", change)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    estate = tmp_path / "estate"
    shutil.copytree(EXAMPLE, estate)
    systems = estate / "systems.estate.yaml"
    line, heard = Line(), "inbound: {changes: pubsub, poll: 1h, overlap: 10s}"
    text = systems.read_text()
    text, replaced = re.subn(r"inbound: \{webhook: \{scheme: salesforce.*\}", heard, text)
    assert replaced == 1
    systems.write_text(text)
    story = scenario(3, 3, [name for name in ENTITIES if name != "de"])
    with open_company(
        tmp_path / "home", deals=0, estate=estate, settings=line.settings()
    ) as found:
        deals = [{**row, "CloseDate": f"{CLOSED_MONTH}-15"} for row in story.opportunities]
        office = Office(company=found, deals=deals)
        found.until(lambda: bool(office.positions().get(OPPORTUNITIES)), seconds=90)
        tell = found.stage.tell
        tell("crm", "seed", {"Account": list(story.accounts)})
        tell("crm", "seed", {"OpportunityLineItem": list(story.lines)})
        tell(
            "crm", "seed", {"Opportunity": [{**row, "StageName": "Negotiation"} for row in deals]}
        )
        yield office


def test_deals_reach_their_runs_by_change_events_alone_and_each_once(office: Office) -> None:
    company = office.company
    rates = {"change_duplicate": 1.0, "change_gap": 0.5, "change_stream_cut": 0.3}
    company.stage.tell("crm", "faults", {"rates": rates})
    office.win(0, 2)
    company.until(lambda: len(company.posted()) == 2, seconds=90)
    company.until(lambda: office.met("change_duplicate") >= 2, seconds=90)

    company.stage.stop_worker()
    office.lose_position()
    office.win(2, 3)
    company.stage.start_worker()
    company.until(lambda: len(company.posted()) == 3, seconds=90)

    company.until(lambda: "gap" in {case["cause"] for case in company.open_cases()})
    assert len(company.live_subscriptions()) == 3
    started = [row for row in office.rows(TOLD) if str(row["ref"]).startswith("006")]
    assert len({row["led_to"] for row in started}) == len({row["ref"] for row in started}) == 3
