"""The door: admit asks every question before anything leaves, send does the one exchange.

Between the two the caller commits the intent; so a request that may have been applied is always
on record (F23, reliability.md section 0).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from interlock.connectors.census import census
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connector,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.connectors.rewinding import earlier
from interlock.connectors.stream import Notice, Stream, streaming
from interlock.estate.binding import BindingError, to_vendor
from interlock.estate.capability import Capability
from interlock.foundation.clock import Clock
from interlock.gate.authority import Authorities
from interlock.gate.batches import Batches
from interlock.gate.books import objection_to
from interlock.gate.breaker import Breaker, Turn
from interlock.gate.contract import Contracts
from interlock.gate.effect import Asker, Effect, Mode, idempotency_key
from interlock.gate.exchange import exchanged
from interlock.gate.masking import masked
from interlock.gate.naming import object_of
from interlock.gate.permit import Answer, NotNow, Permit, Refusal, Reply
from interlock.gate.policy import Policies
from interlock.gate.quota import NOTHING, Lease, Limit, Quota
from interlock.gate.record import reply_of
from interlock.gate.window import Window, Windows

PATIENCE: Final = 0.25
"""Seconds that a call may wait for a free place before its run gives back the thread."""

_Found = TypeVar("_Found")
_ANSWERED: Final = Outcome(verdict=Verdict.DONE)


class Gate:
    """The only door to every system of one process."""

    def __init__(
        self,
        windows: Mapping[str, Window],
        clock: Clock,
        *,
        limits: Mapping[str, Limit],
        report: Callable[[str, Turn], None],
    ) -> None:
        self._windows = Windows(windows)
        self._clock = clock
        self._quota = Quota(limits)
        self._breaker = Breaker()
        self._authorities = Authorities()
        self._contracts = Contracts()
        self._policies = Policies()
        self._report = report
        self.many = Batches(
            self._asked, lambda system: self._windows.of(system).connector, self.capability
        )
        """The door for many writes at once; each was judged singly."""

    def bound(self, system: str) -> timedelta:
        """Return the longest that a request to `system` can still be applied after it left."""
        return self._windows.of(system).bound

    def capability(self, system: str, operation: str) -> Capability:
        """Return what is known of an operation; a read is always possible."""
        return self._windows.capability(system, operation)

    def admit(self, effect: Effect, asker: Asker) -> Answer:
        """Ask authority, contract, policy, quota and idempotency; touch nothing outside."""
        judged = self.judge(effect, asker)
        return judged if isinstance(judged, Refusal) else self.enter(judged, asker)

    def judge(self, effect: Effect, asker: Asker) -> Permit | Refusal:
        """Ask everything but for a place: what leaves with others has its place with them."""
        if effect.mode is Mode.WRITE:
            return self._judge_write(effect, asker)
        return self._looking(effect, asker)

    def _looking(self, effect: Effect, asker: Asker) -> Permit:
        obj, key_field = object_of(effect, asker.estate)
        return Permit(
            effect=effect,
            obj=obj,
            capability=self.capability(effect.system, effect.operation),
            lease=NOTHING,
            key_field=key_field,
        )

    def _judge_write(self, effect: Effect, asker: Asker) -> Permit | Refusal:
        estate = asker.estate
        rulings: Sequence[Mapping[str, object]] = ()
        if effect.entity is not None and not effect.undoing:
            judged = self._authorities.judge(
                estate,
                effect.entity,
                effect.values,
                effect.system,
                (asker.legal_entity, asker.at),
            )
            if (objection := objection_to(effect, effect.entity, asker, judged)) is not None:
                return objection
            rulings = tuple(
                {
                    "field": field,
                    "system": verdict.ruling.system,
                    "because": verdict.ruling.because,
                }
                for field, verdict in judged
            )
        try:
            body, obj, key_field = self._spelled(effect, asker)
        except BindingError as error:
            return Refusal(rule="binding", kind=error.kind, reason=str(error))
        does = self.capability(effect.system, effect.operation).effect
        complaint = self._contracts.complaint(estate, (effect.system, obj), does, body)
        if complaint is not None:
            return Refusal(rule="contract", kind="contract", reason=complaint)
        refused = self._policies.refuses(effect, asker)
        if refused is not None:
            return Refusal(rule="policy", kind="policy", reason=refused)
        key = idempotency_key(effect, asker)
        request = Request(
            operation=effect.operation,
            body=body,
            key_field=key_field,
            key=effect.key,
            ref=effect.ref,
            idempotency_key=key,
        )
        return Permit(
            effect=effect,
            obj=obj,
            capability=self.capability(effect.system, effect.operation),
            lease=NOTHING,
            request=request,
            key_field=key_field,
            idempotency_key=key,
            authority=tuple(rulings),
            payload=masked(estate, effect.entity, effect.values),
        )

    def _spelled(self, effect: Effect, asker: Asker) -> tuple[dict[str, object], str, str | None]:
        body: dict[str, object] = {}
        if effect.entity is not None:
            body = to_vendor(
                asker.estate, effect.entity, effect.system, effect.values, refs=asker.refs
            )
        obj, key_field = object_of(effect, asker.estate)
        return body, obj, key_field

    def enter(self, permit: Permit, asker: Asker) -> Answer:
        """Take a place for what was judged."""
        effect = permit.effect
        place = self._place(effect.system, effect.operation, asker.plan.criticality)
        return place if isinstance(place, NotNow) else replace(permit, lease=place)

    def _place(self, system: str, operation: str, criticality: str) -> Lease | NotNow:
        """Take a place in a system that is not broken, under its limits."""
        now = self._clock.now()
        reopens = self._breaker.ask(system, now)
        if reopens is not None:
            return NotNow(until=reopens, reason=f"the connection to `{system}` is broken")
        names = (self._windows.counted_as(system), f"{system}.{operation}")
        entered = self._quota.enter(names, criticality, now, PATIENCE)
        if not isinstance(entered, datetime):
            return entered
        self._breaker.forgo(system)
        return NotNow(until=entered, reason=f"the quota of `{system}` is used up")

    def changes(
        self, system: str, obj: str, cursor: str | None, criticality: str
    ) -> Changes | NotNow:
        """Ask a system for one page of what changed: under the same limits as every other call.

        Raises:
            CallFailed: The system did not answer; the breaker has heard of it.
        """
        named = (system, f"{obj}.changes", criticality)
        return self._asked(named, lambda connector: connector.changes(obj, cursor))

    def earlier(self, system: str, cursor: str, by: timedelta) -> str | None:
        """Return the cursor that stands `by` before that of a first poll; asks nobody."""
        return earlier(self._windows.of(system).connector, cursor, by)

    def census(
        self, system: str, obj: str, page: str | None, criticality: str
    ) -> Changes | NotNow:
        """Ask a system for one page of all its records of an object.

        Raises:
            CallFailed: The system did not answer; the breaker has heard of it.
            UsageError: It cannot be asked for all of them.
        """
        named = (system, f"{obj}.census", criticality)
        return self._asked(named, lambda connector: census(connector, obj, page))

    def stream(self, system: str, obj: str, position: str | None) -> Stream:
        """Return the line that tells changes of `obj`, not yet open; raises `UsageError`."""
        return streaming(self._windows.of(system).connector).stream(obj, position)

    def told(
        self, system: str, notices: Sequence[Notice], criticality: str
    ) -> Sequence[Event] | NotNow:
        """Read what became of records that a system named, of one object; raises `CallFailed`."""
        named = (system, f"{notices[0].object}.changes", criticality)
        return self._asked(named, lambda connector: streaming(connector).told(notices))

    def record(self, system: str, obj: str, ref: str, criticality: str) -> Record | NotNow | None:
        """Ask a system for one object by its own id; ``None``: it surely is not there.

        Raises:
            CallFailed: The system did not answer; the breaker has heard of it.
        """
        named = (system, f"{obj}.read", criticality)
        return self._asked(named, lambda connector: connector.read(obj, ref))

    def _asked(
        self, named: tuple[str, str, str], ask: Callable[[Connector], _Found]
    ) -> _Found | NotNow:
        """Ask (system, operation, criticality) something under the limits of every other call.

        Raises:
            CallFailed: The system did not answer; the breaker has heard of it.
        """
        system = named[0]
        place = self._place(*named)
        if isinstance(place, NotNow):
            return place
        try:
            found = ask(self._windows.of(system).connector)
        except CallFailed as failed:
            self._hear(system, failed.outcome, self._clock.now())
            raise
        finally:
            self._quota.leave(place)
        self._hear(system, _ANSWERED, self._clock.now())
        return found

    def give_back(self, permit: Permit) -> None:
        """Give back the place of a permit that will not be used."""
        self._quota.leave(permit.lease)
        self._breaker.forgo(permit.effect.system)

    def send(self, permit: Permit, asker: Asker, traceparent: str = "") -> Reply:
        """Do the exchange and give the place back. Never raises for a vendor's behaviour."""
        started = self._clock.now()
        try:
            outcome = exchanged(
                self._windows.of(permit.effect.system).connector, permit, traceparent
            )
        finally:
            self._quota.leave(permit.lease)
        now = self._clock.now()
        self._hear(permit.effect.system, outcome, now)
        reopens = self._breaker.still_broken(permit.effect.system, outcome)
        if reopens is not None:
            outcome = replace(outcome, verdict=Verdict.BLOCKED, retry_after=reopens - now)
        return reply_of(permit, asker, outcome, now - started)

    def _hear(self, system: str, outcome: Outcome, now: datetime) -> None:
        if outcome.kind is Kind.QUOTA and outcome.retry_after is not None:
            self._quota.pause(self._windows.counted_as(system), now + outcome.retry_after)
        turn = self._breaker.heard(system, outcome, now)
        if turn is not None:
            self._report(system, turn)
