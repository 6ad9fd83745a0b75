"""Which process is the console of an installation: found by a note, believed by a lock."""

import fcntl
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from interlock.foundation.errors import UnavailableError

NOTE: Final = "console.json"
PATIENCE: Final = 15.0
"""Seconds that a console may take to end what is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A console that runs."""

    pid: int
    address: str


def lock_of(home: Path) -> Path:
    """Return the file that a console locks while it lives: a note may be of a dead one."""
    return home / "console.lock"


def running(home: Path) -> Running | None:
    """Return the console of this installation, if one runs."""
    if not _locked(home):
        return None
    try:
        said = json.loads((home / NOTE).read_text(encoding="utf-8"))
        return Running(pid=int(said["pid"]), address=str(said["address"]))
    except (OSError, ValueError, KeyError):
        return None  # it is about to begin, or to end


def _locked(home: Path) -> bool:
    try:
        with lock_of(home).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def stop(home: Path) -> Running | None:
    """End the console of this installation and wait until it is gone; return which it was.

    Raises:
        UnavailableError: It did not end.
    """
    found = running(home)
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while _locked(home):
        if time.monotonic() > until:
            raise UnavailableError(
                f"the console (process {found.pid}) does not end",
                hint=f"Look at {home / 'console.log'}, then end the process by its number.",
            )
        time.sleep(0.05)
    return found
