"""Twenty runs at once over vendors that take 100 ms: how much of the ideal is reached."""

import time
from datetime import timedelta

from benchmarks.installation import WRITES, Installation, Slow, Storage, begin, installed, storages
from interlock.flow.engine import Engine, EngineSettings

SECONDS = 0.1
RUNS = 20
EXCHANGES = WRITES + 2
"""Reading the trigger, the writes, reading the proof."""
GOALS = {"SQLite": 0.85, "PostgreSQL": 0.75}


def main() -> None:
    with storages() as found:
        for storage in found:
            with installed(storage, Slow(SECONDS)) as here:
                _measure(here, storage)


def _measure(here: Installation, storage: Storage) -> None:
    settings = EngineSettings(url=storage.engine, executor="bench", threads=RUNS)
    engine = Engine(here.shop, settings)
    engine.start()
    begin(here, 0)
    _until(here, 1)  # the first run pays for what is made once
    began = time.perf_counter()
    for number in range(1, RUNS + 1):
        begin(here, number)
    _until(here, RUNS + 1)
    share = SECONDS * EXCHANGES / (time.perf_counter() - began)
    engine.stop(timedelta(seconds=2))
    goal = GOALS[storage.name]
    print(
        f"{RUNS} runs over 100 ms vendors, {storage.name:<10} ideal = 1.00   ours {share:.2f}   ",
        end="",
    )
    print(f"goal >= {goal}   " + ("met" if share >= goal else "NOT MET"))


def _until(here: Installation, many: int) -> None:
    while True:
        states = [state for _, state in here.shop.store.of_integration("bill")]
        if states.count("completed") >= many:
            return
        time.sleep(0.01)


if __name__ == "__main__":
    main()
