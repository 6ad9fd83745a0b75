"""What a storm did and what came of it; and whether it was one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from interlock.testing.storm.town import ROUGH
from interlock.testing.storm.weather import Forecast

OFTEN: Final = 400
"""Every harm on the way must have befallen something once in so many deals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened, and what came of it."""

    seed: int
    sagas: int
    completed: int
    compensated: int
    cases: int
    answered: int
    """Cases of good deals: a person said `retry`."""
    unproven: int
    """Of the cases: a system does not show what an answer, maybe another's, had said."""
    duplicates: int
    lost: int
    kills: int
    crashes: int
    failovers: int
    zombies: int
    terminated_in_commit: int
    full_disks: int
    older_workers: int
    """Workers of an earlier release that took part."""
    takeovers: int
    takeover_p99_seconds: float | None
    faults: Mapping[str, int]
    verified: Mapping[str, int]
    violations: list[str]
    missing: list[str]
    """What struck less often than it had to: then the rest says nothing."""
    skipped: list[str]
    seconds: float
    """Of the storm and the calm after it, without setting up."""


def missing(
    wanted: Forecast, struck: Mapping[str, int], faults: Mapping[str, int], *, mounted: bool
) -> list[str]:
    """Return what struck less often than was meant: a calm storm proves nothing."""
    least = {
        "kill": wanted.kills,
        "crash": wanted.crashes,
        "fail_over": wanted.failovers,
        "freeze": wanted.zombies,
        "terminate": wanted.terminations,
        "fill": wanted.full_disks if mounted else 0,
    }
    said = [f"{kind}: {struck[kind]} of {n}" for kind, n in least.items() if struck[kind] < n]
    harms = 1 + wanted.sagas // OFTEN
    return said + [f"{kind}: {faults[kind]} of {harms}" for kind in ROUGH if faults[kind] < harms]
