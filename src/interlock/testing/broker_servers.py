"""Real brokers for tests: NATS with JetStream, RabbitMQ and Redis, from the system's own packages.

No registry that we may ask has a Kafka; for it there is the broker that librdkafka brings for
tests: the real protocol over a socket, one process, nothing on disk, no permissions. It proves our
use of the protocol, and no real Kafka.

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
from interlock.foundation.ports import free_port

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


@contextmanager
def redis_server(*arguments: str) -> Iterator[str]:
    """Start Redis, told `arguments` besides; yield its URL.

    Raises:
        UnavailableError: There is no `redis-server` here (Debian: the package redis-server).
    """
    program = shutil.which("redis-server")
    if program is None:
        raise UnavailableError("no redis-server in PATH", hint="apt-get install redis-server")
    port = free_port()
    with _folder("interlock-redis-") as home:
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(home)]
        told = ["--appendonly", "yes", "--save", "", *arguments]
        with _running([*command, *told], dict(os.environ), lambda: _listens(port)):
            yield f"redis://127.0.0.1:{port}"


def make_topic(url: str, topic: str) -> None:
    """Make a topic at librdkafka's broker: it does so when a producer asks for it."""
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": url.partition("//")[2]})
    producer.list_topics(topic, timeout=UP_WITHIN)


@contextmanager
def kafka_mock() -> Iterator[str]:
    """Start the broker of librdkafka in this process; yield its URL.

    Raises:
        UnavailableError: It did not come up.
    """
    from confluent_kafka import Producer

    host = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1})
    brokers = host.list_topics(timeout=UP_WITHIN).brokers
    try:
        first = next(iter(brokers.values()), None)
        if first is None:
            raise UnavailableError("librdkafka's broker did not come up", hint="Run it alone.")
        yield f"kafka://127.0.0.1:{first.port}"
    finally:
        host.flush(1)


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


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"PING\r\n")
            line.settimeout(2)
            return bool(line.recv(1))
    except OSError:
        return False


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
