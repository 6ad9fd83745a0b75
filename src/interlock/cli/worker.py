"""``interlock worker``: work on runs until stopped."""

import os
import signal
import threading
from pathlib import Path


def worker(*, home: Path | None = None) -> int:
    """Poll the systems and work on runs until SIGTERM.

    Any number of workers may share one PostgreSQL; give each its own name (INTERLOCK_WORKER)
    and tell each how many there are (INTERLOCK_WORKERS), so that they share the systems' limits.

    Example: ``INTERLOCK_WORKER=worker-1 interlock worker --home .interlock``
    """
    from interlock.bootstrap.worker import serve

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(home, stop, lambda _: print("ready", flush=True))
    # A thread of the engine may still sleep (engine.md, trap 5); everything is written down.
    os._exit(0)
