"""Starts a simulated vendor as a process of its own, and stops it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from interlock.connectors.port import Outbound
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UnavailableError

LOOPBACK: Final = Outbound(allowed=allowed_of("127.0.0.0/8"))
"""The way to a simulated vendor: it is on this machine, which has to be declared."""


@contextmanager
def running(vendor: str, *arguments: str) -> Iterator[str]:
    """Run simulated `vendor` on a free port of loopback; yields its URL.

    Raises:
        UnavailableError: It did not start.
    """
    command = [sys.executable, "-m", "interlock_sandbox", vendor, "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            ready, _, url = line.strip().partition(" ")
            if ready != "ready":
                raise UnavailableError(
                    f"the simulated vendor `{vendor}` did not start",
                    hint=f"Run it by hand: python -m interlock_sandbox {vendor}",
                )
            yield url
        finally:
            process.terminate()
            process.wait(60)
