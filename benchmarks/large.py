"""A store with a million finished and a hundred thousand parked runs, against a small one.

The rows are copies of one finished and one parked run, made by the database; what is measured are
runs that really ran, in both stores by turns.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from benchmarks.installation import Installation, Refusing, begin, installed, storages
from interlock.cases import commands as case_commands
from interlock.cases import store as cases
from interlock.flow.segment import work
from interlock.foundation.queries import query
from interlock.insight.trace import trace

GOAL = 1.2
FINISHED, PARKED = 1_000_000, 100_000
REFUSED = "k1"
PAGE = 50
"""Cases in the small store too: a page of a list costs what is on it."""
TIMES = 60
COPIES = {
    "run": {"id": "run_", "key": "k_"},
    "history": {"run": "run_"},
    "audit_entry": {"stream": "run_"},
    "audit_mention": {"stream": "run_", "value": "k_"},
    "cases": {"id": "C_", "stream": "run_", "business_key": "k_"},
}
"""Table -> the columns in which a copy differs, and what its values begin with."""
OWN = {"audit_entry": {"seq"}, "audit_mention": set[str]()}
"""Columns that the database fills."""


def main() -> None:
    with storages() as small, storages() as large:
        for empty, full in zip(small, large, strict=True):
            with ExitStack() as stack:
                here = stack.enter_context(installed(empty, Refusing(REFUSED)))
                there = stack.enter_context(installed(full, Refusing(REFUSED)))
                for each in (here, there):
                    _prepare(each)
                _fill(here, 1, PAGE)
                _fill(there, FINISHED, PARKED)
                _compare(here, there, full.name)


def _prepare(here: Installation) -> None:
    for number in range(3):
        work(here.shop, begin(here, number), 0)
    case_commands.collect(here.database)


def _fill(here: Installation, finished: int, parked: int) -> None:
    for key, count, tag in ((0, finished, "f"), (1, parked, "p")):
        with here.database.transaction() as connection:
            found = query("id", "SELECT id FROM run WHERE key = :key")
            run = str(connection.rows(found, {"key": f"k{key}"})[0]["id"])
        for table in COPIES:
            _copy(here, table, run, (count, tag))
    if here.database.dialect == "postgres":
        here.database.create(["ANALYZE"])


def _copy(here: Installation, table: str, run: str, how: tuple[int, str]) -> None:
    """Copy one row of `run` a table: lists and starts look at rows, not at their length."""
    count, tag = how
    owner = {"run": "id", "history": "run", "cases": "stream"}.get(table, "stream")
    with here.database.transaction() as connection:
        first = query("first", f"SELECT * FROM {table} WHERE {owner} = :run LIMIT 1")  # noqa: S608 (our own names)
        rows = connection.rows(first, {"run": run})
        if not rows:
            return
        row = {n: v for n, v in rows[0].items() if n not in OWN.get(table, ())}
        other = COPIES[table]
        values = [f"'{other[n]}{tag}' || CAST(i AS text)" if n in other else f":{n}" for n in row]
        text = (
            f"INSERT INTO {table} ({', '.join(row)}) "  # noqa: S608 (as above)
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            f"SELECT {', '.join(values)} FROM n"
        )
        connection.execute(query("copy", text), row)


def _compare(here: Installation, there: Installation, name: str) -> None:
    numbers = iter(range(1_000, 100_000))

    def start(one: Installation) -> object:
        return work(one.shop, begin(one, next(numbers)), 0)

    def listing(one: Installation) -> object:
        with one.database.transaction() as connection:
            return cases.queue(connection)

    def tracing(one: Installation) -> object:
        return trace(one.database, "k0")

    measured: dict[str, Callable[[Installation], object]] = {
        "start and finish a run": start,
        "list open cases": listing,
        "trace a run": tracing,
        "look for due runs": lambda one: one.shop.store.due(one.shop.clock.now(), 50),
    }
    for what, do in measured.items():
        ratio = _ratio(do, here, there)
        print(f"{what:<24} {name:<10} small store = 1.00   full {ratio:.2f}   ", end="")
        print(f"goal <= {GOAL}   " + ("met" if ratio <= GOAL else "NOT MET"))


def _ratio(do: Callable[[Installation], object], here: Installation, there: Installation) -> float:
    took: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(TIMES):
        for index, one in enumerate((here, there)):
            began = time.perf_counter()
            do(one)
            took[index].append(time.perf_counter() - began)
    return median(took[1]) / median(took[0])


if __name__ == "__main__":
    main()
