"""People decide on the command line while a worker runs, and the worker goes on accordingly."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.demonstration.scenario import CLOSED_MONTH, SUBSIDIARIES
from tests.acceptance.company import Company, open_company


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with open_company(tmp_path / "home", deals=5, closed=True) as found:
        yield found


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

    for _ in range(360):
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
