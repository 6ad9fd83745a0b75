"""Start one simulated vendor: ``python -m interlock_sandbox stripe --port 0``."""

import argparse
import json
import random
import socket
import sys

import uvicorn

from interlock_sandbox.faults import Faults
from interlock_sandbox.vendors import VENDORS, application
from interlock_sandbox.world import World


def main() -> int:
    """Serve until told to stop; print one line when ready."""
    parser = argparse.ArgumentParser(prog="python -m interlock_sandbox", description=__doc__)
    parser.add_argument("vendor", choices=VENDORS)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bound-seconds", type=float, default=0.8)
    parser.add_argument("--latency-ms", type=float, default=5.0)
    parser.add_argument("--faults", default="{}", help='JSON: {"response_lost": 0.05}')
    parser.add_argument("--options", default="{}", help="JSON, by vendor")
    parser.add_argument("--tls-certificate", default=None)
    parser.add_argument("--tls-key", default=None)
    given = parser.parse_args()
    world = World(
        vendor=given.vendor,
        seed=given.seed,
        bound_seconds=given.bound_seconds,
        latency_seconds=given.latency_ms / 1000,
        faults=Faults(given.seed, json.loads(given.faults)),
        rng=random.Random(f"{given.seed}/{given.vendor}"),
        options=json.loads(given.options),
    )
    # Named as TCP, or asyncio does not switch Nagle's delay off and every answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", given.port))
    listening.listen(256)
    scheme = "https" if given.tls_certificate else "http"
    print(f"ready {scheme}://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 (whoever started us reads it)
    config = uvicorn.Config(
        application(world),
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=60,
        ssl_certfile=given.tls_certificate,
        ssl_keyfile=given.tls_key,
    )
    uvicorn.Server(config).run(sockets=[listening])
    return 0


if __name__ == "__main__":
    sys.exit(main())
