"""``interlock worker``: work on runs until stopped."""

import os
import signal
import threading
from pathlib import Path

from interlock.cli.terminal import Json


def worker(*, home: Path | None = None, json: Json = False) -> int:
    """Poll the systems and work on runs until SIGTERM.

    Any number of workers may share one PostgreSQL; give each its own name (INTERLOCK_WORKER)
    and tell each how many there are (INTERLOCK_WORKERS), so that they share the systems' limits.

    Example: ``INTERLOCK_WORKER=worker-1 interlock worker --home .interlock``

    Args:
        home: Where the installation lives.
        json: Say that it is ready as a JSON object.
    """
    from interlock.bootstrap.worker import serve

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ready = '{"state": "ready"}' if json else "ready"
    serve(home, stop, lambda _: print(ready, flush=True))
    # A thread of the engine may still sleep (engine.md, trap 5); everything is written down.
    os._exit(0)
