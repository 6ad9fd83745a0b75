"""Serves simulated vendors from a thread of this process: quicker than a process per test."""

import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn

from interlock_sandbox.faults import Faults
from interlock_sandbox.network import App, Receive, Scope, Send
from interlock_sandbox.vendors import application
from interlock_sandbox.world import World


class Stand:
    """One server; what stands behind it is new for every test."""

    def __init__(self) -> None:
        self._app: App | None = None
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        await self._app(scope, receive, send)

    def fresh(
        self, vendor: str, options: Mapping[str, object] | None = None, bound_seconds: float = 0.2
    ) -> World:
        """Put `vendor` with an empty ledger behind the server."""
        world = World(
            vendor=vendor,
            bound_seconds=bound_seconds,
            latency_seconds=0.0,
            faults=Faults(0, {}),
            rng=random.Random(vendor),
            options=dict(options or {}),
        )
        self._app = application(world)
        return world


@contextmanager
def stand() -> Iterator[Stand]:
    """Serve on a free port of loopback."""
    found = Stand()
    # Longer than clients keep a connection: none is used at the moment when it is closed here.
    told = uvicorn.Config(found, log_level="critical", lifespan="off", timeout_keep_alive=60)
    server = uvicorn.Server(told)
    # Named as TCP, or asyncio does not switch Nagle's delay off.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        found.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.001)
        try:
            yield found
        finally:
            server.should_exit = server.force_exit = True
            thread.join()
