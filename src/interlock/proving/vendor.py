"""A simulated system behind the connector's port, of class A, B or C, on virtual time.

It is no model of one vendor's API (those are in `interlock_sandbox`): it is the promise of a
class, with every way to break a call that the weather knows. Its answers go through the error
table of a real vendor, as they are.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit import classify
from interlock.connectors.kit.channel import fault_in
from interlock.connectors.kit.exchange import Answer, Intent, unknown
from interlock.connectors.kit.masking import masked
from interlock.connectors.port import (
    CallFailed,
    Changes,
    DeliveryRefused,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee
from interlock.foundation.clock import Clock
from interlock.proving.faults import Weather
from interlock.proving.ledger import Applied, Ledger, Row
from interlock.proving.tongues import Tongue, unreadable

BOUND: Final = timedelta(seconds=30)
"""After this long no request is applied any more: what the system's owner promises (F3)."""
LAG: Final = timedelta(seconds=8)
"""How long a stale look-up may miss what was written; within the bound (F10)."""
OVERLAP: Final = 5
"""Changes that a poll is told of again, so that none is missed (F12)."""
SECRET: Final = "canary-credential-0f9e8d7c"  # noqa: S105 (looked for in the trail: I17)
_NOT_APPLIED: Final = (
    "request_lost",
    "gateway_refused",
    "server_error",
    "fault_in_200",
    "key_in_flight",
    "quota",
    "record_lock",
    "session_expired",
)
_APPLIED: Final = ("response_lost", "late_apply", "gateway_timeout_applied", "truncated")


@dataclass(slots=True, kw_only=True)
class Simulated:
    """One simulated system."""

    name: str
    tongue: Tongue
    capabilities: Capabilities
    clock: Clock
    weather: Weather
    rng: random.Random
    skew: timedelta = timedelta()
    """How far its clock is off (F11)."""
    away_until: datetime | None = None
    refused: dict[str, str] = field(default_factory=dict)
    """Reference -> the fault with which a write of it is refused, until somebody mends it."""
    good_refused: set[str] = field(default_factory=set)
    """References of good records that were refused once: a compensation is right for them."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Reference -> how often a write of it was refused for a business reason."""
    ledger: Ledger = field(default_factory=Ledger)
    calls_while_told_to_wait: int = 0
    wait_until: datetime | None = None

    def write(self, request: Request) -> Outcome:
        """Carry out a write, or let the weather have it."""
        self.weather.facing(self.name, request.operation)
        self._settle()
        try:
            return self._written(request)
        except CallFailed as failed:
            return failed.outcome
        finally:
            self.weather.answering()

    def _written(self, request: Request) -> Outcome:
        self._must_be_there(Intent.WRITE)
        operation = self.capabilities.operations[request.operation]
        fault = self.weather.first(*self._sayable(_NOT_APPLIED))
        if fault is not None:
            raise self._failed(fault, Intent.WRITE)
        refusal = self._refusal(request, operation)
        if refusal is not None:
            self.refusals[str(request.key)] += refusal != "duplicate"
            raise self._failed(refusal, Intent.WRITE)
        fault = self.weather.first(*_APPLIED)
        if fault == "late_apply":
            delay = BOUND * self.rng.uniform(0.05, 0.95)
            self.ledger.pending.append((self.clock.now() + delay, request))
            raise self._failed("response_lost", Intent.WRITE)
        row = self._applied(request, operation)
        if self.weather.strikes("stale_read"):
            row.visible_at = self.clock.now() + LAG
        if fault is not None:
            raise self._failed(fault, Intent.WRITE)
        return Outcome(verdict=Verdict.DONE, record=_record(row))

    def _sayable(self, faults: Sequence[str]) -> list[str]:
        own = {"request_lost", "gateway_refused", "server_error"}
        return [fault for fault in faults if fault in own or fault in self.tongue.words]

    def _refusal(self, request: Request, operation: Capability) -> str | None:
        """Return with which fault the system refuses this write for what it says, if it does."""
        key = str(request.key)
        if key in self.refused and operation.posts:
            return self.refused[key]
        if operation.posts and (key in self.good_refused or self.weather.strikes("refused")):
            self.good_refused.add(key)
            return "refused"
        obj = request.operation.rpartition(".")[0]
        taken = operation.effect is Effect.CREATE and self.ledger.live(obj, key)
        return "duplicate" if taken and operation.guarantee is Guarantee.REFERENCE else None

    def _applied(self, request: Request, operation: Capability) -> Row:
        now = self.clock.now()
        row = self._known(request, operation, now)
        if row is None:
            row = self._changed(request, operation, now)
            self.ledger.keys[request.idempotency_key] = (now, row.ref)
            self.ledger.applied.append(Applied(request=request, ref=row.ref, at=now))
        return row

    def _known(self, request: Request, operation: Capability, now: datetime) -> Row | None:
        """Return what the same key has made before, where the system honours keys (class A)."""
        known = self.ledger.keys.get(request.idempotency_key)
        if known is None or operation.guarantee is not Guarantee.KEY:
            return None
        at, ref = known
        remembered = operation.window is None or now - at < operation.window
        obj = request.operation.rpartition(".")[0]
        return self.ledger.rows[obj, ref] if remembered else None

    def _changed(self, request: Request, operation: Capability, now: datetime) -> Row:
        obj = request.operation.rpartition(".")[0]
        key, body = str(request.key), request.body
        if operation.effect is Effect.REVERSE:
            row = self.ledger.rows[obj, str(request.ref)]
            row.credits += row.live
            row.live = False
            self.ledger.touch(row, now, status="reversed")
            return row
        live = self.ledger.live(obj, key)
        if live and operation.effect in {Effect.UPSERT, Effect.UPDATE}:
            self.ledger.touch(live[0], now, **body)
            return live[0]
        number = sum(1 for _ in self.ledger.of(obj)) + 1
        row = self.ledger.add(obj, f"{self.name}-{obj}-{number}", key, body, now)
        row.body.setdefault("status", "active")
        row.body["number"] = f"{self.name.upper()}-{number:05}"
        if request.key_field is not None:
            row.body[request.key_field] = key
        return row

    def _settle(self) -> None:
        """Apply what the system took its time for."""
        now = self.clock.now()
        due = [each for each in self.ledger.pending if each[0] <= now]
        self.ledger.pending = [each for each in self.ledger.pending if each[0] > now]
        for _, request in due:
            operation = self.capabilities.operations[request.operation]
            if self._refusal(request, operation) is None:
                self._applied(request, operation)

    def read(self, obj: str, ref: str) -> Record | None:
        """Return an object by the system's own id."""
        self._ask(f"{obj}.read")
        row = self.ledger.rows.get((obj, ref))
        return None if row is None else _record(row)

    def find(self, obj: str, field: str, value: str) -> Record | None:  # noqa: ARG002 (port)
        """Return the live object under our reference, else a reversed one."""
        self._ask(f"{obj}.find")
        now = self.clock.now()
        found = [row for row in self.ledger.of(obj) if row.key == value and row.visible_at <= now]
        if not found:
            return None
        return _record(max(found, key=lambda row: row.live))

    def changes(self, obj: str, cursor: str | None) -> Changes:
        """Return what changed since the number in `cursor`, and a little of what was before."""
        self._ask(f"{obj}.changes")
        since = self.ledger.changes if cursor is None else int(cursor) - OVERLAP
        rows = sorted(self.ledger.of(obj), key=lambda row: row.changed)
        events = [self.event_of(row) for row in rows if row.changed > since]
        return Changes(events=events, cursor=str(self.ledger.changes))

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        """Return the cursor before whatever changed since then."""
        moment = self.clock.now() - by
        changed = [row.changed for row in self.ledger.rows.values() if row.changed_at >= moment]
        return str(min([int(cursor), *(number - 1 for number in changed)]))

    def event_of(self, row: Row) -> Event:
        """Return the event that tells of an object as it is."""
        verb = "received" if row.obj == "payment" else "changed"
        return Event(
            id=f"{row.obj}:{row.ref}:{row.changed}",
            type=f"{row.obj}.{verb}",
            object=row.obj,
            ref=row.ref,
            body=dict(row.body),
            at=row.changed_at + self.skew,
        )

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        """Refuse: what arrives in a universe is handed to the inbox by the story."""
        raise DeliveryRefused("nothing is delivered over HTTP here", status=401)

    def _ask(self, call: str) -> None:
        """Let a read through, or let the weather have it."""
        self.weather.facing(self.name, call)
        self._settle()
        self._must_be_there(Intent.READ)
        own = ("request_lost", "response_lost", "gateway_refused", "truncated", "quota")
        fault = self.weather.first(*own)
        if fault is not None:
            raise self._failed(fault, Intent.READ)
        self.weather.answering()

    def _must_be_there(self, intent: Intent) -> None:
        now = self.clock.now()
        if self.wait_until is not None and now < self.wait_until:
            self.calls_while_told_to_wait += 1
        if self.away_until is not None and now < self.away_until:
            raise self._heard(unreadable(503, intent))

    def _failed(self, fault: str, intent: Intent) -> CallFailed:
        """Return how a call with this fault ends, as the vendor's error table reads it."""
        match fault:
            case "request_lost":
                lost = Outcome(verdict=Verdict.RETRYABLE, kind=Kind.TRANSPORT, message="refused")
                return CallFailed(lost)
            case "response_lost":
                doubt = Outcome(verdict=unknown(intent), kind=Kind.TRANSPORT, message="timeout")
                return CallFailed(doubt)
            case "gateway_timeout_applied":
                return self._heard(unreadable(504, intent))
            case "gateway_refused":
                return self._heard(unreadable(502, intent))
            case "server_error":
                return self._heard(unreadable(500, intent))
            case "truncated":
                return self._heard(unreadable(200, intent, "cut short"))
            case _:
                return self._said(fault, intent)

    def _said(self, fault: str, intent: Intent) -> CallFailed:
        wait = fault == "quota" and self.rng.random() < 0.5  # noqa: PLR2004 (every other one)
        if wait:
            self.wait_until = self.clock.now() + timedelta(seconds=7)
        echo = SECRET if self.weather.strikes("secret_echoed") else ""
        return self._heard(self.tongue.says(fault, intent, wait=wait, echo=echo))

    def _heard(self, answer: Answer) -> CallFailed:
        fault = fault_in(self.tongue.dialect, answer)
        if fault is None:
            # The table takes this answer for success, and there is nothing in it.
            return CallFailed(Outcome(verdict=Verdict.DONE, record=Record(ref="", body={})))
        wait = fault.retry_after or answer.retry_after(self.clock.now())
        said = masked(fault.message, (SECRET,))
        shown = replace(fault, retry_after=wait)
        outcome = classify.outcome(self.tongue.dialect.rows, shown, answer.intent, said)
        return CallFailed(outcome)


def _record(row: Row) -> Record:
    return Record(ref=row.ref, body=dict(row.body), version=str(row.changed))
