"""The way out: to one host only, at addresses that were looked up once and judged.

An answer, a redirect, a changed DNS record or a strange spelling of an address must not lead a
request of ours, and the credentials in it, elsewhere (reliability.md section 5, SSRF). So the
name is resolved here, every address is judged, and the socket is opened to one of those very
addresses; the name still stands in ``Host`` and in the certificate that is asked for.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Final

import httpx2

from interlock.connectors.kit.deadline import Deadline, bounded
from interlock.connectors.port import Outbound
from interlock.foundation.clock import Clock
from interlock.foundation.destination import Lookup, addresses_of, judged
from interlock.foundation.errors import RefusedError, UsageError

PIN: Final = timedelta(minutes=5)
"""How long addresses are held on to; vendors move, and a new look-up is judged again."""
_NOT_REACHED: Final = (httpx2.ConnectError, httpx2.ConnectTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The addresses of a host, the one that answered last in front."""

    addresses: tuple[str, ...]
    until: datetime


class Pinned(httpx2.BaseTransport):
    """Sends to the host of `url` and to no other."""

    def __init__(
        self,
        url: str,
        outbound: Outbound,
        clock: Clock,
        *,
        lookup: Lookup = addresses_of,
        under: httpx2.BaseTransport | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        try:
            self._home = _origin(httpx2.URL(url))
        except httpx2.InvalidURL:
            # Its text would quote the URL, which may be a secret's.
            raise UsageError("a URL cannot be read", hint="Write https://HOST.") from None
        self._outbound = outbound
        self._clock = clock
        self._lookup = lookup
        self._under = under or bounded(
            httpx2.HTTPTransport(
                verify=_public() if outbound.authorities is None else trusted(outbound),
                trust_env=False,
                proxy=outbound.proxy,
            ),
            deadline or Deadline(clock),
        )
        self._lock = threading.Lock()
        self._pin: Pin | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`.

        Raises:
            RefusedError: It would go to another host, or the host is where none may be called.
            UnavailableError: The host has no address now.
        """
        if _origin(request.url) != self._home:
            raise RefusedError(
                f"`{request.url.host}` is not the host of this connection",
                hint="A connection speaks to the host of its `url` only.",
            )
        if self._outbound.proxy is not None:
            self._judge_literal()
            return self._under.handle_request(request)
        return self._first(request, self._addresses())

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses that are held on to now, looking them up if need be."""
        return self._addresses()

    def close(self) -> None:
        """Close the connections."""
        self._under.close()

    def _addresses(self) -> tuple[str, ...]:
        with self._lock:
            now = self._clock.now()
            if self._pin is None or now >= self._pin.until:
                scheme, host, port = self._home
                found = judged(scheme, host, port, self._outbound.allowed, self._lookup)
                self._pin = Pin(addresses=found, until=now + PIN)
            return self._pin.addresses

    def _first(self, request: httpx2.Request, addresses: tuple[str, ...]) -> httpx2.Response:
        """Send to the first address that can be connected to: before that nothing was sent."""
        for last, attempt in _marked(addresses):
            try:
                answer = self._under.handle_request(_to(request, attempt))
            except _NOT_REACHED:
                if last:
                    self._forget(addresses)
                    raise
            else:
                self._prefer(attempt)
                return answer
        raise AssertionError("`judged` never returns no address")

    def _judge_literal(self) -> None:
        """Judge a host that is an address; what a name leads to is the proxy's to judge."""
        scheme, host, port = self._home
        found = literal(host)
        if found:
            judged(scheme, host, port, self._outbound.allowed, lambda *_: (found,))

    def _forget(self, addresses: tuple[str, ...]) -> None:
        with self._lock:
            if self._pin is not None and set(self._pin.addresses) == set(addresses):
                self._pin = None

    def _prefer(self, address: str) -> None:
        with self._lock:
            pin = self._pin
            if pin is None or address not in pin.addresses or pin.addresses[0] == address:
                return
            others = tuple(each for each in pin.addresses if each != address)
            self._pin = Pin(addresses=(address, *others), until=pin.until)


def trusted(outbound: Outbound) -> ssl.SSLContext:
    """Return whose certificates are believed: the public authorities, and those declared.

    Raises:
        UsageError: The file of those that are declared cannot be read.
    """
    context = httpx2.create_ssl_context(trust_env=False)
    if outbound.authorities is not None:
        try:
            context.load_verify_locations(cafile=outbound.authorities)
        except OSError as error:  # an SSLError is one
            raise UsageError(
                f"the authorities in {outbound.authorities} cannot be read: {error.strerror}",
                hint="It is a file of certificates in PEM, such as your company's own root.",
            ) from None
    return context


@cache
def _public() -> ssl.SSLContext:
    """Return who is believed by everybody: read once, as that takes 30 ms; nobody adds to it."""
    return trusted(Outbound())


def _marked(addresses: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    yield from ((number == len(addresses), each) for number, each in enumerate(addresses, 1))


def _to(request: httpx2.Request, address: str) -> httpx2.Request:
    """Return `request` for `address`: ``Host`` stays, and the certificate that is asked for."""
    extensions = dict(request.extensions)
    if request.url.scheme == "https" and not literal(request.url.host):
        extensions["sni_hostname"] = request.url.host
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def literal(host: str) -> str:
    """Return the address that `host` spells, in whatever way; empty when it is a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""
