"""The example of the documentation: what it says is what is tested."""

import re
from pathlib import Path

from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.kinds.rest import RestOptions, RestSystem
from interlock.estate.problem import Problem
from interlock.estate.reading.load import read_texts

PAGE = Path(__file__).parents[3] / "docs/connectors/rest.md"


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def problems_of(text: str) -> list[Problem]:
    reading = read_texts({"a.estate.yaml": text}, capabilities=catalogue.every())
    return [each for each in reading.problems if each.code in {"EST103", "EST104"}]


def estate_of(text: str) -> Estate:
    assert problems_of(text) == []
    return read_texts({"a.estate.yaml": text}, capabilities=catalogue.every()).estate


def options_of(text: str) -> RestOptions:
    system = estate_of(text).systems["homegrown"]
    assert isinstance(system, RestSystem)
    return system.spec.options
