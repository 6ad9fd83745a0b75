"""When the demo is over its console stays: a process of its own that holds nothing of ours."""

import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from interlock.access import Grant, Role, commands
from interlock.bootstrap.entrance import access_of
from interlock.bootstrap.house import open_existing
from interlock.bootstrap.running import Running, running

USUAL: Final = 8321
PATIENCE: Final = 60.0
"""Seconds that the console may take to begin, on a busy machine."""
PEOPLE: Final = {
    "ana": (Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR),
    "bao": (Role.APPROVER,),
}


def left_open(home: Path) -> None:
    """Start the console of `home`, and say where it is, how to log in and how to stop it."""
    password = secrets.token_urlsafe(9)
    with open_existing(home) as store:
        for name, roles in PEOPLE.items():
            grants = [Grant(role) for role in roles]
            commands.add(access_of(store), name, grants, password, by="demo")
    found = _started(home)
    if found is None:
        print(f"the console did not start: see {home / 'console.log'}")
        return
    print(f"the console is at {found.address}")
    for name, roles in PEOPLE.items():
        print(f"  log in as {name} ({', '.join(roles)}), password {password}")
    print("  the vendors and the worker are gone: what is answered there waits for a worker")
    print(f"  stop it: interlock console stop --home {home}")


def _started(home: Path) -> Running | None:
    command = [sys.executable, "-m", "interlock.console", "--home", str(home)]
    with (home / "console.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{_port()}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        found = running(home)
        if found is not None:
            return found
        time.sleep(0.1)
    return None


def _port() -> int:
    """Return the usual port if it is free; else any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", USUAL))
        except OSError:
            return 0
    return USUAL
