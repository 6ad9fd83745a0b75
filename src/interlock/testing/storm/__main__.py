"""Let it storm over real processes, let it heal, and ask the vendors what became of every deal.

Example: ``python -m interlock.testing.storm --sagas 60 --kills 8 --crashes 2 --failovers 1``

Progress goes to standard error, one JSON object to standard output. Exit codes: 0 nothing was
lost, doubled or broken; 1 something was; 2 too little struck to say anything.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from interlock.testing.storm.play import play
from interlock.testing.storm.weather import Forecast


def main() -> int:
    """Play one storm."""
    parser = argparse.ArgumentParser(
        prog="python -m interlock.testing.storm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sagas", type=int, default=60, help="deals that are closed")
    parser.add_argument("--kills", type=int, default=8, help="workers that get SIGKILL")
    parser.add_argument("--crashes", type=int, default=2, help="ends of the database at once")
    parser.add_argument("--failovers", type=int, default=1, help="promotions of the standby")
    parser.add_argument("--zombies", type=int, default=1, help="workers that sleep beyond a lease")
    parser.add_argument("--terminations", type=int, default=3, help="backends ended in COMMIT")
    parser.add_argument("--full-disks", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between two cards")
    parser.add_argument("--older", help="a git revision: one worker in three runs that")
    parser.add_argument("--seed", type=int, help="by default a new one, which is printed")
    parser.add_argument("--home", type=Path, help="by default a new folder, which is kept")
    given = parser.parse_args()
    # To be told to stop is to leave nothing behind: no worker, no database, no mounted disk.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    home = given.home or Path(tempfile.mkdtemp(prefix="interlock-storm-"))
    print(f"storm with seed {seed} in {home}", file=sys.stderr, flush=True)
    forecast = Forecast(
        sagas=given.sagas,
        kills=given.kills,
        crashes=given.crashes,
        failovers=given.failovers,
        zombies=given.zombies,
        terminations=given.terminations,
        full_disks=given.full_disks,
    )
    report = play(home, forecast, seed, pause=given.pause, older=given.older)
    print(json.dumps(asdict(report)))
    if report.violations:
        return 1
    return 2 if report.missing else 0


if __name__ == "__main__":
    sys.exit(main())
