"""Keeps what the console reads up with the trail, in a thread; no page waits for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from interlock.cases import commands
from interlock.foundation.database import Database
from interlock.foundation.errors import UnavailableError
from interlock.insight.summary import keep_up

EVERY: Final = 2.0


def look(database: Database) -> None:
    """Read what is new in the trail into cases and sums."""
    commands.collect(database)
    keep_up(database)


@contextmanager
def keeping(database: Database) -> Iterator[None]:
    """Look again and again until the end of the block."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                look(database)
            except UnavailableError:
                # Away or busy: what was read stays right as of then, and pages say their moment.
                stop.wait(EVERY)
            stop.wait(EVERY)

    thread = threading.Thread(target=run, name="keeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
