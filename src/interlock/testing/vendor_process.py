"""A simulated vendor as a process of its own, for tests: started, told, and stopped."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from interlock.foundation.errors import UnavailableError

SOURCES: Final = str(Path(__file__).resolve().parents[2])
_STOP_LIMIT: Final = 10.0


@contextmanager
def simulated(vendor: str, options: Mapping[str, object] | None = None) -> Iterator[str]:
    """Start `vendor` on a free port of loopback and yield its URL; it ends with the block.

    Raises:
        UnavailableError: It does not come up.
    """
    told = ["--port", "0", "--latency-ms", "0", "--options", json.dumps(options or {})]
    process = subprocess.Popen(
        [sys.executable, "-m", "interlock_sandbox", vendor, *told],
        stdout=subprocess.PIPE,
        text=True,
        cwd=SOURCES,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("ready "):
            raise UnavailableError(f"the simulated {vendor} does not come up", hint=line)
        yield line.removeprefix("ready ").strip()
    finally:
        process.terminate()
        try:
            process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_LIMIT)
        if process.stdout:
            process.stdout.close()
