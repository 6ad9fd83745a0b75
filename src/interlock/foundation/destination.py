"""Where a request of ours may go: a public address, looked up once and then held on to.

A URL that people or partners give can point inside our own network, and its name can point
elsewhere between the look-up and the connect (SSRF, DNS rebinding). So the name is resolved here,
every address is judged, and the caller connects to that very address.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from interlock.foundation.errors import RefusedError, UnavailableError, UsageError

OUTBOUND: Final = "If it is meant, allow it: INTERLOCK_OUTBOUND_ALLOW=HOST or NETWORK/BITS."
_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""IPv4 inside IPv6 (RFC 6052): judged as what it leads to."""
_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Sequence[str]]
"""Host and port -> its addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What may be reached besides public addresses by https: networks and hosts of our own."""

    networks: tuple[_Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    hint: str = OUTBOUND
    """Where a person allows more."""

    def has(self, host: str, address: _Address) -> bool:
        """Tell whether `host`, found at `address`, was allowed by name or by network."""
        return host in self.hosts or any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A place that may be connected to."""

    url: str
    """The URL with the address in place of the host."""
    host: str
    """For the certificate: the name that was asked for."""
    authority: str
    """For the ``Host`` header."""


def allowed_of(text: str, hint: str = OUTBOUND) -> Allowed:
    """Return what ``10.0.0.0/8, hooks.internal`` allows; `hint` says how to allow more."""
    networks: list[_Network] = []
    hosts: set[str] = set()
    for word in text.replace(",", " ").split():
        try:
            networks.append(ip_network(word))
        except ValueError:
            hosts.add(word.lower())
    return Allowed(networks=tuple(networks), hosts=frozenset(hosts), hint=hint)


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Return the addresses of `host` as this machine finds them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnavailableError(
            f"`{host}` has no address", hint="Is the name right, and does DNS answer?"
        ) from error
    return [str(each[4][0]) for each in found]


def destination(url: str, allowed: Allowed, lookup: Lookup = addresses_of) -> Destination:
    """Return where `url` leads, if a request of ours may go there.

    Raises:
        RefusedError: One of its addresses is not public and not allowed, or it is plain http.
        UnavailableError: The name has no address now.
        UsageError: It is no URL that can be called.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise UsageError(
            "a destination is not a plain http or https URL",
            hint="Write https://HOST/PATH, without a user in it.",
        )
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    chosen = judged(parts.scheme, host, port, allowed, lookup)[0]
    there = f"[{chosen}]" if ":" in chosen else chosen
    authority = parts.netloc.rpartition("@")[2]
    return Destination(
        url=parts._replace(netloc=f"{there}:{port}").geturl(), host=host, authority=authority
    )


def judged(
    scheme: str, host: str, port: int, allowed: Allowed, lookup: Lookup = addresses_of
) -> tuple[str, ...]:
    """Return every address of `host`, if each of them may be connected to; never none.

    Raises:
        RefusedError: One of them is not public and not allowed, or it is plain http.
        UnavailableError: The name has no address now.
    """
    addresses = [ip_address(each.partition("%")[0]) for each in lookup(host, port)]
    for address in addresses:
        _judge(scheme, host, _leads_to(address), allowed)
    if not addresses:
        raise UnavailableError(f"`{host}` has no address", hint="Does DNS answer?")
    return tuple(dict.fromkeys(map(str, addresses)))


def _leads_to(found: _Address) -> _Address:
    """Return the address that is reached in the end: IPv4 may stand inside of IPv6."""
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFF_FFFF)
    return found.ipv4_mapped or found.sixtofour or found


def _judge(scheme: str, host: str, address: _Address, allowed: Allowed) -> None:
    if allowed.has(host, address):
        return
    if not address.is_global or address.is_multicast:
        raise RefusedError(
            f"`{host}` is at {address}, which is not a public address", hint=allowed.hint
        )
    if scheme != "https":
        raise RefusedError(f"`{host}` would be called without encryption", hint="Use https.")
