"""Every connector says the same things about itself, in the same places."""

import re
from pathlib import Path

import pytest

from interlock.connectors import catalogue

ROOT = Path(__file__).resolve().parents[2]
PROMISES = ("What it can do", "Connection", "Errors", "Limits")
HOW_TO = ("A complete example", "Settings and secrets")
NAMES = {"filedrop": "file-drop"}


def headings(page: Path) -> set[str]:
    return set(re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE))


def section(page: Path, heading: str) -> str:
    text = page.read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_a_connectors_own_page_says_what_it_promises(name: str) -> None:
    page = ROOT / "src" / "interlock" / "connectors" / name / "README.md"

    assert set(PROMISES) - headings(page) == set()
    assert re.search(r"^\|.*\bclass\b.*\|$", section(page, "What it can do"), re.MULTILINE)
    assert section(page, "Errors").count("\n| ") > 3
    for heading in PROMISES:
        assert len(section(page, heading).split()) > 15, heading


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_a_page_says_how_to_connect_it_and_leads_to_its_promises(name: str) -> None:
    page = ROOT / "docs" / "connectors" / f"{NAMES.get(name, name)}.md"

    assert set(HOW_TO) - headings(page) == set()
    assert f"connectors/{name}/README.md" in page.read_text(encoding="utf-8")
    assert f"connector: {name}" in section(page, "A complete example")
    assert re.search(r"secret|credential", section(page, "Settings and secrets"))
