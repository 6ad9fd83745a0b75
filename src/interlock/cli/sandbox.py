"""``interlock sandbox``: the simulated vendors on loopback, alone or as an installation's."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.foundation.errors import UnavailableError, UsageError

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
        command = [sys.executable, "-m", "interlock_sandbox", vendor, "--until-eof", *arguments]
        # Its input ends with us, however we end: no vendor is left behind by a SIGKILL.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
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
        self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


def sandbox(
    *,
    home: Path | None = None,
    sell_every: float = 0.0,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Start the simulated vendors on loopback and keep them until interrupted.

    With --home they are an installation's systems: its settings and credentials are written, so
    that `interlock apply` and `interlock worker` run an estate like the example against them.

    Example: ``interlock sandbox --home .sandbox --sell-every 5``

    Args:
        home: The installation; new, or one that this command made.
        sell_every: With --home: close a deal in the CRM every so many seconds, and pay the bills.
        json_: JSON objects instead of lines.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no vendor is left behind
    with ExitStack() as stack:
        try:
            urls = _bare(stack) if home is None else _installed(stack, home, sell_every)
            for system, url in urls.items():
                vendor = VENDORS.get(system, "subscriber")
                told = json.dumps({system: url}) if json_ else f"{system:9} {vendor:11} {url}"
                print(told, flush=True)
            if home is not None and not json_:
                print(f"next: interlock apply estate --approver YOU --home {home}")
                print(f"then: interlock worker --home {home}", flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


def _bare(stack: ExitStack) -> dict[str, str]:
    urls = {}
    for system, vendor in VENDORS.items():
        started = Vendor(vendor, [])
        stack.callback(started.close)
        urls[system] = started.url
    return urls


def _installed(stack: ExitStack, home: Path, sell_every: float) -> dict[str, str]:
    """Start the vendors as the systems of `home`.

    Raises:
        UsageError: The installation has settings that are not ours to overwrite.
    """
    from interlock.cli.demonstration.stage import Stage
    from interlock.cli.demonstration.trade import SEED, prepared, trading

    file = home / "settings.json"
    if file.exists() and "sandbox" not in json.loads(file.read_text(encoding="utf-8")):
        raise UsageError(
            f"`{home}` is an installation of your own",
            hint="Its settings are left as they are; name another folder.",
        )
    home.mkdir(parents=True, exist_ok=True)
    stage = Stage(home, SEED, faults=False)
    stack.callback(stage.stop)
    stage.open(VENDORS, real_tryton=False)
    prepared(stage)
    if sell_every > 0:
        stop = threading.Event()
        thread = threading.Thread(target=trading, args=(stage, sell_every, stop), daemon=True)
        thread.start()
        stack.callback(thread.join, 5)
        stack.callback(stop.set)
    return {system: vendor.url for system, vendor in stage.vendors.items()}
