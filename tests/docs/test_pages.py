"""The pages are true: what they show is run, in order, in a folder of its own per page.

`console` blocks are commands (``$ interlock …``) with what they print, ``...`` standing for
anything; ``[exit 1]`` on a line of its own is the exit code. `yaml` blocks whose first line is
``# NAME.estate.yaml`` are written there; `cel` blocks are ``EXPRESSION -> VALUE``, or
``EXPRESSION -> refused: WORDS``; JSON, Python and other YAML must at least be well-formed.
``$ export NAME=VALUE`` holds to the end of the page, ``$ interlock sandbox &`` runs as long, and
exports the addresses that it prints as ``INTERLOCK_<SYSTEM>_URL``. Beside what runs, a command is
repeated until it shows what the page says.
"""

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser
from tests.commands import said_by

from interlock.cli.sandbox import VENDORS
from interlock.expression import ExpressionError, compile_expression
from interlock.expression.functions import FORMS, FUNCTIONS, MACROS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/README.md")])
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
OUTCOME = re.compile(r"\[exit (\d)\]\n?")
PATIENCE = 120.0
"""Seconds after which what a page shows must be so, where something runs beside it."""
APART = ("demo", "doctor", "product", "reconcile", "simulate", "sync", "tie-out", "verify", "view")
"""What has other processes, or connections to systems, gets a process of its own."""
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

SCOPE: dict[str, object] = {
    "order": {
        "id": "A-7",
        "stage": "won",
        "amount": Decimal("19.99"),
        "currency": "EUR",
        "memo": None,
        "signed": date(2026, 1, 31),
        "at": datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
        "lines": [1, 2, 3],
        "items": [
            {"sku": "seat", "quantity": 3, "price": Decimal("49.90")},
            {"sku": "setup", "quantity": 1, "price": None},
        ],
    }
}
"""What the examples of expressions are about."""


def _console(example: Example) -> None:
    for said in re.split(r"^\$ ", example.parsed, flags=re.MULTILINE)[1:]:
        command, _, expected = said.partition("\n")
        words = shlex.split(command)
        if words[0] == "export":
            example.namespace["exported"] |= dict(word.split("=", 1) for word in words[1:])
            continue
        assert words[0] == "interlock", f"only our own commands are run: {command}"
        if words[-1] == "&":
            _begun(example, words[1:-1], expected)
            continue
        wanted = OUTCOME.search(expected)
        code, expected = int(wanted[1] if wanted else 0), OUTCOME.sub("", expected)
        until = time.monotonic() + (PATIENCE if example.namespace["begun"] else 0)
        ended, shown = _run(example, words[1:])
        while not _fits(ended == code, expected, shown) and time.monotonic() < until:
            time.sleep(0.5)
            ended, shown = _run(example, words[1:])
        assert ended == code, shown
        assert _fits(ended == code, expected, shown), f"$ {command}\n{shown}"


def _run(example: Example, words: list[str]) -> tuple[int, str]:
    here = example.namespace["folder"]
    if words[0] != "demo":
        return _ran(example, words, here)
    # The same demonstration ends in the same installation: pages share what it leaves behind.
    known: dict[tuple[str, ...], tuple[Path, int, str]] = example.namespace["played"]
    if tuple(words) not in known:
        folder = example.namespace["stages"].mktemp("played")
        known[tuple(words)] = (folder, *_ran(example, words, folder))
    folder, code, shown = known[tuple(words)]
    shutil.copytree(folder, here, dirs_exist_ok=True)
    return code, shown


def _ran(example: Example, words: list[str], here: Path) -> tuple[int, str]:
    if words[0] not in APART:
        said = said_by(words, folder=here, settings=_settings(example))
        return said.code, said.out + said.err
    ended = subprocess.run(
        [sys.executable, "-m", "interlock.cli", *words],
        cwd=here,
        env=_environment(example),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def _fits(ended: bool, expected: str, shown: str) -> bool:  # noqa: FBT001 (one of three facts)
    same = doctest.OutputChecker().check_output(expected, shown, SAME)
    return ended and (same or not expected.strip())


def _environment(example: Example) -> dict[str, str]:
    return {**os.environ, **_settings(example)}


def _settings(example: Example) -> dict[str, str]:
    exported: dict[str, str] = example.namespace["exported"]
    # A demonstration leaves a console running; a page of the documentation leaves nothing.
    own = {"COLUMNS": "120", "INTERLOCK_HOME": ".interlock", "INTERLOCK_CONSOLE": "no"}
    return {**own, **exported}


def _begun(example: Example, words: list[str], expected: str) -> None:
    """Start what runs beside the page; it is interrupted when the page is over."""
    assert words[0] in {"sandbox", "worker"}, "only vendors and workers run beside other commands"
    begun = subprocess.Popen(
        [sys.executable, "-m", "interlock.cli", *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=example.namespace["folder"],
        env=_environment(example),
    )
    example.namespace["begun"].append(begun)
    assert begun.stdout is not None
    many = len(VENDORS) if words == ["sandbox"] else len(expected.strip().splitlines())
    lines = [begun.stdout.readline() for _ in range(many)]
    assert doctest.OutputChecker().check_output(expected, "".join(lines), SAME), lines
    for system, _, url in map(str.split, lines if words == ["sandbox"] else ()):
        example.namespace["exported"][f"INTERLOCK_{system.upper()}_URL"] = url


def _written(example: Example) -> None:
    named = re.match(r"# (\S+\.(?:estate|contract)\.yaml)\n", example.parsed)
    if named:
        file = Path(example.namespace["folder"]) / named[1]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(example.parsed, encoding="utf-8")
    list(yaml.safe_load_all(example.parsed))


def _worth(example: Example) -> None:
    for line in filter(None, map(str.strip, example.parsed.splitlines())):
        text, _, value = line.rpartition(" -> ")
        if value.startswith("refused: "):
            with pytest.raises(ExpressionError) as refused:
                _value(text, SCOPE)
            assert value.removeprefix("refused: ") in str(refused.value), text
        else:
            assert _value(text, SCOPE) == _value(value, {}), f"{text} is {_value(text, SCOPE)}"


def _value(text: str, scope: dict[str, object]) -> object:
    return compile_expression(text, roots=frozenset(scope))(scope)


def _json(example: Example) -> None:
    json.loads(example.parsed)


def _python(example: Example) -> None:
    compile(example.parsed, example.path, "exec")


EXAMPLES = {
    "console": _console,
    "yaml": _written,
    "cel": _worth,
    "json": _json,
    "python": _python,
}


@pytest.fixture(scope="module")
def played() -> dict[tuple[str, ...], tuple[Path, int, str]]:
    """Demonstrations that a page has played: words -> where, how it ended, what it showed."""
    return {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_is_so(
    page: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    played: dict[tuple[str, ...], tuple[Path, int, str]],
) -> None:
    parsers = [CodeBlockParser(language, run) for language, run in EXAMPLES.items()]
    document = Sybil(parsers=parsers, path=str(ROOT), patterns=["**/*.md"]).parse(page)
    document.namespace.update(folder=tmp_path, exported={}, begun=[])
    document.namespace.update(stages=tmp_path_factory, played=played)
    try:
        for example in document.examples():
            example.evaluate()
    finally:
        for begun in document.namespace["begun"]:
            begun.terminate()
            begun.communicate(timeout=90)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = [
        link
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert not broken


def test_every_word_of_the_language_has_an_example() -> None:
    text = (ROOT / "docs" / "expressions.md").read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"```cel\n(.+?)```", text, re.DOTALL))
    words = {*FUNCTIONS, *MACROS, *FORMS}
    assert [word for word in sorted(words) if f"{word}(" not in examples] == []
