"""See to the cuts that a sync left behind: what became of their writes is asked, and taken in."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from interlock.bootstrap.house import House
from interlock.flow import restoration
from interlock.flow.batching import Batcher
from interlock.foundation.errors import UnavailableError

_LOG: Final = logging.getLogger(__name__)
EVERY: Final = 5.0
"""Seconds between looks for cuts that nobody sees to."""
TURN: Final = 0.2


@contextmanager
def settling(house: House) -> Iterator[None]:
    """Do so in a thread of its own until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=_settle, args=(house, stop), name="settling", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def _settle(house: House, stop: threading.Event) -> None:
    batcher = Batcher(house.shop, house.store.ids)
    try:
        while not stop.is_set():
            try:
                stop.wait(TURN if _turn(house, batcher) else EVERY)
            except UnavailableError as away:
                _LOG.info("cuts are seen to later: %s", away)
                stop.wait(EVERY)
    finally:
        batcher.close()


def _turn(house: House, batcher: Batcher) -> bool:
    """Do what can be done now; tell whether to come back soon."""
    if restoration.under_way(house.store.database) is not None:
        return False
    if not batcher.busy:
        batcher.resume()
    batcher.turn()
    batcher.flush()
    return batcher.busy
