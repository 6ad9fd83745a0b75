"""``interlock sandbox``: the simulated vendors on loopback."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.foundation.errors import UnavailableError

VENDORS: Final[Mapping[str, str]] = {
    "crm": "salesforce",
    "billing": "stripe",
    "erp": "netsuite",
    "legacy": "tryton",
    "tax": "avalara",
}
"""System of the example estate -> the vendor that plays it."""


class Vendor:
    """One simulated vendor, in a process of its own."""

    def __init__(self, vendor: str, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "interlock_sandbox", vendor, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline() if self.process.stdout else ""
        ready, _, self.url = line.strip().partition(" ")
        if ready != "ready":
            self.close()
            raise UnavailableError(
                f"the simulated vendor `{vendor}` did not start",
                hint=f"Run it by hand to see why: python -m interlock_sandbox {vendor}",
            )

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()


def sandbox(*, json_: Annotated[bool, Parameter(name="--json", negative="")] = False) -> int:
    """Start the simulated vendors on loopback and keep them until interrupted.

    Example: ``interlock sandbox --json``
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no vendor is left behind
    with ExitStack() as stack:
        urls = {}
        for system, vendor in VENDORS.items():
            started = Vendor(vendor, [])
            stack.callback(started.close)
            urls[system] = started.url
        for system, url in urls.items():
            line = json.dumps({system: url}) if json_ else f"{system:8} {VENDORS[system]:11} {url}"
            print(line, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0
