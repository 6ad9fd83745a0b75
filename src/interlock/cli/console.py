"""``interlock console``: the web console and its API; a process of its own."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from interlock.cli.terminal import Json, print_json
from interlock.foundation.errors import UsageError

app = App(name="console", help="The web console and its HTTP API, until stopped.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is."""

    listen: str = "127.0.0.1:8321"
    """HOST:PORT; port 0 takes a free one."""
    address: str = ""
    """As browsers say it, where something before it ends TLS: https://console.example."""
    certificate: Path | None = None
    """Of this host, where it ends TLS itself: a PEM file with the chain."""
    key: Path | None = None
    """The certificate's private key: a PEM file."""


_HERE: Final = Place()


@app.default
def console(
    *,
    place: Annotated[Place, Parameter(name="*")] = _HERE,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Serve the console and the API of an installation until SIGTERM.

    Accounts are made by `interlock account add`. Beyond this machine it wants TLS.

    Example: ``interlock console --home .interlock --listen 127.0.0.1:8321``

    Args:
        place: Where it is.
        home: Where the installation lives.
        json: Say that it is ready as a JSON object.
    """
    from interlock.bootstrap.house import open_existing

    if (place.certificate is None) != (place.key is None):
        raise UsageError("a certificate comes with its key", hint="Give both, or neither.")
    with open_existing(home):
        pass  # says what is wrong before there is another process
    command = [sys.executable, "-m", "interlock.console", "--listen", place.listen]
    command += [f"--address={place.address}"] if place.address else []
    command += ["--certificate", str(place.certificate)] if place.certificate else []
    command += ["--key", str(place.key)] if place.key else []
    command += ["--home", str(home)] if home else []
    command += ["--json"] if json else []
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 (cli and console are strangers: a process each)


@app.command
def stop(*, home: Path | None = None, json: Json = False) -> int:
    """End the console of an installation, wherever it was started, and wait until it is gone.

    Exit codes: 0 it is gone, 1 none was running.

    Example: ``interlock console stop --home .interlock``

    Args:
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.bootstrap.running import stop as end
    from interlock.bootstrap.settings import read_settings

    where = read_settings(home).home
    found = end(where)
    if json:
        print_json({"stopped": None if found is None else found.address})
    elif found is None:
        print(f"no console of {where} is running")
    else:
        print(f"the console at {found.address} is stopped")
    return 1 if found is None else 0
