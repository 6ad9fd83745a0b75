"""Put every defect into universes until a law notices, or the budget is spent."""

import multiprocessing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from interlock.flow import simulator
from interlock.proving.campaign import FOREVER
from interlock.proving.creation import universe
from interlock.proving.invariants import INVARIANTS
from interlock.testing.mutation import keeping, sending
from interlock.testing.mutation.defects import Defect, broken_by

CONTROL: Final = Defect(
    name="nothing",
    what="the house as it is: the control without which no row below means anything",
    patches=(),
    why_it_lives="nothing is broken",
)
DEFECTS: Final[dict[str, Defect]] = {
    each.name: each for each in (CONTROL, *sending.DEFECTS, *keeping.DEFECTS)
}
BUDGET: Final = 20
"""Universes in which a defect may go unnoticed."""
DEALS: Final = 40
PATIENCE: Final = 40_000
"""Turns of one universe, after which a broken house is said to go round in circles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a defect."""

    name: str
    killed_by: str = ""
    """The law that noticed first, or what broke down; empty: it lives."""
    universes: int = 0
    sentence: str = ""


def fate_of(name: str, budget: int = BUDGET) -> Fate:
    """Play universes with a defect until one is noticed."""
    with broken_by(DEFECTS[name]):
        for seed in range(budget):
            law, sentence = _noticed(seed, DEFECTS[name].mix)
            if law:
                return Fate(name=name, killed_by=law, universes=seed + 1, sentence=sentence)
    return Fate(name=name, universes=budget)


def _noticed(seed: int, mix: Mapping[str, float]) -> tuple[str, str]:
    patience, simulator.MOST_TURNS = simulator.MOST_TURNS, PATIENCE  # type: ignore[misc]  # for a broken house
    try:
        with universe(seed, deals=DEALS, mix=mix or None) as here:
            here.go_on(here.clock.now() + FOREVER)
            for name, law in INVARIANTS.items():
                for sentence in law(here):
                    return name, sentence
    except Exception as error:  # noqa: BLE001 (a broken house may break down in any way)
        return "breaks down", f"{type(error).__name__}: {error}".splitlines()[0][:120]
    finally:
        simulator.MOST_TURNS = patience  # type: ignore[misc]  # see above
    return "", ""


def run(
    names: list[str], *, processes: int, watch: Callable[[Fate], None], budget: int = BUDGET
) -> list[Fate]:
    """Return what became of each of the defects, each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, maxtasksperchild=1) as pool:
        waiting = [pool.apply_async(fate_of, (name, budget)) for name in names]
        found = []
        for each in waiting:
            found.append(each.get())
            watch(found[-1])
    return found
