"""A worker may die at any moment of any integration of the example estate, and at any two."""

import random
import sys
from collections import defaultdict
from functools import cache

import pytest

from interlock.estate.plan import Call, Put, Wait, every_step
from interlock.proving import live
from interlock.proving.crashes import BrittleDatabase, Point, pairs
from interlock.proving.rehearsal.crashing import Undisturbed, broken_by, undisturbed
from interlock.testing.mutation.defects import broken_by as defective
from interlock.testing.mutation.running import DEFECTS
from tests.proving.rehearsing import estate, rehearsal, scripts

NAMES = sorted(scripts())
SAMPLE = 2
"""Pairs of each script in a run of the tests; `make nightly` plays all."""
known = cache(lambda name: undisturbed(rehearsal(name)))


def _broken(name: str, crashes: list[Point]) -> list[str]:
    told: Undisturbed = known(name)
    return broken_by(rehearsal(name), crashes, told)


@pytest.mark.parametrize("name", NAMES)
def test_a_crash_at_any_single_point_changes_nothing_outside(name: str) -> None:
    assert known(name).states == ("completed",)
    assert len(known(name).points) >= 6
    assert [(str(p), found) for p in known(name).points if (found := _broken(name, [p]))] == []


@pytest.mark.parametrize("name", NAMES)
def test_crashes_at_some_pairs_of_points_change_nothing_outside(name: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    sys.stderr.write(f"{name}: pairs of seed {seed}\n")
    every = pairs(known(name).points)
    chosen = random.Random(seed).sample(every, SAMPLE)
    assert [(*map(str, two), found) for two in chosen if (found := _broken(name, list(two)))] == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES)
def test_crashes_at_every_pair_of_points_change_nothing_outside(name: str) -> None:
    every = pairs(known(name).points)
    assert [(*map(str, two), found) for two in every if (found := _broken(name, list(two)))] == []


def test_every_step_that_touches_a_system_is_rehearsed() -> None:
    told = defaultdict(set)
    for name in NAMES:
        with rehearsal(name)(BrittleDatabase()) as here:
            here.go_on()
            for entry in live.entries(here.database, ""):
                path = str(entry.data.get("step", ""))
                told[here.script.integration].add(path.rpartition("/")[2].rpartition(".")[2])
    missing = [
        (plan.integration, step.id)
        for plan in estate().plans.values()
        for step in every_step(plan.steps)
        if isinstance(step, Put | Call | Wait) and step.id not in told[plan.integration]
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("defect", "name"),
    [
        ("intent not recorded", "quote-to-cash"),
        ("no look-up in doubt", "quote-to-cash, other books"),
        ("lease for ever", "quote-to-cash, other books"),
        ("acknowledge before commit", "quote-to-cash, other books"),
    ],
)
def test_a_broken_defence_is_noticed_at_some_point(defect: str, name: str) -> None:
    told = known(name)
    with defective(DEFECTS[defect]):
        assert any(broken_by(rehearsal(name), [point], told) for point in told.points)


def test_a_crash_point_that_never_comes_is_said_to_prove_nothing() -> None:
    found = _broken("journal-posting", [Point(10**9, "before", "nothing")])
    assert any("came about" in said for said in found)
