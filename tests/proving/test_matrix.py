"""Every fault at every step, once, at one moment: the table is complete, and each holds."""

import random

import pytest

from interlock.proving.faults import FAULTS
from interlock.proving.matrix.aiming import Aim, Mark, Moment
from interlock.proving.matrix.cells import MOMENTS, Cell, cells, everything, why_not
from interlock.proving.matrix.playing import aims_of, broken_by
from interlock.proving.matrix.spots import SPOTS
from interlock.testing.mutation.defects import broken_by as defective
from interlock.testing.mutation.running import DEFECTS

PARTS = 8


def _named(name: str) -> Cell:
    return next(cell for cell in cells() if str(cell) == name)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_fault_at_any_step_breaks_a_law(part: int) -> None:
    chosen = cells()[part::PARTS]
    assert [(str(cell), broken) for cell in chosen if (broken := broken_by(cell))] == []


def test_every_combination_is_a_cell_or_has_a_reason_why_not() -> None:
    combined = list(everything())
    moments = sum(len(MOMENTS[fault]) for fault in FAULTS)
    assert len(combined) == moments * len(SPOTS)
    assert len({cell for cell, _ in combined}) == len(combined)
    assert [cell for cell, reason in combined if reason is None] == list(cells())


def test_every_fault_every_place_and_every_moment_has_a_cell() -> None:
    assert {cell.fault for cell in cells()} == set(FAULTS)
    assert {cell.spot for cell in cells()} == set(SPOTS)
    assert {cell.moment for cell in cells()} == set(Moment)


def test_every_class_of_target_meets_every_fault_of_sending() -> None:
    for system in ("billing", "erp", "legacy"):
        creates = [spot for spot in SPOTS if spot.kind == "create" and spot.system == system]
        assert [spot.calling for spot in creates] == [False, True, False]
        for spot in creates:
            met = {cell.fault for cell in cells() if cell.spot == spot}
            assert met >= {"request_lost", "response_lost", "late_apply", "truncated", "refused"}


def test_no_two_cells_are_the_same_play() -> None:
    seen: dict[object, Cell] = {}
    for cell in random.SystemRandom().sample(cells(), 120):
        play = (cell.spot.books, cell.spot.calling, aims_of(cell))
        other = seen.setdefault(play, cell)
        assert other.spot.kind == cell.spot.kind, (str(other), str(cell))


def test_a_fault_that_does_not_strike_fails_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = _named("response_lost | put, create: class B | carried out")
    never = Aim("response_lost", Mark("call", "erp invoice.create", 99), Moment.CARRIED)
    monkeypatch.setattr("interlock.proving.matrix.playing.aims_of", lambda _: (never,))
    found = broken_by(cell)
    assert any("did not strike" in each for each in found)
    assert any("struck: {}" in each for each in found)


@pytest.mark.parametrize(
    ("defect", "cell"),
    [
        ("key per attempt", "response_lost | put, create: class A | carried out"),
        ("intent not recorded", "worker_killed | put, create: class B | outcome"),
        ("no wait before look-up", "late_apply | put, create: class C | carried out"),
        ("zombies send", "worker_stalled | put, create: class C | leaves"),
        (
            "undo registered after the call",
            "response_lost | put, create, called off meanwhile: class A | carried out",
        ),
    ],
)
def test_a_broken_defence_fails_the_cell_that_it_defends(defect: str, cell: str) -> None:
    aims_of(_named(cell))
    with defective(DEFECTS[defect]):
        assert broken_by(_named(cell)), defect


def test_what_cannot_be_says_why() -> None:
    spot = next(each for each in SPOTS if each.name == "get")
    assert "a read changes nothing" in str(why_not("late_apply", spot, Moment.CARRIED))
