"""The whole product at once: processes, faults, a SIGKILL, and sums that tie."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.testing.postgres_server import PostgresServer


def test_every_opportunity_of_a_rough_quarters_end_is_accounted_for(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "interlock.cli"]

    played = subprocess.run(
        [*command, "demo", "--opportunities", "60", "--seed", "11", "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        timeout=200,
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
def test_the_same_company_runs_on_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    played = subprocess.run(
        [
            *[sys.executable, "-m", "interlock.cli", "demo", "--opportunities", "30", "--json"],
            *["--home", str(tmp_path / "home")],
        ],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "INTERLOCK_DATABASE": postgres.new_database()},
    )

    assert played.returncode == 0, played.stderr[-3000:]
    result = json.loads(played.stdout)
    assert (result["ties"], result["duplicates"], result["lost"]) == (True, 0, 0)
    assert result["faults"]["worker_killed"] == 1
    log = (tmp_path / "home" / "worker.log").read_text()
    assert "Traceback" not in log
