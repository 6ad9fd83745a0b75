"""The whole product at once: processes, faults, a SIGKILL, and sums that tie."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from interlock.testing.postgres_server import PostgresServer

PROCESSES = {
    *("quote-to-cash", "customer-from-crm", "customer-from-erp", "product-sync", "price-sync"),
    *("payment", "payment-status", "collections", "refund", "dispute", "credit-memo"),
    *("renewal", "cancellation", "contract-upgrade", "usage", "period-invoice"),
    *("revenue-schedule", "journal-posting", "requisition-to-order", "bill-to-payment"),
}
ENDS = ("completed", "compensated", "withdrawn", "cases")
BUSY_MACHINE = 660
"""Seconds; a quiet machine needs a twentieth of them."""


def every_process_is_accounted_for(result: dict[str, Any]) -> None:
    accounts = result["processes"]
    assert set(accounts) == PROCESSES
    for name, account in accounts.items():
        assert account["begun"] == sum(account[end] for end in ENDS), (name, account)
        assert account["completed"] >= 1, (name, account)
        assert account["ties"] is True, (name, account)
        assert account["tied"], name
        for each in account["tied"]:
            assert Decimal(each["here"]) == Decimal(each["there"]), (name, each)
    moved = ("payment", "refund", "dispute", "credit-memo", "revenue-schedule", "bill-to-payment")
    for name in moved:
        assert any(Decimal(each["here"]) > 0 for each in accounts[name]["tied"]), name


def what_is_told_at_the_end_is_true(result: dict[str, Any]) -> None:
    # A vendor that misbehaves at the very end may leave a comparison unknown, and that is said.
    assert {each["name"] for each in result["reconciled"]} >= {"sold", "invoices"}
    assert all(each["ties"] or each["could_not_tell"] for each in result["reconciled"])
    assert all(each["verdict"] != "agrees" or not each["breaks"] for each in result["reconciled"])
    product = result["product"]
    assert product["outcome"] == "published" or product["why"]
    assert product["verdict"] != "proven" or all(f["open"] == "0" for f in product["figures"])


@pytest.mark.timeout(BUSY_MACHINE + 120)
def test_every_opportunity_of_a_rough_quarters_end_is_accounted_for(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "interlock.cli"]

    played = subprocess.run(
        [*command, "demo", "--opportunities", "60", "--seed", "11", "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        timeout=BUSY_MACHINE,
        check=False,
    )

    assert played.returncode == 0, played.stderr[-3000:]
    result = json.loads(played.stdout)
    assert result["ties"] is True
    assert result["duplicates"] == 0
    assert result["lost"] == 0
    ended = result["completed"] + result["compensated"] + result["cases"]
    assert ended == result["opportunities"] == 60
    assert result["completed"] >= 45
    assert result["told"] == result["completed"]
    assert result["compensated"] >= 1
    assert {entity["currency"] for entity in result["sums"]} == {"USD", "GBP", "JPY", "KWD", "EUR"}
    assert sum(1 for count in result["faults"].values() if count) >= 12
    assert result["faults"]["worker_killed"] == 1
    every_process_is_accounted_for(result)
    what_is_told_at_the_end_is_true(result)

    verified = subprocess.run(
        [*command, "audit", "verify", "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(verified.stdout)["report"]["findings"] == []
    cases = subprocess.run(
        [*command, "cases", "list", "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert cases.returncode == 0, cases.stderr
    assert "period-closed" in cases.stdout or "requirement" in cases.stdout


@pytest.mark.postgres
@pytest.mark.timeout(BUSY_MACHINE + 120)
def test_the_same_company_runs_on_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    played = subprocess.run(
        [
            *[sys.executable, "-m", "interlock.cli", "demo", "--opportunities", "30", "--json"],
            *["--home", str(tmp_path / "home")],
        ],
        capture_output=True,
        text=True,
        timeout=BUSY_MACHINE,
        check=False,
        env={**os.environ, "INTERLOCK_DATABASE": postgres.new_database()},
    )

    assert played.returncode == 0, played.stderr[-3000:]
    result = json.loads(played.stdout)
    assert (result["ties"], result["duplicates"], result["lost"]) == (True, 0, 0)
    every_process_is_accounted_for(result)
    assert result["faults"]["worker_killed"] == 1
    log = (tmp_path / "home" / "worker.log").read_text()
    assert "Traceback" not in log
