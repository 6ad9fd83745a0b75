"""A thousand signed deliveries a second: each verified, stored on PostgreSQL, then acknowledged.

Deliveries leave at fixed moments, whether the last ones were answered or not, and their time runs
from the moment they should have left; so a door that stands still is seen. The sender, the
listener and a PostgreSQL with fsync share the machine.
"""

import asyncio
import hashlib
import hmac
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from interlock.bootstrap.house import compiled, open_house, open_store
from interlock.bootstrap.listener import listen
from interlock.foundation.clock import SystemClock
from interlock.foundation.ports import free_port
from interlock.testing.postgres_server import postgres_server

RATE = 1_000
SECONDS = 10
WARM = 500
SENDERS = 64
"""Connections; a vendor's own sender has many."""
GOAL_P99 = 0.050
SECRET = "whsec_of_the_benchmark_0123456789"  # noqa: S105 (of this benchmark)
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: billing, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: http://127.0.0.1:1
  outbound: {networks: [127.0.0.0/8]}
  auth: {scheme: api-key, credential: "secret:billing"}
  inbound: {webhook: {scheme: stripe, secret: "secret:hook"}, poll: 1h, overlap: 1m}
"""


def main() -> None:
    with postgres_server(os.environ, ()) as server, tempfile.TemporaryDirectory() as folder:
        database = server.new_database()
        with _listening(Path(folder), database) as (port, report):
            asyncio.run(_send(port, 0, WARM, RATE / 2))
            times = asyncio.run(_send(port, WARM, RATE * SECONDS, RATE))
            fastest = _fastest(port)
        cpu = report()
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT count(*) FROM inbox").fetchone()
    stored = row[0] if row else 0
    sent = WARM + len(times) + RATE * 2
    times.sort()
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    met = "met" if p99 < GOAL_P99 and stored == sent else "NOT MET"
    print(
        f"{RATE} deliveries a second   p50 {p50 * 1000:.1f} ms   p99 {p99 * 1000:.1f} ms   "
        f"stored {stored} of {sent}   goal p99 < {GOAL_P99 * 1000:.0f} ms   {met}"
    )
    print(
        f"as fast as it goes: {fastest:.0f} a second; "
        f"the listener's own work {cpu / sent * 1000:.2f} ms each; "
        f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


def _fastest(port: int) -> float:
    began = time.perf_counter()
    asyncio.run(_send(port, 10**6, RATE * 2, None))
    return RATE * 2 / (time.perf_counter() - began)


@contextmanager
def _listening(home: Path, database: str) -> Iterator[tuple[int, Callable[[], float]]]:
    """Run the listener as a process of its own."""
    environment = {**os.environ, "INTERLOCK_DATABASE": database}
    command = [sys.executable, "-m", "benchmarks.webhooks", str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        told: list[float] = []
        try:
            yield port, lambda: told[0]
        finally:
            process.stdin.close()
            told.append(float(process.stdout.readline() or "nan"))


def serve(home: Path) -> None:
    """Listen until standard input ends; say the port first, and the processor time at the end."""
    (home / "secrets").mkdir()
    for name, value in (("billing", "sk_test_0123456789"), ("hook", SECRET)):
        file = home / "secrets" / f"{name}.json"
        file.touch(0o600)
        file.write_text(json.dumps({"api_key": value}))
    with open_store(home) as store:
        estate = compiled({"e.estate.yaml": ESTATE})
        store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
    port = free_port()
    with open_house(home) as house:
        hang_up = listen(house, port)
        _await(port)
        before = _used()
        print(port, flush=True)
        sys.stdin.read()
        print(_used() - before, flush=True)
        hang_up()


def _await(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _delivery(number: int) -> bytes:
    now = int(time.time())
    about = {"id": f"cus_{number}", "object": "customer", "name": "Acme", "metadata": {}}
    body = json.dumps(
        {
            "id": f"evt_{number}",
            "object": "event",
            "type": "customer.updated",
            "created": now,
            "data": {"object": about},
        }
    ).encode()
    signature = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/billing HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={now},v1={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


Due = asyncio.Queue[tuple[float, bytes] | None]


async def _send(port: int, first: int, many: int, rate: float | None) -> list[float]:
    """Send deliveries at `rate` a second (``None``: as fast as they are answered)."""
    letters = [_delivery(first + number) for number in range(many)]
    due = Due()
    async with asyncio.TaskGroup() as group:
        senders = [group.create_task(_sender(port, due)) for _ in range(SENDERS)]
        began = time.perf_counter()
        for number, letter in enumerate(letters):
            moment = began + number / rate if rate else time.perf_counter()
            wait = moment - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            due.put_nowait((moment, letter))
        for _ in senders:
            due.put_nowait(None)
    return [took for sender in senders for took in sender.result()]


async def _sender(port: int, due: Due) -> list[float]:
    """Send what is due over one connection; return how long each took."""
    times = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (following := await due.get()) is not None:
        moment, letter = following
        writer.write(letter)
        head = await reader.readuntil(b"\r\n\r\n")
        times.append(time.perf_counter() - moment)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"a delivery was not accepted: {head[:60]!r}")
    writer.close()
    return times


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(Path(sys.argv[1]))
    else:
        main()
