"""``python -m interlock.testing.mutation``: which defects the laws notice; writes the page."""

import argparse
import os
import sys
from pathlib import Path

from interlock.testing.mutation.page import page
from interlock.testing.mutation.running import BUDGET, CONTROL, DEFECTS, Fate, run


def main() -> int:
    """Run all defects, or those named; exit 1 when one lives that has no reason to."""
    parser = argparse.ArgumentParser(
        prog="python -m interlock.testing.mutation",
        description="Break one defence at a time and see which law notices.",
        epilog="Example: python -m interlock.testing.mutation --out docs/mutations.md",
    )
    parser.add_argument("names", nargs="*", help="defects; all when none is named")
    parser.add_argument("--budget", type=int, default=BUDGET, help="universes for each")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, help="write the page here")
    given = parser.parse_args()
    names = list(dict.fromkeys([CONTROL.name, *(given.names or DEFECTS)]))
    fates = run(names, processes=given.processes, watch=_say, budget=given.budget)
    if given.out:
        given.out.write_text(page(fates, given.budget), encoding="utf-8")
    alive = [each.name for each in fates if not each.killed_by and not _excused(each)]
    print(f"{len(fates)} defects, {sum(bool(each.killed_by) for each in fates)} noticed")
    for name in alive:
        print(f"lives without a reason: {name}")
    sound = next(each for each in fates if each.name == CONTROL.name)
    if sound.killed_by:
        print(f"nothing was broken, and yet: {sound.killed_by}: {sound.sentence}")
    return 1 if alive or sound.killed_by else 0


def _excused(fate: Fate) -> bool:
    return bool(DEFECTS[fate.name].why_it_lives)


def _say(fate: Fate) -> None:
    shown = f"{fate.killed_by} in universe {fate.universes}" if fate.killed_by else "lives"
    print(f"{fate.name}: {shown} {fate.sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
