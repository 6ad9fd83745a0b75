"""Two sides of millions of invoices with one break in a hundred: against a bare scan of them.

Each size runs in a process of its own, so that its peak memory is its own. There are two bare
scans, and both read every value of both sides once and do nothing else: of the rows where the
engine keeps them, and of the same rows in Parquet files, which is the scan that the goals of the
issue were measured against. The reconciliation ends with every break classified and told, and
every total tied; `equal`: the same for two sides that agree but for ten records.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from interlock.bootstrap.house import create_tables
from interlock.foundation.database import SqliteDatabase
from interlock.reconciliation import Cause, Column, Comparison, Role, store
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.reconciling import settle
from interlock.reconciliation.slate import EXACT, Slate, open_slate

SIZES = (1_000_000, 5_000_000)
GOAL, EQUAL = 3.0, 1.3
"""Times the scan (issue: full classification, causes included; two nearly equal sides)."""
SIDES = ("billing", "erp")
COLUMNS = (
    "seq, source, event, said, n, ref, key, about, system, legal_entity, currency, amount, late, "
    "fresh, dated, changed, unsaid, c3, c4"
)
COMPARISON = Comparison(
    name="benchmark",
    sides=SIDES,
    columns=(
        Column(name="total", role=Role.AMOUNT, sides=SIDES),
        Column(name="currency", role=Role.CURRENCY, sides=SIDES),
        Column(name="entity", role=Role.LEGAL_ENTITY, sides=SIDES),
        Column(name="date", role=Role.DATE, sides=SIDES),
        Column(name="status", role=Role.STATUS, sides=SIDES),
    ),
    void=frozenset({"void"}),
    rounding={"": Decimal("0.01")},
)
PLANTED = {
    Cause.AMOUNT: 2,
    Cause.STATUS: 2,
    Cause.MISSING_DOWNSTREAM: 2,
    Cause.MISSING_UPSTREAM: 2,
    Cause.DUPLICATE: 2,
}
"""Breaks of each cause in `every` rows."""
STORED = 1_000_000
"""Breaks in the database when a page of them is opened."""


def lay(slate: Slate, rows: int, every: int) -> dict[str, Tally]:
    """Lay both sides down inside the engine; the second one in another order."""
    for side in range(2):
        again = f"UNION ALL SELECT i FROM range({rows}) t(i) WHERE i % {every} IN (8, 9)"  # noqa: S608 (as below)
        digests = ", ".join(slate.digests(side).values())
        slate.run(
            f"INSERT INTO side_{side} SELECT *, {digests} FROM (SELECT i, 0, i::VARCHAR, 0, "  # noqa: S608 (names of ours)
            f"({side}::UBIGINT << 40) + row_number() OVER (), "
            "'R' || i, 'INV-' || i, NULL, 'system', CASE i % 3 WHEN 0 THEN 'us' WHEN 1 THEN 'uk' "
            "ELSE 'de' END, CASE i % 3 WHEN 0 THEN 'USD' WHEN 1 THEN 'GBP' ELSE 'EUR' END, "
            f"(((i * 7919 % 10000000) + CASE WHEN {side} = 1 AND i % {every} < 2 THEN 500 ELSE 0 "
            f"END) / 100)::{EXACT}, false, false, NULL, NULL, NULL, "
            "'2026-10-' || lpad((1 + i % 28)::VARCHAR, 2, '0'), "
            f"CASE WHEN {side} = 1 AND i % {every} IN (2, 3) THEN 'paid' ELSE 'posted' END "
            f"FROM (SELECT i FROM range({rows}) t(i) {again if side else ''}) "
            f"WHERE NOT ({side} = 1 AND i % {every} IN (4, 5)) "
            f"AND NOT ({side} = 0 AND i % {every} IN (6, 7)) "
            f"ORDER BY {'hash(i)' if side else 'i'}) t({COLUMNS})"
        )
        file = slate.folder / f"side_{side}.parquet"
        slate.run(f"COPY ({bare(side)}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    found: dict[str, Tally] = {}
    for index, name in enumerate(SIDES):
        ((records, amount),) = slate.rows(f"SELECT count(*), sum(amount) FROM side_{index}")  # noqa: S608 (as above)
        found[name] = Tally(records=int(str(records)), amount=Decimal(str(amount)))
    return found


def bare(side: int) -> str:
    """Return the rows of a side without what we add to them."""
    return f"SELECT {COLUMNS} FROM side_{side}"  # noqa: S608 (as above)


def scan(slate: Slate) -> None:
    for side in range(2):
        list(slate.rows(f"SELECT bit_xor(hash(s)) FROM ({bare(side)}) s"))  # noqa: S608 (as above)


def digest(slate: Slate) -> None:
    """Make the digests once more: rows are laid down with them, and that is part of the work."""
    for side in range(2):
        made = ", ".join(f"bit_xor({by})" for by in slate.digests(side).values())
        list(slate.rows(f"SELECT {made} FROM side_{side}"))  # noqa: S608 (as above)


def scan_files(slate: Slate) -> None:
    for side in range(2):
        file = slate.folder / f"side_{side}.parquet"
        list(slate.rows(f"SELECT bit_xor(hash(s)) FROM read_parquet('{file}') s"))  # noqa: S608 (as above)


def best(slate: Slate, what: Callable[[Slate], None]) -> list[float]:
    """Return the shortest of three times, and of CPU time: a first one also warms up."""
    times = [timed(lambda: what(slate)) for _ in range(3)]
    return [min(each) for each in zip(*times, strict=True)]


def timed(what: Callable[[], None]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - began, time.process_time() - cpu


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(rows: int, every: int) -> dict[str, float]:
    reports = []
    with open_slate(COMPARISON) as slate:
        laid = lay(slate, rows, every)
        inside, files = best(slate, scan), best(slate, scan_files)
        made = best(slate, digest)
        took = timed(lambda: reports.append(settle(slate, laid)))
    assert reports[0].ties
    for cause, share in PLANTED.items():
        assert reports[0].count(cause) == share * rows // every, cause
    return {
        "took": took[0] + made[0],
        "files": (took[0] + made[0]) / files[0],
        "inside": (took[0] + made[0]) / inside[0],
        "files cpu": (took[1] + made[1]) / files[1],
        "inside cpu": (took[1] + made[1]) / inside[1],
        "peak": peak(),
    }


def page_of_breaks() -> tuple[float, float]:
    """Return how long the 50 breaks that are worth most take, with few and with many stored."""
    database = SqliteDatabase(None)
    create_tables(database)
    times = []
    for count in (50, STORED):
        with database.transaction() as connection:
            for first in range(0, count, 10_000):
                store.keep_all(connection, map(kept, range(first, min(first + 10_000, count))))
        began = time.perf_counter()
        with database.transaction() as connection:
            assert len(store.page(connection, "invoices")) == 50
        times.append(time.perf_counter() - began)
    database.close()
    return times[0], times[1]


def kept(number: int) -> store.Kept:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    return store.Kept(
        id=f"B{number}",
        name="invoices",
        state=store.OPEN,
        cause="amount",
        key=f"INV-{number}",
        legal_entity="us",
        money=None,
        weight=number * 7919 % 1_000_003,
        as_of=date(2026, 10, 31),
        opened_at=now,
        seen_at=now,
        filed=False,
        body={"parts": [], "differences": [], "note": "", "suggestion": ""},
    )


def apart(rows: int, every: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.reconciliation", str(rows), str(every)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def main() -> None:
    print("\nreconciliation: two sides, every cause and total; engine within 500 MB")
    for rows in SIZES:
        for what, every, goal in (("1 % breaks", 1_000, GOAL), ("equal", rows, EQUAL)):
            found = apart(rows, every)
            print(
                f"  {rows:>9,} rows a side, {what:>10}: {found['took']:6.2f} s, "
                f"{found['files']:4.1f} x a scan of Parquet, {found['files cpu']:.1f} in CPU time "
                f"(goal {goal}), {found['inside']:4.1f} x a scan in the engine "
                f"({found['inside cpu']:.1f}), peak {found['peak']:.0f} MB"
            )
    few, many = page_of_breaks()
    print(
        f"  a page of breaks: {many * 1000:.1f} ms with {STORED:,} stored (goal 100 ms), "
        f"{few * 1000:.1f} ms with 50"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        main()
