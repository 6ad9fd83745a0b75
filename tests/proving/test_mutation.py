"""Defences that are broken on purpose are noticed, and mended again afterwards."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from interlock.testing.mutation.defects import Patch, broken_by
from interlock.testing.mutation.page import page
from interlock.testing.mutation.running import DEFECTS, Fate, fate_of

PAGE = Path(__file__).parents[2] / "docs" / "mutations.md"


def _now(patch: Patch) -> Any:
    module, _, path = patch.target.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = found.__dict__[name]
    return found


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_in_place_only_as_long_as_it_is_asked_for(name: str) -> None:
    patches = DEFECTS[name].patches
    before = [_now(each) for each in patches]
    with broken_by(DEFECTS[name]):
        assert all(_now(each) is not was for each, was in zip(patches, before, strict=True))
    assert all(_now(each) is was for each, was in zip(patches, before, strict=True))


@pytest.mark.parametrize("name", ["key per attempt", "intent not recorded", "money as float"])
def test_a_broken_defence_is_noticed_by_a_law(name: str) -> None:
    fate = fate_of(name, budget=4)
    assert fate.killed_by, name


def test_there_are_at_least_thirty_defects_and_the_page_has_each_of_them() -> None:
    assert len(DEFECTS) >= 30
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in DEFECTS if f"| {name} |" not in text] == []


def test_a_defect_that_lives_without_a_reason_is_said_to_be_a_missing_law() -> None:
    unknown = next(name for name, each in DEFECTS.items() if not each.why_it_lives)
    text = page([Fate(name=unknown, universes=3)], 3)
    assert "**lives**" in text
    assert "a law is missing" in text
