"""One, two and four workers on one PostgreSQL; a dead connector; one poisoned message in 1,000.

By hand, on a quiet machine: ``python -m benchmarks.scaling``. Ratios, each pair in one run. A
worker is a process; vendors take 20 ms, so that threads and the database are what is measured.
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from benchmarks.installation import Installation, Instant, Slow, Storage, begin, installed
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.flow.engine import Engine, EngineSettings
from interlock.flow.run import run_of
from interlock.foundation.queries import query
from interlock.testing.postgres_server import PostgresServer, postgres_server

SECONDS = 0.02
THREADS = 8
RUNS = int(os.environ.get("INTERLOCK_BENCH_RUNS", "1000"))
PACED = 200
EVERY = 0.05
POISONED = 777
"""The key that its target refuses, where there is one."""
ALL = query("all", "SELECT * FROM run")
OPEN = query("open", "SELECT count(*) AS n FROM run WHERE integration = 'bill' AND state NOT IN "
             "('completed', 'parked', 'compensated')")  # fmt: skip


class Dead(Instant):
    """A vendor that nobody reaches."""

    def find(self, obj: str, field: str, value: str) -> Record | None:
        raise CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.TRANSPORT, message="down"))

    def write(self, request: Request) -> Outcome:
        return Outcome(verdict=Verdict.RETRYABLE, kind=Kind.TRANSPORT, message="down")


class Choosy(Slow):
    """A slow vendor that refuses one key."""

    def write(self, request: Request) -> Outcome:
        if request.key == f"k{POISONED}":
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.REJECTED, message="no")
        return super().write(request)


@contextmanager
def _here(url: str, *, poisoned: bool) -> Iterator[Installation]:
    storage = Storage(name="PostgreSQL", database=url, engine=url)
    vendor = Choosy(SECONDS) if poisoned else Slow(SECONDS)
    with installed(storage, vendor, {"dead": Dead()}) as here:
        yield here


def work(url: str, poisoned: str) -> None:
    """Be one worker until standard input ends."""
    with _here(url, poisoned=bool(poisoned)) as here:
        settings = EngineSettings(url=url, executor=f"bench-{os.getpid()}", threads=THREADS)
        Engine(here.shop, settings).start()
        print("ready", flush=True)
        sys.stdin.read()
        os._exit(0)


@contextmanager
def _workers(url: str, many: int, *, poisoned: bool = False) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.scaling", url, "poisoned" if poisoned else ""]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(many)]
    try:
        for each in started:
            assert each.stdout is not None
            assert each.stdout.readline().strip() == "ready"
        yield
    finally:
        for each in started:
            each.communicate()


def _until_over(here: Installation) -> None:
    while True:
        with here.database.transaction() as connection:
            if connection.rows(OPEN, {})[0]["n"] == 0:
                return
        time.sleep(0.05)


def _latencies(here: Installation) -> list[float]:
    with here.database.transaction() as connection:
        runs = [run_of(row) for row in connection.rows(ALL, {})]
    done = [run for run in runs if run.integration == "bill" and run.state == "completed"]
    return sorted((run.updated_at - run.started_at) / timedelta(seconds=1) for run in done)


def _p99(values: Sequence[float]) -> float:
    return values[math.ceil(0.99 * len(values)) - 1]


def throughput(server: PostgresServer, many: int, *, poisoned: bool = False) -> float:
    """Return runs a second of `many` workers that have all of them to do at once."""
    url = server.new_database()
    with _here(url, poisoned=poisoned) as here:
        for number in range(RUNS):
            begin(here, number)
        with _workers(url, many, poisoned=poisoned):
            began = time.perf_counter()
            _until_over(here)
            took = time.perf_counter() - began
        done = len(_latencies(here))
        assert done == RUNS - poisoned, f"{done} of {RUNS} completed"
    return RUNS / took


def paced(server: PostgresServer, *, dead: bool) -> float:
    """Return the p99 of runs that come one by one, two workers; maybe beside dead ones."""
    url = server.new_database()
    with _here(url, poisoned=False) as here, _workers(url, 2):
        for number in range(PACED):
            begin(here, number)
            if dead:
                begin(here, number, "to-dead")
            time.sleep(EVERY)
        _until_over(here)
        return _p99(_latencies(here))


def main() -> None:
    """Measure everything; every run of every scenario has completed, or it ends with an error."""
    with postgres_server(os.environ, ()) as server:
        alone = throughput(server, 1)
        print(f"{RUNS} runs, 1 worker: {alone:.1f}/s; nobody starved: all completed")
        for many in (2, 4):
            found = throughput(server, many)
            print(f"{RUNS} runs, {many} workers: {found:.1f}/s, {found / alone:.2f} times as many")
        clean, poisoned = throughput(server, 2), throughput(server, 2, poisoned=True)
        print(f"one poisoned in {RUNS}: {poisoned / clean:.2f} of the throughput, goal >= 0.95")
        calm, beside = paced(server, dead=False), paced(server, dead=True)
        print(f"p99 beside a dead connector: {beside / calm:.2f} times, goal <= 1.10")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1], sys.argv[2])
    else:
        main()
