"""Every check finds what it should and nothing else: the cases are YAML, one file per check."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from interlock.checks.catalogue import CHECKS
from interlock.checks.check import Check
from interlock.checks.inspection import Inspection

CASES: Final = Path(__file__).parent / "cases"
CHECKS_BY_CODE: Final = {check.code: check for check in CHECKS}


def every_case() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        check = CHECKS_BY_CODE[content.pop("check")]
        found += [
            pytest.param(check, case, id=f"{check.code}: {title}")
            for title, case in content.items()
        ]
    return found


@pytest.mark.parametrize(("check", "case"), every_case())
def test_a_case(check: Check, case: dict[str, Any], inspected: Callable[..., Inspection]) -> None:
    inspection = inspected(case["estate"], **case.get("files", {}))

    found = list(check.answers(inspection))

    assert [finding.what for finding in found] == case["finds"]
    assert all(finding.where.line for finding in found)
    assert all(finding.hint for finding in found)
    assert [one.subject for one in found if "about" in case] == case.get("about", [])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_check_explains_itself(check: Check) -> None:
    assert check.documentation.startswith(f"{check.code}: ")
    assert "Bad:" in check.documentation
    assert "Good" in check.documentation


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_check_has_cases_that_find_and_that_do_not(check: Check) -> None:
    content = yaml.safe_load((CASES / f"{check.code}.yaml").read_text(encoding="utf-8"))

    assert content.pop("check") == check.code
    assert any(case["finds"] for case in content.values())
    assert any(not case["finds"] for case in content.values())


def test_codes_are_unique() -> None:
    assert len(CHECKS_BY_CODE) == len(CHECKS)


def test_every_check_is_one_file_named_after_the_offence() -> None:
    for check in CHECKS:
        assert check.question.__module__.rpartition(".")[2] == check.question.__name__
