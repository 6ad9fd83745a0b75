"""A bound on an exchange as a whole.

The client's own timeout starts anew with every byte, so that a peer which sends one byte a second,
or one interim answer after another (103), holds a worker for ever. Here every read and write gets
what is left of the time that the whole exchange has.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import httpx2

from interlock.foundation.clock import Clock


class Deadline(threading.local):
    """Until when the exchange of this thread must have ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None

    @contextmanager
    def until(self, moment: datetime) -> Iterator[None]:
        """Hold everything that is read and written here to `moment`."""
        self._until = moment
        try:
            yield
        finally:
            self._until = None

    def left(self, timeout: float | None) -> float | None:
        """Return how long one read or write may take, in seconds, of `timeout` at most.

        Raises:
            httpx2.ReadTimeout: The time is up.
        """
        if self._until is None:
            return timeout
        left = (self._until - self._clock.now()).total_seconds()
        if left <= 0:
            raise httpx2.ReadTimeout("the exchange as a whole took too long")
        return left if timeout is None else min(timeout, left)


def bounded(transport: httpx2.HTTPTransport, deadline: Deadline) -> httpx2.HTTPTransport:
    """Return `transport`, whose connections keep the deadline from now on."""
    pool: Any = transport._pool  # noqa: SLF001 (there is no public way to give it a backend)
    pool._network_backend = _Backend(pool._network_backend, deadline)  # noqa: SLF001 (as above)
    return transport


class Inner(Protocol):
    """What is wrapped: the client's own backend or stream, whose types are not public."""

    def __getattr__(self, name: str) -> Callable[..., Any]: ...


class _Backend:
    """Opens connections that keep a deadline."""

    def __init__(self, inner: Inner, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def connect_tcp(self, *where: object, **how: object) -> "_Stream":
        return _Stream(self._inner.connect_tcp(*where, **how), self._deadline)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


class _Stream:
    """A connection that keeps a deadline."""

    def __init__(self, inner: Inner, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        found: bytes = self._inner.read(max_bytes, self._deadline.left(timeout))
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def start_tls(self, *what: object, **how: object) -> "_Stream":
        return _Stream(self._inner.start_tls(*what, **how), self._deadline)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)
