"""Is it there? Name, address, certificate, an answer, and what its clock says."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urlsplit

from interlock.bootstrap.doctor.item import Item, State
from interlock.connectors.port import CallFailed, Connection, Outbound
from interlock.foundation.clock import Clock
from interlock.foundation.destination import Lookup, addresses_of, judged
from interlock.foundation.errors import InterlockError
from interlock.foundation.secrets.expiry import Expiry

REACHABLE: Final = "reachable"
SKEW_WARNED: Final = timedelta(seconds=30)
SKEW_REFUSED: Final = timedelta(minutes=2)
"""Signed logins live three to five minutes, and so do the timestamps of signed webhooks."""
_PORTS: Final = {"https": 443, "http": 80, "postgresql": 5432, "postgres": 5432, "nats": 4222}
_MORE_PORTS: Final = {
    "tls": 4222,
    "amqp": 5672,
    "amqps": 5671,
    "kafka": 9092,
    "kafkas": 9092,
    "redis": 6379,
    "rediss": 6379,
}
_NETWORK: Final = "Is there a route and an open firewall from here to there?"


def _context(outbound: Outbound) -> ssl.SSLContext:
    from interlock.connectors.kit.pinned import trusted

    return trusted(outbound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Looks at the other end of a connection, without logging in."""

    clock: Clock
    lookup: Lookup = addresses_of
    context: Callable[[Outbound], ssl.SSLContext] = field(default=_context)

    def look(self, connection: Connection) -> Iterator[Item]:
        """Yield what is found; the first problem ends it, for the rest would only repeat it."""
        found = list(self.knock(connection))
        yield from found
        there = found and all(each.state is not State.PROBLEM for each in found)
        if there and urlsplit(connection.url).scheme in {"https", "http"}:
            yield from self._http(connection)

    def knock(self, connection: Connection) -> Iterator[Item]:
        """Yield what can be found out without asking for anything: address and certificate."""
        parts = urlsplit(connection.url)
        if parts.scheme not in {**_PORTS, **_MORE_PORTS}:
            # A file or a folder of this machine: whether it is there, the connector says.
            return
        if connection.outbound.proxy is not None:
            yield _item(State.FINE, "by a proxy, which resolves the name")
            return
        yield from self._socket(parts, connection)

    def _socket(self, parts: SplitResult, connection: Connection) -> Iterator[Item]:
        host, port = _place(parts)
        allowed, scheme = connection.outbound.allowed, _judged_as(parts.scheme)
        try:
            addresses = judged(scheme, host, port, allowed, self.lookup)
        except InterlockError as error:
            yield _item(State.PROBLEM, error.what, error.hint)
            return
        named = "it" if host in addresses else host
        yield _item(State.FINE, f"{named} is at {', '.join(addresses)}")
        try:
            with _first(addresses, port, connection.timeout) as plain:
                if parts.scheme == "https":
                    yield from self._certificate(plain, host, connection.outbound)
        except OSError as error:
            said = (
                f"{host}:{port} cannot be connected to: {error.strerror or type(error).__name__}"
            )
            yield _item(State.PROBLEM, said, _NETWORK)

    def _certificate(self, plain: socket.socket, host: str, outbound: Outbound) -> Iterator[Item]:
        try:
            with self.context(outbound).wrap_socket(plain, server_hostname=host) as secured:
                told = secured.getpeercert() or {}
        except ssl.SSLCertVerificationError as error:
            hint = (
                "Do not go around it: find out who answers there. A certificate of your own "
                "authority needs `outbound: {authorities: FILE}`."
            )
            yield _item(State.PROBLEM, f"its certificate: {error.verify_message}", hint)
            return
        except ssl.SSLError as error:
            yield _item(State.PROBLEM, f"no TLS: {error.reason}", "Does it speak TLS 1.2 or 1.3?")
            return
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
        expiry = Expiry(what=f"the certificate of {host}", at=until)
        yield expiring(expiry, self.clock.now(), "Tell the vendor; it renews it.")

    def _http(self, connection: Connection) -> Iterator[Item]:
        from interlock.connectors.kit.exchange import Call, Intent
        from interlock.connectors.kit.http import Wire

        wire = Wire(connection, self.clock)
        asked, began = self.clock.now(), time.perf_counter()
        try:
            answer = wire.exchange(Call(intent=Intent.READ, method="GET", path="/"), {})
        except CallFailed as failure:
            said = f"no answer over HTTP: {failure.outcome.message}"
            yield _item(State.PROBLEM, said, _NETWORK)
            return
        finally:
            wire.close()
        took = timedelta(seconds=time.perf_counter() - began)
        yield _answered(answer.status, took)
        yield clock_item(answer.headers.get("date", ""), asked + took / 2)


def _answered(status: int, took: timedelta) -> Item:
    said = f"it answers (status {status} to a stranger, {took / timedelta(milliseconds=1):.0f} ms)"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _item(State.UNKNOWN, said, "See the vendor's status page; ask again later.")
    return _item(State.FINE, said)


def clock_item(date: str, now: datetime) -> Item:
    """Return what the vendor's ``Date`` (RFC 9110 section 6.6.1) says of our two clocks."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return Item(question="clock", state=State.UNTOLD, said="it does not tell its time")
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    skew = theirs - now
    said = f"its clock is {_seconds(skew)} ours"
    if abs(skew) <= SKEW_WARNED:
        return Item(question="clock", state=State.FINE, said=said)
    state = State.PROBLEM if abs(skew) > SKEW_REFUSED else State.SOON
    hint = "Compare this machine's clock with NTP: signed logins and webhooks fail by it."
    return Item(question="clock", state=state, said=said, next=hint)


def expiring(expiry: Expiry, now: datetime, hint: str) -> Item:
    """Return how an end stands."""
    if expiry.at is None:
        said = f"{expiry.what} has an end that cannot be read"
        return Item(question="expiring", state=State.UNKNOWN, said=said, next=hint)
    day = f"{expiry.at:%Y-%m-%d %H:%M}Z"
    if expiry.over(now):
        state = State.PROBLEM if expiry.hard else State.SOON
        said = f"{expiry.what} ended {day}" if expiry.hard else f"{expiry.what}, was due {day}"
        return Item(question="expiring", state=state, said=said, next=hint)
    left = f"in {(expiry.at - now).days} days"
    if expiry.soon(now):
        said = f"{expiry.what}: {day}, {left}"
        return Item(question="expiring", state=State.SOON, said=said, next=hint)
    return Item(question="expiring", state=State.FINE, said=f"{expiry.what}: {day}, {left}")


def _item(state: State, said: str, hint: str = "") -> Item:
    return Item(question=REACHABLE, state=state, said=said, next=hint)


def _place(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or {**_PORTS, **_MORE_PORTS}[parts.scheme]


def _judged_as(scheme: str) -> str:
    """Return the scheme to judge by: these give away by their name that they are not encrypted."""
    return "http" if scheme in {"http", "nats", "amqp", "kafka", "redis"} else "https"


def _first(addresses: tuple[str, ...], port: int, timeout: timedelta) -> socket.socket:
    """Return a socket to the first address that can be connected to."""
    last = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout.total_seconds())
        except OSError as error:
            last = error
    raise last


def _seconds(skew: timedelta) -> str:
    seconds = round(abs(skew).total_seconds())
    if seconds <= 1:
        return "level with"
    return f"{seconds} s {'ahead of' if skew > timedelta() else 'behind'}"
