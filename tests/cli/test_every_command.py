"""Every command, found from the program itself: a new one is held to this without being named."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from interlock.cli.main import COMMANDS, app, run

ESTATE = Path(__file__).resolve().parents[2] / "examples" / "quote-to-cash"
ALWAYS_JSON = {("asyncapi",), ("openapi",), ("schema",)}
"""What prints nothing but JSON needs no option for it."""


def _leaves(of: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    names = [name for name in of if not name.startswith("-")]
    if not names:
        yield path
    for name in names:
        yield from _leaves(of[name], (*path, name))


LEAVES = sorted(_leaves(app))


def _outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        run(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_sweep_sees_every_command() -> None:
    assert {path[0] for path in LEAVES} == set(COMMANDS)


def test_the_list_of_commands_says_what_each_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert _outcome("--help") == 0
    shown = capsys.readouterr().out
    bare = [name for name in COMMANDS if not re.search(rf"^│ {name} +\w\w", shown, re.MULTILINE)]
    assert bare == []


@pytest.mark.parametrize(
    "asked",
    ["status", "cases list", "trace X", "audit verify", "events list", "calls list", "worker"],
)
def test_where_no_installation_is_nothing_is_reported_and_none_is_made(
    asked: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _outcome(*asked.split(), "--home", str(tmp_path / "typo")) == 3
    assert "there is no installation in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", ["EST103", "WAI001", "BAS001"])
def test_every_code_that_may_be_shown_is_explained(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _outcome("explain", "check", code) == 0
    assert code in capsys.readouterr().out


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_explains_itself_with_an_example(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _outcome(*path, "--help") == 0
    shown = re.sub(r"[\s│]+", " ", capsys.readouterr().out)
    assert "Example: " in shown
    assert f"interlock {' '.join(path)}" in shown.split("Example: ", 1)[1]


@pytest.mark.parametrize(
    "path", [path for path in LEAVES if path not in ALWAYS_JSON], ids=" ".join
)
def test_every_command_speaks_json(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    _outcome(*path, "--help")
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_an_unknown_option_is_wrong_use_and_never_a_stack_trace(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _outcome(*path, "--sunspots") == 3
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert "sunspots" in captured.out + captured.err


def test_an_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert _outcome("chekc") == 3
    assert "chekc" in "".join(capsys.readouterr())


def test_the_owner_of_a_field_is_answered_with_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ("explain", "owner", "customer.payment_hold", str(ESTATE), "--json")
    assert _outcome(*asked, "--legal-entity", "us") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["entity"] == "customer"
    assert ".estate.yaml:" in json.dumps(found)


def test_an_owner_that_depends_on_what_was_not_given_is_not_told_as_certain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _outcome("explain", "owner", "customer.payment_hold", str(ESTATE)) == 2
    assert "not decided" in capsys.readouterr().out


def test_what_starts_a_record_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert _outcome("explain", "trigger", "invoice", str(ESTATE)) == 0
    assert "quote-to-cash" in capsys.readouterr().out


def test_a_check_tells_why_it_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert _outcome("explain", "check", "aut001") == 0
    assert "Good:" in capsys.readouterr().out


def test_a_check_that_is_not_there_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert _outcome("explain", "check", "AUT01") == 3
    assert "AUT001" in capsys.readouterr().err


def test_the_sandbox_leaves_the_settings_of_somebody_elses_installation_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"crm_url": "https://example.my.salesforce.com"}')
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert _outcome("sandbox", "--home", str(tmp_path)) == 3
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "an installation of your own" in capsys.readouterr().err
    assert json.loads(file.read_text()) == {"crm_url": "https://example.my.salesforce.com"}
    assert [each.name for each in tmp_path.iterdir()] == ["settings.json"]


def test_vendors_end_with_the_command_that_started_them_however_it_ends() -> None:
    script = (
        "from interlock.cli.sandbox import Vendor; import sys, time\n"
        "vendor = Vendor('subscriber', [])\n"
        "print(vendor.process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        vendor = int(command.stdout.readline())
        command.kill()
    until = time.monotonic() + 50  # it would sleep for longer
    while _is_running(vendor):
        assert time.monotonic() < until, f"{vendor} is left behind"
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    """Tell whether a process works: one that waits to be buried does not."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
