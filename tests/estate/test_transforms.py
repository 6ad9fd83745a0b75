"""A step's function is there, and takes what the step gives it, before anything is deployed."""

from pathlib import Path

import pytest

from interlock.connectors import catalogue
from interlock.estate.problem import Problem
from interlock.estate.reading.load import read_estate
from tests.estate.company import FILE, integration

STEP = "- {id: a, transform: {function: 'FUNCTION', with: {x: invoice.name}, writes: {y: string}}}"


def found(folder: Path, source: str | None, function: str = "sums:add") -> tuple[Problem, ...]:
    (folder / FILE).write_text(integration(STEP.replace("FUNCTION", function)), "utf-8")
    if source is not None:
        (folder / "sums.py").write_text(source, "utf-8")
    return read_estate(folder, capabilities=catalogue.every()).problems


@pytest.mark.parametrize(
    "source",
    [
        "def add(x):\n    return {}\n",
        "def add(x, more=1, *, other=2):\n    return {}\n",
        "def add(**given):\n    return {}\n",
        "def add(*, x):\n    return {}\n",
    ],
)
def test_a_function_that_fits_is_no_problem(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source) == ()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (None, "no file `sums.py` beside the estate"),
        ("def ad(x):\n    return {}\n", "has no function `add`; did you mean `ad`?"),
        ("def add(x, y):\n    return {}\n", "`add` needs `y`, and the step does not give it"),
        ("def add(*, x, y):\n    return {}\n", "`add` needs `y`, and the step does not give it"),
        ("def add():\n    return {}\n", "`add` takes no `x`"),
        ("def add(:\n", "`sums.py` is no Python"),
        ("def add(x):\n    return '\0'\n", "`sums.py` is no Python"),
        ("class add: pass\n", "has no function `add`"),
    ],
)
def test_a_function_that_does_not_fit_is_said(
    tmp_path: Path, source: str | None, says: str
) -> None:
    problems = found(tmp_path, source)

    assert [one for one in problems if one.code == "EST306" and says in one.what], problems


def test_a_broken_file_is_said_once_and_at_its_line(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, "x = 1\ndef add(:\n")

    assert problem.where.file == "sums.py"
    assert problem.where.line == 2


def test_nothing_is_run_while_reading(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    found(tmp_path, f"open({str(trace)!r}, 'w')\ndef add(x):\n    return {{}}\n")

    assert not trace.exists()


def test_hidden_folders_are_no_part_of_an_estate(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "other.py").write_text("x = 1", "utf-8")
    (tmp_path / ".venv" / "bad.estate.yaml").write_text("[", "utf-8")
    found(tmp_path, "def add(x):\n    return {}\n")

    reading = read_estate(tmp_path, capabilities=catalogue.every())

    assert reading.problems == ()
    assert set(reading.estate.sources) == {FILE, "sums.py"}
