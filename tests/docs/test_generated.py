"""Pages that are made from the code are the code's: whoever changes one makes the other anew."""

import re
import shlex
from pathlib import Path

import pytest

from interlock.checks.catalogue import CHECKS
from interlock.checks.inspector import every_rule
from interlock.cli.main import run
from interlock.cli.rendering.catalogue import page
from interlock.estate.estate import Estate
from interlock.estate.kinds import KINDS
from interlock.estate.problem import CODES
from interlock.estate.reference import reference

ROOT = Path(__file__).resolve().parents[2]
RECIPE = re.compile(r"^\t\$\(BIN\)/interlock (.+ --out (docs/\S+\.md))$", re.MULTILINE)
MADE = RECIPE.findall((ROOT / "Makefile").read_text(encoding="utf-8"))


def test_there_are_pages_to_compare() -> None:
    pages = {"docs/estate.md", "docs/checks.md", "docs/connectors/promises.md"}
    assert pages | {"docs/fault-matrix.md"} <= {file for _, file in MADE}


@pytest.mark.parametrize(("command", "file"), MADE, ids=[file for _, file in MADE])
def test_a_page_is_what_make_pages_would_write(
    command: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    made = tmp_path / "page.md"
    with pytest.raises(SystemExit) as ended:
        run([str(made) if word == file else word for word in shlex.split(command)])
    assert ended.value.code == 0
    assert made.read_text("utf-8") == (ROOT / file).read_text("utf-8"), "run `make pages`"


def test_the_first_page_tells_how_many_checks_there_are() -> None:
    told = re.search(r"check──▶ (\d+) questions", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert told is not None
    assert int(told[1]) == len(CHECKS)


def test_the_catalogue_tells_of_every_code_that_may_be_shown() -> None:
    text = page(CHECKS)
    assert [code for code in every_rule() if code not in text] == []


def test_every_code_of_what_cannot_be_read_is_told_and_none_that_is_not() -> None:
    reading = ROOT / "src" / "interlock" / "estate"
    used = {
        code
        for file in reading.rglob("*.py")
        if file.name != "problem.py"
        for code in re.findall(r"EST\d{3}", file.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


def test_every_key_of_every_kind_has_a_meaning() -> None:
    bare = [line for line in reference(Estate()).splitlines() if line.endswith("|  |")]
    assert bare == []


def test_every_kind_has_its_section() -> None:
    text = reference(Estate())
    assert [kind for kind in KINDS if f"\n## {kind}\n" not in text] == []
