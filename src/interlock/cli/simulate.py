"""``interlock simulate``: hostile universes on virtual time, and what the vendors hold after."""

import os
import random
import sys
import time
from collections import Counter
from typing import Final

from interlock.cli.terminal import Json, print_facts, print_json, print_table
from interlock.proving.campaign import Report, as_told, campaign
from interlock.proving.faults import FAULTS
from interlock.proving.invariants import INVARIANTS

PAUSE: Final = 5.0
"""Seconds between two lines of progress."""
MOST_SHOWN: Final = 20
SHOWN: Final = ("sagas", "universes", "virtual_years", "states", "canary_reported", "digest")


def simulate(
    *,
    sagas: int = 2_000,
    seed: int | None = None,
    processes: int | None = None,
    json_: Json = False,
) -> int:
    """Try to break the promise: faults, kills, merges, late changes; then read the ledgers.

    Exit code 1: an invariant was broken. 2: the run proves too little, and says why.

    Example: ``interlock simulate --sagas 5000 --seed 7``

    Args:
        sagas: At least so many runs of integrations that write.
        seed: The same seed plays the same universes; a new one is drawn and said otherwise.
        processes: How many universes at a time; one a core by default.
        json_: One JSON object instead of the tables; progress goes to standard error.
    """
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    print(f"seed {chosen}", file=sys.stderr, flush=True)
    started = time.monotonic()
    many = processes or os.cpu_count() or 1
    report = campaign(sagas, chosen, processes=many, watch=_Watch(sagas))
    seconds = time.monotonic() - started
    if json_:
        print_json({**as_told(report, seconds), "seed": chosen})
    else:
        _print(report, seconds)
    if report.violations:
        return 1
    return 2 if report.doubts() else 0


class _Watch:
    """Says every few seconds how far a campaign is."""

    def __init__(self, sagas: int) -> None:
        self._sagas = sagas
        self._said = time.monotonic()

    def __call__(self, report: Report) -> None:
        if time.monotonic() - self._said < PAUSE:
            return
        self._said = time.monotonic()
        share = min(report.sagas / self._sagas, 1.0)
        told = f"{share:4.0%}  {report.sagas} sagas, {len(report.violations)} violations"
        print(told, file=sys.stderr, flush=True)


def _print(report: Report, seconds: float) -> None:
    told = {**as_told(report, seconds)}
    struck = [(fault, what, report.faults[fault]) for fault, (what, _) in FAULTS.items()]
    print_table("faults that struck", ["fault", "what it is", "times"], struck)
    broken = Counter(violation.law for violation in report.violations)
    laws = [(name, law.__doc__, broken[name]) for name, law in INVARIANTS.items()]
    print_table("invariants", ["law", "what it says", "violations"], laws)
    for violation in report.violations[:MOST_SHOWN]:
        print(f"seed {violation.seed}: {violation.law}: {violation.sentence}")
    for doubt in report.doubts():
        print(f"could not tell: {doubt}")
    print_facts([*((name, str(told[name])) for name in SHOWN), ("seconds", f"{seconds:.0f}")])
