"""The first sync of 100,000 customers through the gate, within what the CRM works off in a second.

The simulated org works off so many records a second and no more; measured is how much of that
the governed sync uses, with everything that it writes down, reads back and proves, and whether its
memory grows with the number of records. Alone: ``python -m benchmarks.initial [RECORDS]``.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interlock.testing.first_sync import INTEGRATION, make_home, make_shop
from interlock.testing.vendors import running

RECORDS = 100_000
FEW = 10_000
RATE = 250
"""Records a second that the org works off: a governed record costs about 3 ms of one core, and a
limit above that would measure the machine. The vendor's own is 150 million in 24 hours."""
GOAL = 0.9
"""Of the rate."""
GROWTH = 1.1
"""Times the memory after a tenth of the records: it does not grow with their number."""
_SYNC = """
import resource, sys, threading
from pathlib import Path
from interlock.bootstrap.syncing import sync
synced = sync(Path(sys.argv[1]), sys.argv[2], threading.Event())
print(synced.states.get("completed", 0), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
      sum(synced.states.values()))
"""


def main(records: int = RECORDS, rate: int = RATE) -> None:
    """Measure few and many, each in a process of its own."""
    _, little = _carried(FEW, rate)
    seconds, much = _carried(records, rate)
    used = records / seconds / rate
    print(f"{records} customers, governed, in {seconds:.0f} s, {records / seconds:.0f} a second")
    print(f"  {used:.2f} of the {rate} that the org works off   goal >= {GOAL}   ", end="")
    print("met" if used >= GOAL else "NOT MET")
    print(f"  peak memory {much / 1e3:.0f} MB, {much / little:.2f} of that after {FEW}   ", end="")
    print(f"goal <= {GROWTH}   " + ("met" if much <= GROWTH * little else "NOT MET"))


def _carried(number: int, rate: int) -> tuple[float, int]:
    """Return how long the sync took from its call to its end, and its peak memory (kB)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = ((f"C{n}", f"Customer {n}", f"b{n}@c.example", "Rome", None) for n in range(number))
        make_shop(folder / "shop.db", rows)
        options = json.dumps({"bulk_rate": rate})
        with running("salesforce", "--latency-ms", "0", "--options", options) as url:
            make_home(folder / "home", folder / "shop.db", url)
            began = time.monotonic()
            command = [sys.executable, "-c", _SYNC, str(folder / "home"), INTEGRATION]
            found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            seconds = time.monotonic() - began
        completed, memory, runs = map(int, found.split())
        assert completed == runs == number, found
        return seconds, memory


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
