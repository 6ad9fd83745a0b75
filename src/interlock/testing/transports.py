"""Transports that spoil a conversation with a vendor in one exact way.

Each wraps another transport and acts on the exchanges that `when` picks; the rest pass through.
So the same trap works for every vendor, after a real login and before a real read-back.
"""

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import httpx2

When = Callable[[httpx2.Request], bool]
Spoil = Callable[[httpx2.Request, Callable[[], httpx2.Response]], httpx2.Response]
"""Gets the request and a way to let it through; returns what the connector shall see."""


def is_login(request: httpx2.Request) -> bool:
    """Tell whether `request` asks for a token."""
    return "oauth2" in request.url.path and request.url.path.endswith("token")


def is_write(request: httpx2.Request) -> bool:
    """Tell whether `request` may change something; queries by POST do not."""
    reading = request.method in {"GET", "HEAD"} or request.url.path.endswith("/suiteql")
    return not reading and not is_login(request)


def is_business(request: httpx2.Request) -> bool:
    """Tell whether `request` is anything but a login."""
    return not is_login(request)


class Trap(httpx2.BaseTransport):
    """Spoils the exchanges that `when` picks, at most `times` of them, and counts all."""

    def __init__(
        self, inner: httpx2.BaseTransport, spoil: Spoil, *, when: When, times: int = 10**6
    ) -> None:
        self._inner = inner
        self._spoil = spoil
        self._when = when
        self._left = times
        self._lock = threading.Lock()
        self.logins = 0
        self.sprung = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._springs(request):
            return self._spoil(request, lambda: self._inner.handle_request(request))
        return self._inner.handle_request(request)

    def _springs(self, request: httpx2.Request) -> bool:
        with self._lock:
            self.logins += is_login(request)
            if not self._when(request) or not self._left:
                return False
            self._left -= 1
            self.sprung += 1
            return True

    def close(self) -> None:
        self._inner.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """An answer as a vendor gives it, recorded."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    def response(self, request: httpx2.Request) -> httpx2.Response:
        """Return it as the answer to `request`."""
        return httpx2.Response(
            self.status, headers=self.headers, content=self.body, request=request
        )


def answering(canned: Canned) -> Spoil:
    """Answer with `canned`; the vendor never sees the request."""
    return lambda request, _: canned.response(request)


def through(_: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Spoil nothing; the trap counts."""
    return send()


def refused(request: httpx2.Request, _: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Refuse the connection: nothing was sent (F1)."""
    raise httpx2.ConnectError("refused", request=request)


def lost(request: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Let the vendor apply the request, then lose its answer (F2)."""
    response = send()
    response.read()
    response.close()
    raise httpx2.ReadTimeout("lost", request=request)


def cut(request: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Let the vendor apply the request, then cut its answer in the middle."""
    response = send()
    body = response.read()
    half = body[: len(body) // 2] or b'{"id": "0'
    return httpx2.Response(
        200, headers={"Content-Type": "application/json"}, content=half, request=request
    )


def rewriting(old: bytes, new: bytes) -> Spoil:
    """Let the exchange happen and replace `old` by `new` in the answer."""

    def spoil(request: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        response = send()
        date = response.headers.get("date", "")
        return httpx2.Response(
            response.status_code,
            headers={"Date": date, "Content-Type": "application/json"},
            content=response.read().replace(old, new),
            request=request,
        )

    return spoil


class _Endless(httpx2.SyncByteStream):
    """An answer that goes on, far beyond any bound."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": "'
        for _ in range(1024):
            yield b"x" * 65_536


def endless(request: httpx2.Request, _: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Answer with a body that goes on and on."""
    return httpx2.Response(200, stream=_Endless(), request=request)


@cache
def _bomb() -> Canned:
    packed = gzip.compress(b" " * (16 * 1024 * 1024), compresslevel=9)
    return Canned(status=200, body=packed, headers={"Content-Encoding": "gzip"})


NONSENSE: Final[dict[str, Callable[[], Spoil]]] = {
    "an HTML page with status 200": lambda: answering(
        Canned(status=200, body=b"<html><body>Welcome</body></html>", headers={})
    ),
    "an HTML page with status 503": lambda: answering(
        Canned(status=503, body=b"<html><body>Sorry</body></html>", headers={})
    ),
    "an empty object": lambda: answering(Canned(status=200, body=b"{}")),
    "a list of numbers": lambda: answering(Canned(status=200, body=b"[1, 2]")),
    "a number": lambda: answering(Canned(status=200, body=b"7")),
    "not UTF-8": lambda: answering(Canned(status=200, body=b'{"id": "\xff"}')),
    "NaN": lambda: answering(Canned(status=200, body=b'{"id": NaN}')),
    "nested 10,000 deep": lambda: answering(
        Canned(status=200, body=b"[" * 10_000 + b"]" * 10_000)
    ),
    "a redirect elsewhere": lambda: answering(
        Canned(status=302, body=b"", headers={"Location": "http://169.254.169.254/"})
    ),
    "an answer cut in the middle": lambda: cut,
    "an endless answer": lambda: endless,
    "a gzip bomb": lambda: answering(_bomb()),
}
"""Answers that prove nothing; none of them may become `done`."""
