"""The console as a process: where it may listen, how it is found, and that it ends when told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from interlock.bootstrap.house import open_store
from interlock.bootstrap.running import running, stop
from interlock.cli.main import run
from interlock.console.serving import listening_of
from interlock.foundation.errors import UsageError


@contextmanager
def console(home: Path, *more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run the command until the end of the block."""
    command = [sys.executable, "-m", "interlock.cli", "console", "--home", str(home), "--json"]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", *more], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())["address"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_store(tmp_path):
        return tmp_path


def did(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        run(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_it_says_where_it_is_answers_there_is_the_only_one_and_ends_when_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with console(home) as (process, address):
        assert httpx2.get(f"{address}/healthz", timeout=60).status_code == 200
        reply = httpx2.get(address, timeout=60)
        assert (reply.status_code, "server" in reply.headers) == (303, False)
        found = running(home)
        assert found is not None
        assert (found.pid, found.address) == (process.pid, address)
        second = subprocess.run(
            [sys.executable, "-m", "interlock.console", "--home", str(home)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 3
        assert "is running already" in second.stderr
        assert did("console", "stop", "--home", str(home)) == 0
        assert process.wait(60) == 0
    assert running(home) is None
    assert address in capsys.readouterr().out
    assert did("console", "stop", "--home", str(home)) == 1


def test_a_note_of_a_console_that_was_killed_is_not_believed(home: Path) -> None:
    with console(home) as (process, _):
        os.kill(process.pid, signal.SIGKILL)
        process.wait(60)
        assert (home / "console.json").exists()
        assert running(home) is None
        assert stop(home) is None


@pytest.mark.parametrize(
    "text", ["8321", "127.0.0.1", "127.0.0.1:", ":8321", "127.0.0.1:99999", ""]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no place to listen"):
        listening_of(text)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "console.example", "[::]"])  # noqa: S104
def test_passwords_go_over_no_network_in_plain_sight(host: str) -> None:
    with pytest.raises(UsageError, match="without TLS"):
        listening_of(f"{host}:8321")
    with pytest.raises(UsageError, match="without TLS"):
        listening_of(f"{host}:8321", "http://console.example")
    assert listening_of(f"{host}:8321", "https://console.example").secure


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"])
def test_on_this_machine_alone_it_needs_none(host: str) -> None:
    assert not listening_of(f"{host}:8321").secure
