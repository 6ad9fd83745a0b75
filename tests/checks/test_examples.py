"""The green example is green, and its red twin is red for every reason that there is."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from interlock.checks.catalogue import CHECKS
from interlock.checks.inspection import Inspection
from interlock.checks.inspector import report
from interlock.checks.report import Report
from interlock.connectors import catalogue
from interlock.estate.capability import Effect, Guarantee
from interlock.estate.kinds import KINDS
from interlock.estate.reading.load import Reading, read_estate

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
WITHOUT_EXAMPLE: Final = frozenset({"IDM002", "SAG002"})
"""No connector has a lagging look-up without protection, and none deletes."""


@cache
def read(name: str) -> Reading:
    return read_estate(EXAMPLES / name, capabilities=catalogue.every())


@cache
def checked(name: str, now: datetime = NOW) -> Report:
    reading = read(name)
    return report(Inspection(estate=reading.estate, now=now), reading.problems)


@pytest.fixture(scope="module")
def red() -> Report:
    return checked("red-twin")


def test_a_misspelt_binding_of_the_example_breaks_its_contract_twice(tmp_path: Path) -> None:
    copy = tmp_path / "estate"
    shutil.copytree(EXAMPLES / "quote-to-cash", copy)
    entity = copy / "entities" / "invoice.estate.yaml"
    entity.write_text(entity.read_text().replace("erp: tranDate", "erp: tranDte"))

    reading = read_estate(copy, capabilities=catalogue.every())
    found = report(Inspection(estate=reading.estate, now=NOW), reading.problems).findings

    assert {one.code for one in found} == {"MAP001", "MAP003"}
    assert any("tranDate" in one.what + one.hint for one in found)
    assert all("invoice.estate.yaml" in str(one.where) for one in found)


def test_the_green_example_has_no_findings() -> None:
    found = checked("quote-to-cash")

    assert [f"{one.where} {one.code} {one.what}" for one in found.findings] == []


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2036])
def test_the_green_example_stays_green_when_its_dates_have_passed(year: int) -> None:
    found = checked("quote-to-cash", datetime(year, 7, 1, tzinfo=UTC))

    assert [f"{one.where} {one.code} {one.what}" for one in found.findings] == []


def test_the_release_of_the_example_froze_changes_around_its_window() -> None:
    days = [datetime(2025, 2, day, tzinfo=UTC) for day in (17, 18, 22, 23)]
    codes = [{one.code for one in checked("quote-to-cash", day).findings} for day in days]

    assert codes == [set(), {"REL001"}, {"REL001"}, set()]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"Channel", "Waiver"}))
def test_the_example_shows_every_kind_but_those_that_it_does_not_need(kind: str) -> None:
    assert kind in {one.kind for one in checked("quote-to-cash").documents}


@pytest.mark.parametrize("code", sorted({check.code for check in CHECKS} - WITHOUT_EXAMPLE))
def test_the_red_twin_breaks_every_check(code: str, red: Report) -> None:
    assert code in {one.code for one in red.findings}


def test_the_red_twin_can_be_read_and_planned(red: Report) -> None:
    assert [one.what for one in red.findings if one.code.startswith("EST")] == []


def announced() -> Iterator[tuple[str, str]]:
    for file in (EXAMPLES / "red-twin").rglob("*.estate.yaml"):
        comments = re.findall(r"#(.*)", file.read_text(encoding="utf-8"))
        name = file.relative_to(EXAMPLES / "red-twin").as_posix()
        for code in re.findall(r"\b[A-Z]{3}[0-9]{3}\b", " ".join(comments)):
            yield name, code


def test_the_comments_of_the_red_twin_say_what_is_found(red: Report) -> None:
    found = {(one.where.file, one.code) for one in red.findings}

    assert set(announced()) == found


def test_the_exceptions_are_still_needed() -> None:
    operations = [one for able in catalogue.every().values() for one in able.operations.values()]

    assert not any(one.effect is Effect.DELETE for one in operations)
    assert all(one.strong_lookup or one.guarantee is not Guarantee.NOTHING for one in operations)
