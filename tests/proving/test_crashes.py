"""A worker may die at any moment around a commit, and at any two."""

import pytest

from interlock.proving.crashes import Point, broken_by, pairs, points

POINTS = points()
PAIRS = pairs(POINTS)


def test_every_kind_of_commit_of_a_run_is_a_crash_point() -> None:
    names = " ".join(point.name for point in POINTS)
    for query in ("receive", "start", "run+claim", "progress", "successors", "take_signal"):
        assert query in names
    assert len(POINTS) >= 50
    assert {point.moment for point in POINTS} == {"before", "after"}


@pytest.mark.parametrize("part", range(4))
def test_a_crash_at_any_single_point_breaks_no_law(part: int) -> None:
    assert [(str(p), broken) for p in POINTS[part::4] if (broken := broken_by([p]))] == []


@pytest.mark.parametrize("part", range(2))
def test_crashes_at_some_pairs_of_points_break_no_law(part: int) -> None:
    chosen = PAIRS[part * 25 :: 50]
    assert [(*map(str, pair), found) for pair in chosen if (found := broken_by(pair))] == []


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(16))
def test_crashes_at_every_pair_of_points_break_no_law(part: int) -> None:
    assert [(*map(str, pair), f) for pair in PAIRS[part::16] if (f := broken_by(pair))] == []


def test_a_crash_point_that_never_comes_is_said_to_prove_nothing() -> None:
    assert any("came about" in said for said in broken_by([Point(10**9, "before", "nothing")]))
