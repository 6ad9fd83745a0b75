"""``interlock account``: what it asks for, what it prints, and what it never shows."""

import json
from pathlib import Path

import pytest

from interlock.bootstrap.house import open_store
from interlock.cli.main import run

SECRET = "a password from a file"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERLOCK_PASSWORD_MEMORY", "64")
    monkeypatch.setenv("INTERLOCK_PASSWORD_PASSES", "1")
    with open_store(tmp_path):
        pass
    (tmp_path / "password").write_text(SECRET + "\n", encoding="utf-8")
    return tmp_path


def did(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        run(["account", *map(str, arguments)])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def added(home: Path) -> int:
    file = home / "password"
    roles = ("--role", "operator:de", "--role", "viewer")
    return did("add", "ana", *roles, "--password-file", file, "--by", "root", "--home", home)


def test_an_account_is_made_from_a_password_file_and_listed_without_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert added(home) == 0
    assert did("list", "--home", home, "--json") == 0
    shown = capsys.readouterr().out
    assert '"operator:de:*"' in shown
    assert SECRET not in shown
    assert "argon2" not in shown


def test_without_a_terminal_and_a_file_nobody_is_asked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert did("add", "ana", "--role", "viewer", "--home", home) == 3
    assert "--password-file" in capsys.readouterr().err


def test_what_is_granted_is_changed_and_an_account_disabled(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added(home)
    assert did("grant", "ana", "--role", "auditor", "--home", home) == 0
    assert did("disable", "ana", "--home", home) == 0
    capsys.readouterr()
    assert did("list", "--home", home, "--json") == 0
    [account] = json.loads(capsys.readouterr().out)["accounts"]
    assert account["grants"] == ["auditor:*:*"]
    assert account["disabled_at"]


def test_a_token_is_shown_once_and_can_be_revoked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added(home)
    capsys.readouterr()
    assert did("token", "ana", "--scope", "see", "--note", "report", "--home", home) == 0
    spelled = capsys.readouterr().out.strip()
    assert did("tokens", "--home", home, "--json") == 0
    shown = capsys.readouterr().out
    [listed] = json.loads(shown)["tokens"]
    assert spelled.rpartition("_")[2] not in shown
    assert did("revoke", listed["token"], "--home", home) == 0
    assert did("revoke", "nothing", "--home", home) == 3


def test_a_token_with_more_than_its_owner_has_is_refused(home: Path) -> None:
    added(home)
    assert did("token", "ana", "--scope", "approve", "--home", home) == 2
