"""Many universes, on all cores: what was run, what broke, and whether the run proves anything.

A campaign that found nothing may have looked at nothing. So it plants a second invoice in one
universe of its own and must report it (the canary), counts how often each fault really struck,
and asks for a minimum of progress; where one of these fails, it says "could not tell".
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Final

from interlock.proving.creation import universe
from interlock.proving.faults import FAULTS
from interlock.proving.invariants import INVARIANTS
from interlock.proving.universe import Universe

FOREVER: Final = timedelta(days=60)
LEAST_PROGRESS: Final = 0.5
"""Share of the runs that must complete: a universe in which everything fails proves nothing."""
ENOUGH: Final = 5_000
"""From so many sagas on, every fault must have struck."""
FLOWS: Final = ("quote-to-cash", "customer-sync")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A law that was broken, and the seed that shows it again."""

    seed: int
    law: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one universe came to."""

    seed: int
    sagas: int
    states: Counter[str]
    fired: Counter[str]
    violations: tuple[Violation, ...]
    digest: str
    lasted: timedelta


@dataclass(slots=True, kw_only=True)
class Report:
    """What a campaign came to."""

    universes: int = 0
    sagas: int = 0
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    lasted: timedelta = timedelta()
    """Virtual time."""
    canary_reported: bool = False
    _digest: str = ""

    def add(self, told: Told) -> None:
        """Take in a universe; they come in the order of their seeds."""
        self.universes += 1
        self.sagas += told.sagas
        self.states += told.states
        self.faults += told.fired
        self.violations += told.violations
        self.lasted += told.lasted
        self._digest = sha256(f"{self._digest} {told.digest}".encode()).hexdigest()

    @property
    def digest(self) -> str:
        """One number over everything that the outside could tell: the same for the same seeds."""
        return self._digest

    def doubts(self) -> list[str]:
        """Return why this campaign proves less than it seems to; empty when it proves it."""
        found = []
        if not self.canary_reported:
            found.append("a planted second invoice was not reported")
        if self.states["completed"] < LEAST_PROGRESS * self.sagas:
            found.append(f"only {self.states['completed']} of {self.sagas} sagas completed")
        never = [fault for fault in FAULTS if not self.faults[fault]]
        if never and self.sagas >= ENOUGH:
            found.append(f"never struck: {', '.join(never)}")
        return found


def told_of(seed: int) -> Told:
    """Play one universe to its end and hold every law against it."""
    with universe(seed) as here:
        start = here.clock.now()
        here.go_on(start + FOREVER)
        violations = [
            Violation(seed=seed, law=name, sentence=sentence)
            for name, law in INVARIANTS.items()
            for sentence in law(here)
        ]
        states = Counter(state for flow in FLOWS for _, state in here.states(flow))
        return Told(
            seed=seed,
            sagas=states.total(),
            states=states,
            fired=here.dice.weather.fired,
            violations=tuple(violations),
            digest=here.digest(),
            lasted=here.clock.now() - start,
        )


def canary(seed: int) -> bool:
    """Tell whether the laws report a second invoice that we plant ourselves."""
    with universe(seed) as here:
        here.go_on(here.clock.now() + FOREVER)
        return _is_noticed(here)


def _is_noticed(here: Universe) -> bool:
    for name in ("erp", "legacy"):
        ledger = here.systems[name].ledger
        live = next((row for row in ledger.of("invoice") if row.live), None)
        if live is None:
            continue
        ledger.add("invoice", f"{live.ref}-again", live.key, live.body, here.clock.now())
        return any(True for _ in INVARIANTS["I1 one document"](here))
    return False


def campaign(
    sagas: int, seed: int, *, processes: int, watch: Callable[[Report], None] = lambda _: None
) -> Report:
    """Play universes from `seed` on until `sagas` were run; `watch` is told after each."""
    report = Report(canary_reported=canary(seed))
    with _mapped(processes) as each_of:
        for told in each_of(told_of, _seeds(seed)):
            report.add(told)
            watch(report)
            if report.sagas >= sagas:
                return report
    return report


def _seeds(first: int) -> Iterator[int]:
    return iter(range(first * SPREAD, (first + 1) * SPREAD))


SPREAD: Final = 1_000_000
"""Universes of one campaign have seeds of their own: no two campaigns share one."""

Mapper = Callable[[Callable[[int], Told], Iterator[int]], Iterator[Told]]


@contextmanager
def _mapped(processes: int) -> Iterator[Mapper]:
    if processes <= 1:
        yield map
        return
    ahead = processes * 4

    def in_order(work: Callable[[int], Told], seeds: Iterator[int]) -> Iterator[Told]:
        # `imap` would ask for all the seeds at once: a window of them keeps memory flat.
        waiting = [pool.apply_async(work, (next(seeds),)) for _ in range(ahead)]
        while waiting:
            yield waiting.pop(0).get()
            waiting.append(pool.apply_async(work, (next(seeds),)))

    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield in_order


def as_told(report: Report, seconds: float) -> Mapping[str, object]:
    """Return the report for machines."""
    broken = Counter(violation.law for violation in report.violations)
    return {
        "sagas": report.sagas,
        "universes": report.universes,
        "violations": len(report.violations),
        "invariants": {law: broken[law] for law in INVARIANTS},
        "faults": {fault: report.faults[fault] for fault in FAULTS},
        "states": dict(sorted(report.states.items())),
        "virtual_years": round(report.lasted / timedelta(days=365.25), 2),
        "canary_reported": report.canary_reported,
        "doubts": report.doubts(),
        "failing": [
            {"seed": each.seed, "law": each.law, "what": each.sentence}
            for each in report.violations[:50]
        ],
        "digest": report.digest,
        "seconds": round(seconds, 1),
    }
