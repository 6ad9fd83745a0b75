"""The commands on an installation where nothing was built yet: unknown, never fine."""

import json
from pathlib import Path
from typing import Any

import pytest

from interlock.bootstrap.producing import warehouse_of
from interlock.bootstrap.settings import read_settings
from interlock.cli.apply import deploy
from interlock.cli.main import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "quote-to-cash"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("installation") / "home"
    deploy(EXAMPLE, "ana", "bao", found)
    return found


def told(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, Any]:
    with pytest.raises(SystemExit) as stopped:
        run(["product", *words, "--home", str(home), "--json"])
    out = capsys.readouterr().out
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, json.loads(out) if out else None


def test_every_product_is_listed_as_unknown(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    code, found = told(capsys, home, "list")
    assert code == 0
    names = {each["proof"]["product"] for each in found["products"]}
    assert names == {"bookings", "billings", "revenue", "receivables", "cash", "customer-master"}
    assert {each["verdict"] for each in found["products"]} == {"unknown"}


def test_what_was_never_published_is_shown_with_its_contract_and_unknown(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    code, found = told(capsys, home, "show", "billings")
    assert (code, found["version"]) == (2, None)
    assert found["odcs"]["kind"] == "DataContract"
    assert found["odps"]["outputPorts"][0]["contractId"] == "billings"


def test_a_proof_of_nothing_is_unknown(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, found = told(capsys, home, "proof", "billings", "--as-of", "2026-10-31")
    assert (code, found["verdict"]) == (2, "unknown")
    assert found["doubts"] == ["it was never published"]


@pytest.mark.parametrize("command", ["show", "proof"])
def test_a_product_that_nobody_declared_is_wrong_use(
    capsys: pytest.CaptureFixture[str], home: Path, command: str
) -> None:
    assert told(capsys, home, command, "billing") == (3, None)


@pytest.mark.parametrize(
    ("said", "meant"),
    [({"INTERLOCK_PRODUCTS": "postgresql://x/y"}, "postgresql://x/y"), ({}, None)],
)
def test_postgresql_is_where_the_setting_says(
    tmp_path: Path, said: dict[str, str], meant: str | None
) -> None:
    assert warehouse_of(read_settings(tmp_path, said)) == meant
