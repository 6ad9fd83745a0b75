"""What connectors promise, as people and programs ask for it."""

import json

import pytest

from interlock.cli.main import run
from interlock.connectors.catalogue import NAMES, capabilities, error_table


def _asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        run(["connectors", *arguments])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_list_names_every_connector(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _asked(capsys)
    assert [name for name in NAMES if name not in shown] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_section_tells_every_operation_and_every_code(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = _asked(capsys, name)
    told = [f"`{operation}`" for operation in capabilities(name).operations]
    told += [f"`{line.when['code']}`" for line in error_table(name) if line.when.get("code")]
    assert [each for each in told if each not in shown] == []


def test_programs_get_classes_windows_and_error_tables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = json.loads(_asked(capsys, "stripe", "--json"))["stripe"]
    customer = found["capabilities"]["operations"]["customer.upsert"]
    assert (customer["guarantee"], customer["window"]) == ("A", "86400s")
    assert found["capabilities"]["auth_schemes"] == ["api-key"]
    locks = [line for line in found["errors"] if line["when"].get("code") == "lock_timeout"]
    assert [line["verdict"] for line in locks] == ["retryable"]


def test_a_connector_that_is_not_there_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["connectors", "strip"])
    assert ended.value.code == 3
    assert "there is no connector `strip`" in capsys.readouterr().err


def test_every_connector_says_how_changes_are_polled_or_that_they_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = _asked(capsys, "--markdown")
    assert shown.count("* **Changes** ") == len(NAMES)
    assert "## avalara" in shown
