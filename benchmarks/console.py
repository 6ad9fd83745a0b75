"""How long pages take with many runs, cases and entries, in this process, on SQLite.

``python -m benchmarks.console [RUNS]``: seeds RUNS runs (100,000 if not said), five entries of the
trail for each, and 10,000 open cases; then asks each page 40 times and says its median, its 95th
percentile and its size. Rows are written straight into the tables: what is measured is reading.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from interlock.access import Grant, Role, commands
from interlock.bootstrap.entrance import access_of
from interlock.bootstrap.house import Store, open_store
from interlock.cases import store as cases
from interlock.cases.case import Case, CaseKind, State
from interlock.cases.weighing import Weighing
from interlock.cli.apply import deploy
from interlock.cli.demo import EXAMPLE
from interlock.console.application import application
from interlock.console.desk import Desk
from interlock.flow.store import QUERIES as FLOW
from interlock.foundation.clock import iso
from interlock.foundation.money import Money
from interlock.foundation.queries import query

OPEN_CASES = 10_000
ASKED = 40
START = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "127.0.0.1:8321"
ENTRY = query(
    "entry",
    "INSERT INTO audit_entry (stream, position, action, at, actor, data, mentions, prev, hash) "
    "VALUES (:stream, :position, :action, :at, 'worker', :data, '{}', '', :stream)",
)
STANDS = query(
    "stands",
    "INSERT INTO insight_run (run, integration, legal_entity, currency, state, amount, position) "
    "VALUES (:id, 'quote-to-cash', 'us', 'USD', :state, '100.00', 5)",
)
TALLY = query(
    "tally",
    "INSERT INTO insight_tally (integration, legal_entity, currency, state, runs, amount) "
    "VALUES ('quote-to-cash', 'us', 'USD', 'completed', :runs, '100.00')",
)
COMPLETED = query("completed", "UPDATE run SET state = 'completed', legal_entity = 'us'")
PAGES = (
    "/",
    "/cases",
    "/cases?legal_entity=us",
    "/transactions",
    "/transactions?stage=completed&integration=quote-to-cash",
    "/transactions/run_00000000",
    "/ownership?entity=customer",
    "/estate",
    "/reconciliations",
    "/reconciliations/invoices",
    "/record",
)


def seed(store: Store, runs: int) -> None:
    """Fill the tables."""
    clean = {"integration": "quote-to-cash", "generation": 1, "estate": "d" * 64}
    rest = {"criticality": 0, "length": 1, "head_position": 5, "head_hash": ""}
    for begin in range(0, runs, 20_000):
        rows = [
            {
                **clean,
                **rest,
                "id": f"run_{n:08}",
                "key": f"key-{n}",
                "state": "completed",
                "at": iso(START + timedelta(seconds=n)),
            }
            for n in range(begin, min(begin + 20_000, runs))
        ]
        with store.database.transaction() as connection:
            connection.execute_many(FLOW["start"], rows)
            connection.execute_many(STANDS, rows)
            connection.execute_many(ENTRY, list(entries(rows)))
    with store.database.transaction() as connection:
        connection.execute(COMPLETED, {})
        connection.execute(TALLY, {"runs": runs})
        for n in range(OPEN_CASES):
            cases.insert(connection, case(n), cases.UNFILED)


def entries(rows: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield five entries for each run."""
    for row in rows:
        for position in range(1, 6):
            action = "run.started" if position == 1 else "run.amended"
            said = f'{{"integration": "quote-to-cash", "key": "{row["key"]}", "generation": 1}}'
            yield {
                "stream": row["id"],
                "position": position,
                "action": action,
                "at": row["at"],
                "data": said,
            }


def case(number: int) -> Case:
    """Return an open case."""
    due = START + timedelta(hours=number % 500)
    money = Money(Decimal(number % 9_000), "USD")
    return Case(
        id=f"C{number:014}",
        stream=f"run_{number:08}",
        kind=CaseKind.FAILURE,
        state=State.OPEN,
        opened_at=START,
        due_at=due,
        cause=("period-closed", "unknown-value", "rejected")[number % 3],
        message="The accounting period is closed.",
        remedy="Ask for it to be reopened.",
        owner="group:general-ledger",
        weight=Weighing().weight(money, due),
        integration="quote-to-cash",
        key=f"key-{number}",
        money=money,
        legal_entity="us",
    )


def asked(desk: Desk, secret: str, path: str, runner: asyncio.Runner) -> tuple[float, int]:
    """Ask for a page once; return seconds and bytes."""
    route, _, words = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": route,
        "raw_path": route.encode(),
        "query_string": words.encode(),
        "root_path": "",
        "headers": [(b"host", HOST.encode()), (b"cookie", f"interlock-session={secret}".encode())],
        "client": None,
        "server": None,
    }
    sent: list[dict[str, object]] = []

    async def once() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message)

        await application(desk)(scope, receive, send)

    begun = time.perf_counter()
    runner.run(once())
    took = time.perf_counter() - begun
    assert sent[0]["status"] == 200, (path, sent[0])
    bodies = (each.get("body", b"") for each in sent[1:])
    return took, sum(len(body) for body in bodies if isinstance(body, bytes))


def main(runs: int = 100_000) -> None:
    """Seed, ask, tell."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        home = Path(folder)
        deploy(EXAMPLE, "ana", "bao", home)
        with open_store(home) as store:
            seed(store, runs)
            access = access_of(store)
            commands.add(
                access, "ana", [Grant(each) for each in Role], "plum orbit canvas", by="x"
            )
            secret = commands.log_in(access, "ana", "plum orbit canvas") or ""
            desk = Desk(store=store, access=access, secure=False, hosts=frozenset({HOST}))
            print(f"console: {runs} runs, {runs * 5} entries, {OPEN_CASES} open cases, SQLite")
            for path in PAGES:
                asked(desk, secret, path, runner)
                found = [asked(desk, secret, path, runner) for _ in range(ASKED)]
                times = sorted(seconds * 1000 for seconds, _ in found)
                late = times[int(ASKED * 0.95) - 1]
                middle = statistics.median(times)
                size = found[0][1] / 1000
                print(f"  {path:58} {middle:6.0f} ms  p95 {late:6.0f} ms  {size:6.1f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
