"""What a connector brings to the conformance suite."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

import httpx2

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector, Request, Verdict
from interlock.estate.capability import Capability, Guarantee
from interlock.foundation.clock import SystemClock
from interlock.testing import transports
from interlock.testing.transports import Canned, Spoil, Trap, When

LOGS: Final = frozenset({"event"})
"""Tables in which a vendor only writes down what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """An object at the vendor that has an amount and a word of an enumeration."""

    obj: str
    ref: str
    money: str
    """Where the amount stands, by dotted path."""
    amount: Decimal
    word: str
    """Where the word stands."""
    value: str
    """The word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a connector brings to the suite."""

    name: str
    """In the catalogue."""
    connection: Connection
    """To a running vendor that injects no faults."""
    requests: Mapping[str, Callable[[], Request]]
    """Operation -> a fresh write of it, valid, with its own key; one for every capability."""
    lookup: tuple[str, str]
    """Object and field by which a fresh write can be found again."""
    key_of: Callable[[Request], str]
    """The value of that field for a request."""
    searched: str
    """The operation whose fresh write is looked up."""
    missing: str
    """An id in the vendor's form that nobody has."""
    priced: Callable[[], "Priced"]
    """Makes an object with an amount and an enumerated word at the vendor."""
    wrong_credential: Mapping[str, str]
    fault_in_200: Canned
    """The vendor's form of a failure with status 200; it must not become `done`."""
    quota: Canned
    quota_wait: timedelta | None
    """What the connector must read from `quota`."""
    refusal: bytes
    """An error body in the vendor's form with ``@echo@`` where free text stands."""
    expired: Canned | None = None
    """The vendor's word that a session ended; ``None`` when its credentials have none."""
    change_many: Callable[[int], set[str]] | None = None
    """Changes so many objects at the vendor and returns their refs; ``None`` without a feed."""
    feed: str = ""
    """The object whose changes are polled."""
    is_write: When = field(default=transports.is_write)
    ways: frozenset[str] = frozenset()
    """Operations of which each goes another way through the connector; empty: all do.

    What is done to answers on the wire is done to these only: the others share their code.
    """

    count: Callable[[], Mapping[str, int]] | None = None
    """How many records the target holds, by kind, asked past the connector; ``None``: a simulated
    vendor, which shows its ledger."""

    claims: Mapping[str, Guarantee] = field(default_factory=dict)
    """Operation -> the class that is claimed for it, instead of what the connector declares."""

    _opened: list[httpx2.BaseTransport] = field(default_factory=list)

    def open(self, transport: httpx2.BaseTransport | None = None) -> Connector:
        """Open the connector, over `transport` if given; `close` closes what it leaves open."""
        wire = transport or loopback()
        self._opened.append(wire)
        return open_connector(self.connection, SystemClock(), name=self.name, transport=wire)

    def trapped(
        self, spoil: Spoil, *, when: When | None = None, times: int = 10**6
    ) -> tuple[Connector, Trap]:
        """Open the connector behind a trap, by default on its writes."""
        trap = Trap(loopback(), spoil, when=when or self.is_write, times=times)
        return self.open(trap), trap

    def close(self) -> None:
        """Close every transport that was opened here."""
        while self._opened:
            self._opened.pop().close()

    def held(self) -> Counter[str]:
        """Return how many records the target holds, by kind, past the connector."""
        return Counter(self.count() if self.count is not None else counted(self.connection.url))

    def each_way(self) -> dict[str, Callable[[], Request]]:
        """Return a fresh write of every operation that is sent in a way of its own."""
        return {name: fresh for name, fresh in self.requests.items() if name in self.ways} or dict(
            self.requests
        )

    def capability(self, operation: str) -> Capability:
        """Return what `operation` promises."""
        declared = self.open().capabilities.operations[operation]
        return replace(declared, guarantee=self.claims.get(operation, declared.guarantee))


def counted(url: str) -> Counter[str]:
    """Return how many records a simulated vendor holds, by table; nothing of what it only logs."""
    counts = httpx2.URL(url).copy_with(path="/_sandbox/counts")
    answer = httpx2.get(counts, trust_env=False, timeout=60.0).raise_for_status()
    return Counter({name: count for name, count in answer.json().items() if name not in LOGS})


def loopback() -> httpx2.HTTPTransport:
    """Return a transport to a vendor on loopback; reading the authorities takes 30 ms a time."""
    return httpx2.HTTPTransport(verify=False)


def unproven(capability: Capability) -> Verdict:
    """Return what a write without a readable answer must be."""
    safe = capability.guarantee is Guarantee.SAFE
    return Verdict.RETRYABLE if safe else Verdict.UNCERTAIN
