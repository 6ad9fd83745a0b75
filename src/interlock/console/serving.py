"""The console as a process: where it listens, what it is called, and how it is found again."""

import fcntl
import ipaddress
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import uvicorn

from interlock.bootstrap.entrance import access_of
from interlock.bootstrap.house import Store, open_existing
from interlock.bootstrap.running import NOTE, lock_of
from interlock.console.application import application
from interlock.console.desk import Desk
from interlock.console.keeping import keeping
from interlock.foundation.clock import iso
from interlock.foundation.errors import UsageError

MOST_AT_ONCE: Final = 200
"""Requests under way; more are told to come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the console listens, and how browsers reach it."""

    host: str = "127.0.0.1"
    port: int = 0
    address: str = ""
    """As browsers say it, where something stands in front that speaks TLS."""
    certificate: Path | None = None
    key: Path | None = None

    @property
    def secure(self) -> bool:
        """Tell whether browsers reach it by TLS."""
        return self.certificate is not None or self.address.startswith("https://")


def listening_of(
    text: str, address: str = "", files: tuple[Path, Path] | None = None
) -> Listening:
    """Read where to listen.

    Raises:
        UsageError: That is no place, or passwords would go over a network in plain sight.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16 and host):
        raise UsageError(f"`{text}` is no place to listen", hint="Write it like 127.0.0.1:8321.")
    parts = urlsplit(address)
    if address and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.path):
        raise UsageError(
            f"`{address}` is no address", hint="Write it like https://console.example."
        )
    certificate, key = files or (None, None)
    found = Listening(host=host, port=int(port), address=address, certificate=certificate, key=key)
    if not found.secure and not _loopback(host):
        raise UsageError(
            f"`{host}` can be reached by others, and without TLS they see every password",
            hint="Give --certificate and --key, or --address https://… of what ends TLS.",
        )
    return found


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def desk_of(store: Store, place: Listening, port: int) -> Desk:
    """Return the desk of an installation whose console listens there."""
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    if place.address:
        hosts = {urlsplit(place.address).netloc.lower()}
    elif not _loopback(place.host):
        hosts = {f"{place.host}:{port}".lower()}
    return Desk(store=store, access=access_of(store), secure=place.secure, hosts=frozenset(hosts))


def serve(home: Path | None, place: Listening, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        UsageError: The place is taken, or this installation has a console already.
    """
    with open_existing(home) as store, _bound(place) as (listener, port):
        scheme = "https" if place.certificate else "http"
        shown = f"[{place.host}]" if ":" in place.host else place.host
        address = place.address or f"{scheme}://{shown}:{port}"
        with _noted(store, address) as note, keeping(store.database):

            def listens() -> None:
                note()
                ready(address)

            config = uvicorn.Config(
                application(desk_of(store, place, port)),
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_AT_ONCE,
                timeout_graceful_shutdown=5,
                ssl_certfile=place.certificate,
                ssl_keyfile=place.key,
            )
            server = _Server(config, listens)
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End what is under way when told to; then go on behind the server, and tidy up."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


@contextmanager
def _bound(place: Listening) -> Iterator[tuple[socket.socket, int]]:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((place.host, place.port))
        except OSError as error:
            raise UsageError(
                f"{place.host}:{place.port} cannot be listened at: {error.strerror}",
                hint="Another process has it: name another port with --listen.",
            ) from error
        yield listener, listener.getsockname()[1]


@contextmanager
def _noted(store: Store, address: str) -> Iterator[Callable[[], None]]:
    """Be the console of this installation; yields what notes where it is, once it listens."""
    with lock_of(store.home).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"the console of {store.home} is running already",
                hint="`interlock console stop` ends it.",
            ) from error
        note = store.home / NOTE
        note.unlink(missing_ok=True)  # of one that was killed
        said = {"pid": os.getpid(), "address": address, "since": iso(store.clock.now())}
        try:
            yield lambda: _written(note, json.dumps(said))
        finally:
            note.unlink(missing_ok=True)


def _written(note: Path, text: str) -> None:
    """Write a note that is there whole, or not at all."""
    fresh = note.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(note)
