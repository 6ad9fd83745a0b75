"""A peer that never quite stops sending does not hold a worker."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from interlock.connectors.kit.exchange import Call, Intent
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Verdict
from interlock.foundation.clock import Clock, SystemClock, VirtualClock, from_iso
from interlock.foundation.destination import allowed_of

PATIENCE = 1.0
AT_ONCE = 30.0
"""Seconds in which a busy machine does what takes no time."""
Sending = Callable[[socket.socket], None]


def hinting(caller: socket.socket) -> None:
    """Send one interim answer after another."""
    while True:
        caller.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        time.sleep(0.1)


def dripping_a_head(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        caller.sendall(b"a")
        time.sleep(0.1)


def dripping_a_body(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        caller.sendall(b" ")
        time.sleep(0.1)


def silent(caller: socket.socket) -> None:
    while caller.recv(65_536):
        pass


def heard(caller: socket.socket) -> bool:
    """Read a whole request, whose head and body may arrive one by one; tell whether one came."""
    request = b""
    while not request.endswith(b"{}"):
        part = caller.recv(65_536)
        if not part:
            return False
        request += part
    return True


@contextmanager
def peer(
    sending: Sending, clock: Clock | None = None, patience: float = PATIENCE
) -> Iterator[Wire]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with caller, suppress(OSError):
                heard(caller)
                sending(caller)

        thread = threading.Thread(target=serve)
        thread.start()
        connection = Connection(
            system="slow",
            url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            credential={},
            scheme="none",
            timeout=timedelta(seconds=patience),
            outbound=Outbound(allowed=allowed_of("127.0.0.0/8")),
        )
        wire = Wire(connection, clock or SystemClock())
        yield wire
        wire.close()
        thread.join(60)
        assert not thread.is_alive()


def call(intent: Intent) -> Call:
    return Call(intent=intent, method="POST", path="/x", content=b"{}")


@pytest.mark.parametrize("sending", [hinting, dripping_a_head, dripping_a_body, silent])
@pytest.mark.parametrize(
    ("intent", "verdict"),
    [(Intent.WRITE, Verdict.UNCERTAIN), (Intent.READ, Verdict.RETRYABLE)],
)
def test_an_exchange_ends_when_its_time_is_up(
    sending: Sending, intent: Intent, verdict: Verdict
) -> None:
    began = time.monotonic()
    with peer(sending) as wire:
        with pytest.raises(CallFailed) as caught:
            wire.exchange(call(intent), {})
        took = time.monotonic() - began
    assert caught.value.outcome.verdict is verdict
    assert caught.value.outcome.kind in {Kind.TRANSPORT, Kind.MALFORMED}
    assert PATIENCE / 2 < took < AT_ONCE  # without a bound they go on for ever


def test_the_next_exchange_over_the_same_connection_has_its_whole_time_again() -> None:
    clock = VirtualClock(from_iso("2026-01-01T00:00:00Z"))

    def answering(caller: socket.socket) -> None:
        """Answer every request on one connection, each when most of its time is over."""
        while True:
            clock.sleep(timedelta(seconds=0.6 * AT_ONCE))
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            if not heard(caller):
                return

    with peer(answering, clock, AT_ONCE) as wire:
        for _ in range(3):
            assert wire.exchange(call(Intent.READ), {}).status == 200
