"""People decide on the command line while a worker runs, and the worker goes on accordingly."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.apply import deploy
from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.scenario import CLOSED_MONTH, ENTITIES, SUBSIDIARIES, scenario
from interlock.cli.demonstration.stage import Stage
from interlock.cli.sandbox import VENDORS

COMMAND = [sys.executable, "-m", "interlock.cli"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company whose books are closed for the month of all its deals."""

    home: Path
    stage: Stage

    def ask(self, *arguments: str, code: int = 0) -> Any:
        done = subprocess.run(
            [*COMMAND, *arguments, "--home", str(self.home), "--json"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def open_cases(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.ask("cases", "list")["cases"]
        return found

    def wait(self, many: int) -> list[Mapping[str, Any]]:
        for _ in range(120):
            if len(found := self.open_cases()) == many:
                return found
            time.sleep(0.25)
        raise AssertionError([(case["cause"], case["key"]) for case in self.open_cases()])

    def posted(self) -> dict[str, Mapping[str, Any]]:
        return {row["externalId"]: row for row in self.stage.tell("erp", "ledger")["invoice"]}

    def live_subscriptions(self) -> set[str]:
        rows = self.stage.tell("billing", "ledger").get("subscription", [])
        return {r["metadata"]["opportunity_id"] for r in rows if r["status"] != "canceled"}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    home = tmp_path / "home"
    home.mkdir()
    stage = Stage(home, 3, faults=False)
    try:
        stage.open(VENDORS, real_tryton=False)
        deploy(EXAMPLE, "ana", "bao", home)
        meters = [{"event_name": "usage", "display_name": "Usage"}]
        stage.tell("billing", "seed", {"meters": meters})
        closed = [[subsidiary, CLOSED_MONTH] for subsidiary in SUBSIDIARIES.values()]
        stage.tell("erp", "periods", {"close": closed})
        stage.start_worker()
        time.sleep(1.5)
        story = scenario(3, 5, [name for name in ENTITIES if name != "de"])
        stage.tell("crm", "seed", {"Account": list(story.accounts)})
        stage.tell("crm", "seed", {"OpportunityLineItem": list(story.lines)})
        deals = [{**row, "CloseDate": f"{CLOSED_MONTH}-15"} for row in story.opportunities]
        stage.tell("crm", "seed", {"Opportunity": deals})
        yield Company(home=home, stage=stage)
    finally:
        stage.stop()


def test_every_answer_is_carried_out_by_the_running_worker(company: Company) -> None:
    cases = sorted(company.wait(5), key=lambda case: str(case["key"]))
    assert {case["cause"] for case in cases} == {"period-closed"}
    for case in cases:
        assert case["owner"] == "group:general-ledger"
        assert case["money"]
        assert case["due_at"]
        assert case["legal_entity"]
        assert "period" in case["remedy"]
        assert (case["system"], case["operation"]) == ("erp", "invoice.upsert")
    corrected, undone, retried, *rest = cases

    answered = [str(corrected["id"]), "correct", "--set", "invoice.date=2026-11-02"]
    company.ask("cases", "answer", *answered, "--by", "ana")
    company.ask("cases", "answer", str(undone["id"]), "compensate", "--by", "ana")
    company.wait(3)
    opened = [[subsidiary, CLOSED_MONTH] for subsidiary in SUBSIDIARIES.values()]
    company.stage.tell("erp", "periods", {"open": opened})
    company.ask("cases", "answer", str(retried["id"]), "retry", "--by", "ana")
    company.wait(2)

    posted = company.posted()
    assert posted[str(corrected["key"])]["tranDate"] == "2026-11-02"
    assert posted[str(retried["key"])]["tranDate"] == f"{CLOSED_MONTH}-15"
    assert str(undone["key"]) not in posted
    assert str(undone["key"]) not in company.live_subscriptions()
    history = company.ask("cases", "show", str(corrected["id"]))["history"]
    assert any("ana" in json.dumps(entry) for entry in history)
    _replays(company, rest)


def _replays(company: Company, rest: list[Mapping[str, Any]]) -> None:
    """Replay what is left by its cause: seen first, then one, then all; then all over again."""
    company.ask("replay", "--kind", "period-closed", "--dry-run")
    assert len(company.open_cases()) == len(rest)
    company.ask("replay", "--kind", "period-closed", "--reason", "reopened")
    company.wait(0)

    for _ in range(120):
        company.stage.tell("billing", "pay", {})
        rows = company.ask("status")
        runs = [row for row in rows if row["integration"] == "quote-to-cash"]
        if all(row["state"] in {"completed", "compensated"} for row in runs):
            break
        time.sleep(0.25)
    before = {name: company.stage.tell(name, "ledger") for name in ("billing", "erp")}
    again = company.ask(
        "replay", "--integration", "quote-to-cash", "--finished", "--reason", "drill"
    )
    assert len(again["replayed"]) == 4
    time.sleep(3)
    after = {name: company.stage.tell(name, "ledger") for name in ("billing", "erp")}
    assert len(after["erp"]["invoice"]) == len(before["erp"]["invoice"])
    assert len(after["billing"]["subscription"]) == len(before["billing"]["subscription"])
