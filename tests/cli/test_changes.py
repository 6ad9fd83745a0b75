"""``interlock changes`` tells what a deployment changed, and what one would change."""

import json
from pathlib import Path
from typing import Any

import pytest

from interlock.bootstrap.house import compiled, open_store
from interlock.cli.main import run
from interlock.foundation.clock import from_iso

AT = from_iso("2026-11-02T12:00:00Z")
GROUP = "apiVersion: interlock/v1\nkind: Group\nmetadata: {name: NAME}\nspec: {}\n"
FIRST, SECOND = GROUP.replace("NAME", "ops"), GROUP.replace("NAME", "finance")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation where one group was deployed, and then another one beside it."""
    found = tmp_path / "home"
    with open_store(found) as store:
        for text in (FIRST, f"{FIRST}---\n{SECOND}"):
            estate = compiled({"e.estate.yaml": text})
            assert store.archive.apply(estate, author="ana", approver="bao", at=AT)
    return found


def told(capsys: pytest.CaptureFixture[str], home: Path, *asked: str) -> tuple[object, Any]:
    with pytest.raises(SystemExit) as stopped:
        run(["changes", *asked, "--home", str(home), "--json"])
    shown = capsys.readouterr().out
    return stopped.value.code, json.loads(shown) if shown else None


def subjects(found: Any) -> list[tuple[str, str]]:
    return [(each["what"], each["subject"]) for each in found["changes"]]


def test_the_latest_deployment_is_compared_with_the_one_before(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = told(capsys, home)
    assert (code, subjects(found)) == (1, [("added", "group:finance")])
    code, found = told(capsys, home, "--of", "1")
    assert (code, subjects(found)) == (1, [("added", "group:ops")])
    assert told(capsys, home, "--since", "2") == (0, {"changes": []})


def test_a_folder_is_compared_with_what_is_deployed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "estate"
    folder.mkdir()
    (folder / "mine.estate.yaml").write_text(SECOND)
    code, found = told(capsys, home, str(folder))
    assert (code, subjects(found)) == (1, [("removed", "group:ops")])


def test_deployments_are_listed_and_one_that_never_was_is_wrong_use(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = told(capsys, home, "--list")
    assert code == 0
    assert [each["number"] for each in found["deployments"]] == [2, 1]
    digest = found["deployments"][1]["digest"]
    assert subjects(told(capsys, home, "--of", digest[:8])[1]) == [("added", "group:ops")]
    assert told(capsys, home, "--of", "7") == (3, None)
    assert told(capsys, home, str(home), "--of", "1") == (3, None)
