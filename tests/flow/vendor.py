"""A vendor of class A, B or C that keeps its own ledger, on virtual time; for flow tests."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.connectors.port import (
    CallFailed,
    Changes,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee
from interlock.foundation.clock import Clock

BOUND = timedelta(seconds=30)


@dataclass(slots=True)
class Ledger:
    """What really exists, and what will be applied later."""

    rows: list[dict[str, object]] = field(default_factory=list)
    pending: list[tuple[datetime, Request]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    def live(self, key: str) -> list[dict[str, object]]:
        return [row for row in self.rows if row["key"] == key and not row["reversed"]]


class Vendor:
    """Implements the connector's port over a ledger, with faults drawn from a seed."""

    def __init__(
        self, guarantee: Guarantee, clock: Clock, rng: random.Random, rates: Mapping[str, float]
    ) -> None:
        self._guarantee = guarantee
        self._clock = clock
        self._rng = rng
        self.rates = dict(rates)
        self.ledger = Ledger()
        self.capabilities = capabilities(guarantee)

    def _settle(self) -> None:
        """Apply what the vendor took its time for (F3)."""
        now = self._clock.now()
        due = [each for each in self.ledger.pending if each[0] <= now]
        self.ledger.pending = [each for each in self.ledger.pending if each[0] > now]
        for _, request in due:
            self._apply(request)

    def _apply(self, request: Request) -> Outcome:
        ledger = self.ledger
        if request.operation == "document.cancel":
            for row in ledger.rows:
                if row["id"] == request.ref:
                    row["reversed"] = True
            return Outcome(verdict=Verdict.DONE, record=Record(ref=str(request.ref), body={}))
        if self._guarantee is Guarantee.KEY and request.idempotency_key in ledger.keys:
            return self._done(ledger.keys[request.idempotency_key])
        if self._guarantee is Guarantee.REFERENCE and ledger.live(str(request.key)):
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.DUPLICATE, code="DUP")
        ref = f"doc{len(ledger.rows) + 1}"
        ledger.rows.append({"id": ref, "key": request.key, "reversed": False, **request.body})
        ledger.keys[request.idempotency_key] = ref
        return self._done(ref)

    def _done(self, ref: str) -> Outcome:
        row = next(row for row in self.ledger.rows if row["id"] == ref)
        return Outcome(verdict=Verdict.DONE, record=Record(ref=ref, body=row))

    def write(self, request: Request) -> Outcome:
        self._settle()
        draw = self._rng.random()
        for fault, rate in self.rates.items():
            if draw < rate:
                return self._faulty(fault, request)
            draw -= rate
        return self._apply(request)

    def _faulty(self, fault: str, request: Request) -> Outcome:
        lost = Outcome(verdict=Verdict.UNCERTAIN, kind=Kind.TRANSPORT, message="no answer")
        match fault:
            case "response_lost":
                self._apply(request)
                return lost
            case "request_lost":
                return lost
            case "late_apply":
                delay = BOUND * self._rng.uniform(0.1, 0.99)
                self.ledger.pending.append((self._clock.now() + delay, request))
                return lost
            case "down":
                return Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE)
            case "locked":
                return Outcome(verdict=Verdict.RETRYABLE, kind=Kind.LOCKED)
            case "quota":
                after = timedelta(seconds=5)
                return Outcome(verdict=Verdict.BLOCKED, kind=Kind.QUOTA, retry_after=after)
            case _:
                return Outcome(verdict=Verdict.REJECTED, kind=Kind.REJECTED, message="no")

    def read(self, obj: str, ref: str) -> Record | None:
        self._settle()
        found = [row for row in self.ledger.rows if row["id"] == ref]
        return Record(ref=ref, body=found[0]) if found else None

    def find(self, obj: str, field: str, value: str) -> Record | None:
        self._settle()
        if self._rng.random() < self.rates.get("read_fails", 0.0):
            raise CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE))
        if self._rng.random() < self.rates.get("read_garbled", 0.0):
            raise CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.MALFORMED))
        # What was reversed stays where it is, under its reference, as with most real systems.
        found = self.ledger.live(value) or [
            row for row in self.ledger.rows if value in {row["id"], row["key"]}
        ]
        return Record(ref=str(found[0]["id"]), body=found[0]) if found else None

    def changes(self, obj: str, cursor: str | None) -> Changes:
        return Changes(events=(), cursor="")

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        yield from ()


def capabilities(guarantee: Guarantee) -> Capabilities:
    """Return what the vendor says of itself."""
    window = timedelta(hours=24) if guarantee is Guarantee.KEY else None
    operations = (
        Capability(
            operation="document.create",
            effect=Effect.CREATE,
            guarantee=guarantee,
            window=window,
            posts=True,
        ),
        Capability(
            operation="document.cancel", effect=Effect.REVERSE, guarantee=Guarantee.REFERENCE
        ),
    )
    return Capabilities(
        connector=f"class-{guarantee.lower()}",
        operations={each.operation: each for each in operations},
        auth_schemes=frozenset({"api-key"}),
    )
