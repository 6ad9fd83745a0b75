"""Two sides of a million invoices with one break in a hundred: against a bare scan of them.

Each size runs in a process of its own, so that its peak memory is its own. The scan reads every
value of both sides once and does nothing else; the reconciliation ends with every break classified
and every total tied.
"""

import json
import resource
import subprocess
import sys
import time
from decimal import Decimal

from interlock.reconciliation import Cause, Column, Comparison, Role
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.reconciling import settle
from interlock.reconciliation.slate import Slate, open_slate

SIZES = (1_000_000, 4_000_000)
GOAL = 3.0
"""Times the scan (issue: full classification, causes included)."""
SIDES = ("billing", "erp")
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
"""Breaks of each cause in a thousand rows."""


def lay(slate: Slate, rows: int) -> dict[str, Tally]:
    """Lay both sides down inside the engine; the second one in another order."""
    for side in range(2):
        again = f"UNION ALL SELECT i FROM range({rows}) t(i) WHERE i % 1000 IN (8, 9)"  # noqa: S608 (as below)
        slate.run(
            f"INSERT INTO side_{side} SELECT ({side}::UBIGINT << 40) + row_number() OVER (), "  # noqa: S608 (names of ours)
            "'R' || i, 'INV-' || i, NULL, 'system', CASE i % 3 WHEN 0 THEN 'us' WHEN 1 THEN 'uk' "
            "ELSE 'de' END, CASE i % 3 WHEN 0 THEN 'USD' WHEN 1 THEN 'GBP' ELSE 'EUR' END, "
            f"((i * 7919 % 10000000) + CASE WHEN {side} = 1 AND i % 1000 < 2 THEN 500 ELSE 0 END)"
            "::DECIMAL(38,6) / 100, false, false, NULL, "
            "'2026-10-' || lpad((1 + i % 28)::VARCHAR, 2, '0'), "
            f"CASE WHEN {side} = 1 AND i % 1000 IN (2, 3) THEN 'paid' ELSE 'posted' END "
            f"FROM (SELECT i FROM range({rows}) t(i) {again if side else ''}) "
            f"WHERE NOT ({side} = 1 AND i % 1000 IN (4, 5)) "
            f"AND NOT ({side} = 0 AND i % 1000 IN (6, 7)) "
            f"ORDER BY {'hash(i)' if side else 'i'}"
        )
    found: dict[str, Tally] = {}
    for index, name in enumerate(SIDES):
        ((records, amount),) = slate.rows(f"SELECT count(*), sum(amount) FROM side_{index}")  # noqa: S608 (as above)
        found[name] = Tally(records=int(str(records)), amount=Decimal(str(amount)))
    return found


def scan(slate: Slate) -> None:
    for side in range(2):
        list(slate.rows(f"SELECT bit_xor(hash(s)) FROM side_{side} s"))  # noqa: S608 (as above)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(rows: int) -> dict[str, float]:
    with open_slate(COMPARISON) as slate:
        laid = lay(slate, rows)
        scan(slate)
        began = time.perf_counter()
        scan(slate)
        bare = time.perf_counter() - began
        before = peak()
        began = time.perf_counter()
        report = settle(slate, laid)
        took = time.perf_counter() - began
    assert report.ties
    for cause, share in PLANTED.items():
        assert report.count(cause) == share * rows // 1000, cause
    return {"scan": bare, "took": took, "before": before, "peak": peak()}


def main() -> None:
    print("\nreconciliation: two sides, 1 % breaks, every cause and total; engine within 500 MB")
    for rows in SIZES:
        command = [sys.executable, "-m", "benchmarks.reconciliation", str(rows)]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(ended.stdout)
        ratio = found["took"] / found["scan"]
        print(
            f"  {rows:>9,} rows a side: {found['took']:6.2f} s, {ratio:5.1f} x a bare scan "
            f"(goal {GOAL}), {2 * rows / found['took'] / 1e6:.2f} M rows/s, "
            f"peak {found['peak']:.0f} MB"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(int(sys.argv[1]))))
    else:
        main()
