"""Look at something again and again beside the work: in a thread of its own, never in its way."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from interlock.foundation.errors import UnavailableError

_LOG: Final = logging.getLogger(__name__)
_PARTING: Final = 10.0
"""Seconds that a look under way has to end when the work does."""


@contextmanager
def beside(name: str, look: Callable[[], object], every: timedelta) -> Iterator[None]:
    """Call `look` at once and then with a pause of `every`, until the end of the block.

    What is busy or away is looked at again later. A defect is told and costs one look, and not all
    that come after it.
    """
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            try:
                look()
            except UnavailableError as away:
                _LOG.info("%s: looks again later: %s", name, away)
            except Exception:  # noqa: BLE001 (whatever it is, the next look may be right)
                _LOG.exception("%s: a look broke off", name)
            stop.wait(every.total_seconds())

    thread = threading.Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PARTING)
