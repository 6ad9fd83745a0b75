"""Real brokers for tests: NATS with JetStream and RabbitMQ, from the system's own packages.

Each runs on loopback, on a free port, with everything it writes in a folder that is deleted.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from interlock.foundation.errors import UnavailableError

UP_WITHIN: Final = 60.0
RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Not the one in PATH: that one changes its user."""


@contextmanager
def nats_server() -> Iterator[str]:
    """Start NATS with JetStream; yield its URL.

    Raises:
        UnavailableError: There is no `nats-server` here (Debian: the package nats-server).
    """
    program = shutil.which("nats-server")
    if program is None:
        raise UnavailableError("no nats-server in PATH", hint="apt-get install nats-server")
    port = free_port()
    with _folder("interlock-nats-") as home:
        command = [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(home)]
        with _running(command, dict(os.environ), lambda: _greets(port)):
            yield f"nats://127.0.0.1:{port}"


@contextmanager
def rabbitmq_server() -> Iterator[str]:
    """Start RabbitMQ; yield its URL.

    Raises:
        UnavailableError: There is none here (Debian: the package rabbitmq-server).
    """
    epmd = shutil.which("epmd")
    if not RABBITMQ.exists() or epmd is None:
        raise UnavailableError(f"no {RABBITMQ}", hint="apt-get install rabbitmq-server")
    port, names = free_port(), free_port()
    with _folder("interlock-rabbit-") as home:
        told = {
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"interlock{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "ERL_EPMD_PORT": str(names),
        }
        environment = {**os.environ, **told}
        try:
            with _running([str(RABBITMQ)], environment, lambda: _speaks_amqp(port)):
                yield f"amqp://guest:guest@127.0.0.1:{port}/"
        finally:
            # It starts a name server of its own, which outlives it.
            subprocess.run([epmd, "-port", str(names), "-kill"], check=False, capture_output=True)


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], is_up: Callable[[], bool]
) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            _wait(server, is_up)
            yield
        finally:
            server.terminate()
            server.wait(30)


def _wait(server: "subprocess.Popen[bytes]", is_up: Callable[[], bool]) -> None:
    until = time.monotonic() + UP_WITHIN
    while time.monotonic() < until and server.poll() is None:
        if is_up():
            return
        time.sleep(0.1)
    raise UnavailableError("the broker did not come up", hint="Start it by hand to see why.")


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            return line.recv(4) == b"INFO"
    except OSError:
        return False


def _speaks_amqp(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            line.settimeout(2)
            return bool(line.recv(1))
    except OSError:
        return False
