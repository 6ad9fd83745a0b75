"""Start one simulated vendor: ``python -m interlock_sandbox stripe --port 0``."""

import argparse
import json
import os
import random
import signal
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from interlock_sandbox.faults import Faults
from interlock_sandbox.tls import Certificates, certificates
from interlock_sandbox.vendors import VENDORS, application
from interlock_sandbox.world import World


def main() -> int:
    """Serve until told to stop; print one line when ready."""
    given = _asked()
    files = certificates(given.tls_dir) if given.tls_dir else None
    listening = _listening(given.port)
    scheme = "https" if files else "http"
    print(f"ready {scheme}://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 (whoever started us reads it)
    if given.until_eof:
        threading.Thread(target=_until_eof, daemon=True).start()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again after it has shut down; to be told to stop is no failure.
        signal.signal(signalled, lambda *_: sys.exit(0))
    uvicorn.Server(_served(_world(given), files)).run(sockets=[listening])
    return 0


def _until_eof() -> None:
    """End at once when whoever started us is gone: nobody would ever stop us."""
    while os.read(0, 4096):  # not `sys.stdin`: its lock would be held when the interpreter ends
        pass
    os._exit(0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m interlock_sandbox", description=__doc__)
    parser.add_argument("vendor", choices=VENDORS)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument(
        "--until-eof", action="store_true", help="end when standard input does: with the parent"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bound-seconds", type=float, default=0.8)
    parser.add_argument("--latency-ms", type=float, default=5.0)
    parser.add_argument("--faults", default="{}", help='JSON: {"response_lost": 0.05}')
    parser.add_argument("--options", default="{}", help="JSON, by vendor")
    parser.add_argument(
        "--tls-dir", type=Path, help="serve https; trust DIR/ca.pem, which is made if need be"
    )
    return parser.parse_args()


def _world(given: argparse.Namespace) -> World:
    return World(
        vendor=given.vendor,
        seed=given.seed,
        bound_seconds=given.bound_seconds,
        latency_seconds=given.latency_ms / 1000,
        faults=Faults(given.seed, json.loads(given.faults)),
        rng=random.Random(f"{given.seed}/{given.vendor}"),
        options=json.loads(given.options),
    )


def _listening(port: int) -> socket.socket:
    # Named as TCP, or asyncio does not switch Nagle's delay off and every answer takes 40 ms.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    found.listen(256)
    return found


def _served(world: World, files: Certificates | None) -> uvicorn.Config:
    return uvicorn.Config(
        application(world),
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=60,
        ssl_certfile=files.certificate if files else None,
        ssl_keyfile=files.key if files else None,
    )


if __name__ == "__main__":
    sys.exit(main())
