"""``interlock doctor`` against the simulated vendors: its words and its exit codes."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.apply import deploy
from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.stage import Stage
from interlock.cli.sandbox import VENDORS

SYSTEMS = set(VENDORS)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("company")
    found = Stage(home, 3, faults=False)
    try:
        found.open(VENDORS, real_tryton=False)
        deploy(EXAMPLE, "ana", "bao", home)
        yield found
    finally:
        found.stop()


def doctor(home: Path, *arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "interlock.cli", "doctor", *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def told(home: Path, *arguments: str) -> tuple[int, Mapping[str, Mapping[str, Any]]]:
    code, text = doctor(home, *arguments, "--json")
    return code, {each["connection"]: each for each in json.loads(text)["connections"]}


def _questions(found: Mapping[str, Any], *states: str) -> set[str]:
    return {each["question"] for each in found["items"] if each["state"] in states}


def test_every_simulated_vendor_is_examined_and_well(stage: Stage) -> None:
    code, found = told(stage.home)

    assert code == 0
    assert found.keys() >= SYSTEMS
    for name in SYSTEMS:
        assert found[name]["state"] == "fine", found[name]
        asked = _questions(found[name], "fine")
        assert asked >= {"configured", "reachable", "permitted", "clock"}, name
    assert any("API requests" in each["said"] for each in found["crm"]["items"])


def test_a_wrong_key_is_a_problem_of_one_connection_with_what_to_do(stage: Stage) -> None:
    file = stage.home / "secrets" / "billing.json"
    right = file.read_text()
    file.write_text(json.dumps({"api_key": "sk_test_wrong"}))
    try:
        code, text = doctor(stage.home, "--connection", "billing")
    finally:
        file.write_text(right)

    assert code == 1
    assert "PROBLEM  permitted" in text
    assert "-> Give the restricted key" in text
    assert "sk_test_wrong" not in text
    assert "crm" not in text


def test_a_vendor_that_is_away_is_a_problem_and_its_permissions_are_unknown(stage: Stage) -> None:
    settings = stage.home / "settings.json"
    written = settings.read_text()
    settings.write_text(json.dumps({**json.loads(written), "tax_url": "http://127.0.0.1:9"}))
    try:
        code, found = told(stage.home, "--connection", "tax")
    finally:
        settings.write_text(written)

    assert code == 1
    assert _questions(found["tax"], "problem") == {"reachable"}
    assert _questions(found["tax"], "unknown") == {"permitted"}


def test_a_file_that_everybody_may_read_is_a_problem(stage: Stage) -> None:
    file = stage.home / "secrets" / "crm.json"
    file.chmod(0o644)
    try:
        code, text = doctor(stage.home, "--connection", "crm", "--offline")
    finally:
        file.chmod(0o600)

    assert code == 1
    assert "chmod 600" in text


def test_a_connection_that_does_not_exist_is_wrong_use(stage: Stage) -> None:
    code, text = doctor(stage.home, "--connection", "nobody")

    assert code == 3
    assert "billing" in text


def test_an_estate_in_files_is_examined_before_it_is_applied(tmp_path: Path) -> None:
    code, text = doctor(tmp_path, str(EXAMPLE), "--offline")

    assert code == 1
    assert "there is no secret `crm`" in text
    assert "INTERLOCK_SECRET_CRM" in text
