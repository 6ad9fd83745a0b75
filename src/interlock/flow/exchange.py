"""One exchange with a system, as a run sees it: asked for, intended, sent, and taken in.

The intent of a write is committed before it leaves: one commit with the outcome of the exchange
before it (docs/decisions/0003). The exchange itself is the gate's.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from interlock.connectors.port import Outcome, Verdict
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.flow.core.carried import carried
from interlock.flow.core.decide import proof_holds
from interlock.flow.core.facts import Ended, Failed, Intended, Proven
from interlock.flow.core.frame import CannotTellError
from interlock.flow.core.halt import Halt
from interlock.flow.core.walk import Walk
from interlock.flow.desk import Desk, Fellows, Told, Workshop
from interlock.flow.draft import Draft
from interlock.flow.reversals import unless_reversed
from interlock.flow.run import State
from interlock.flow.store import LEASE, Money, Rest, TakenOverError
from interlock.foundation.telemetry import About, SpanKind, Spot
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.permit import NotNow, Permit, Refusal, Reply

_T = TypeVar("_T")
Turns = Generator[Permit | None, Outcome | None, _T]
"""Yields before every exchange. Worked on with others, it yields what it wants to look at, and is
sent what came of that; ``None``: it has to look by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """Does the exchanges of one run."""

    desk: Desk
    write: Callable[[Rest], None]
    """Commits the draft."""

    @property
    def _draft(self) -> Draft:
        return self.desk.draft

    @property
    def _shop(self) -> Workshop:
        return self.desk.shop

    def perform(self, effect: Effect) -> Turns[Rest | None]:
        """Ask the gate, commit the intent, yield, send, and take in what came of it.

        Returns how to rest when the gate says "not now", or when the write leaves with others.
        """
        now = self._shop.clock.now()
        asker = self._asker(now)
        if self.desk.fellows is not None:
            return (yield from self._perform_among(self.desk.fellows, effect, asker))
        answer = self._shop.gate.admit(effect, asker)
        match answer:
            case NotNow(until=until):
                return Rest(state=State.SLEEPING, due_at=until, path=effect.path)
            case Refusal():
                self._refused(effect, answer, now)
                return None
            case Permit():
                self._intend(effect, answer, now)
        yield None
        self._still_ours(effect, answer)
        reply = unless_reversed(self.desk, effect, self._exchange(answer, asker))
        self._settle(effect, reply, self._shop.clock.now())
        return None

    def _perform_among(self, fellows: Fellows, effect: Effect, asker: Asker) -> Turns[Rest | None]:
        """Judge it singly, and let it be done together: a write in a cut, a look with others.

        What cannot be done together this run does alone, in a segment of its own.
        """
        now = asker.at
        told = fellows.told(self._draft.run.id, effect.path)
        if told is not None:
            self._take_told(effect, told, asker)
            return None
        judged = self._shop.gate.judge(effect, asker)
        if isinstance(judged, Refusal):
            self._refused(effect, judged, now)
            return None
        if effect.mode is not Mode.WRITE:
            outcome = yield judged
            if outcome is not None:
                reply = self._shop.gate.many.told(effect, asker, outcome)
                self._settle(effect, unless_reversed(self.desk, effect, reply), now)
                return None
        else:
            cut = fellows.joined(self._draft.run, judged, self.desk.plan.criticality)
            if isinstance(cut, datetime):
                return Rest(state=State.SLEEPING, due_at=cut, path=effect.path)
            if cut is not None:
                self._note_intent(effect, judged, now, cut)
                return Rest(state=State.BATCHED, path=effect.path, correlation=cut)
        fellows.alone(self._draft.run)
        return Rest(state=State.SLEEPING, due_at=now, path=effect.path)

    def _take_told(self, effect: Effect, told: Told, asker: Asker) -> None:
        """Take in what became of a write that left; in doubt, what a look-up shows of it."""
        sent = self._draft.progress.effort(effect.path).sent
        effect = replace(effect, mode=Mode.WRITE, attempt=sent)
        if told.seen is not None:
            probe = replace(effect, mode=Mode.PROBE)
            reply = self._shop.gate.many.told(probe, asker, told.seen)
            reply = unless_reversed(self.desk, probe, reply)
            if reply.outcome.verdict is Verdict.DONE:
                self._settle(probe, reply, asker.at)
                return
        self._settle(effect, self._shop.gate.many.told(effect, asker, told.outcome), asker.at)

    def _refused(self, effect: Effect, refusal: Refusal, now: datetime) -> None:
        self._draft.entries.append(self.desk.reporter.refused(effect, refusal, now))
        failed = Failed(at=now, path=effect.path, kind=refusal.kind, message=refusal.reason)
        self._draft.note(failed, None)

    def _asker(self, now: datetime) -> Asker:
        refs = self._draft.progress.refs
        return Asker(
            run=self._draft.run.id,
            plan=self.desk.plan,
            estate=self.desk.estate,
            key=self._draft.run.key,
            generation=self._draft.run.generation,
            legal_entity=self._draft.money.legal_entity,
            at=now,
            refs=lambda entity, key, system: refs.get((entity, key, system)),
        )

    def _intend(self, effect: Effect, permit: Permit, now: datetime) -> None:
        """Commit the intent of a write before it leaves; a read needs none."""
        if effect.mode is not Mode.WRITE:
            return
        self._note_intent(effect, permit, now)
        self.write(Rest(state=State.RUNNING, due_at=now + LEASE, path=effect.path))

    def _note_intent(self, effect: Effect, permit: Permit, now: datetime, cut: str = "") -> None:
        intent = Intended(
            at=now,
            path=effect.path,
            entity=effect.entity,
            system=effect.system,
            operation=effect.operation,
            key=effect.key,
        )
        self._draft.note(intent, self.desk.reporter.intended(permit, now, cut))

    def _still_ours(self, effect: Effect, permit: Permit) -> None:
        """Refuse to send when this worker stood still for longer than its lease (F24).

        Another may have taken the run up meanwhile and be about to send the same; a target
        without key and reference (class C) would carry out both.
        """
        held_until = self._draft.run.due_at
        if effect.mode is not Mode.WRITE or held_until is None:
            return
        if self._shop.clock.now() >= held_until:
            self._shop.gate.give_back(permit)
            raise TakenOverError(
                f"`{self._draft.run.id}` was not sent: its lease ended at {held_until}",
                hint="Nothing to do: the worker that has taken it up looks first, then sends.",
            )

    def _exchange(self, permit: Permit, asker: Asker) -> Reply:
        effect = permit.effect
        spot = Spot(self._draft.run.id).at(effect.path, f"{effect.mode}:{effect.attempt}")
        about = About(
            kind=SpanKind.CLIENT,
            attributes={
                "interlock.integration.name": self.desk.plan.integration,
                "interlock.flow.run.id": self._draft.run.id,
                "interlock.step.id": effect.step,
                "interlock.step.attempt": effect.attempt,
                "interlock.business.key": effect.key,
            },
        )
        name = f"{effect.system} {effect.operation}"
        with self._shop.telemetry.span(name, spot, about) as span:
            reply = self._shop.gate.send(permit, asker, spot.traceparent())
            if reply.outcome.verdict is not Verdict.DONE:
                span.fail(str(reply.outcome.kind) or str(reply.outcome.verdict))
        return reply

    def _settle(self, effect: Effect, reply: Reply, now: datetime) -> None:
        outcome = reply.outcome
        if effect.path.startswith("proof["):
            self._prove(effect, reply, now)
            return
        retry_at = None if outcome.retry_after is None else now + outcome.retry_after
        ended = Ended(
            at=now,
            path=effect.path,
            verdict=outcome.verdict,
            probe=effect.mode is Mode.PROBE,
            entity=effect.entity,
            system=effect.system,
            key=effect.key,
            ref=outcome.record.ref if outcome.record else None,
            value=reply.value,
            kind=outcome.kind,
            code=outcome.code,
            message=outcome.message,
            retry_at=retry_at,
        )
        self._draft.note(ended, self.desk.reporter.ended(effect, reply, now))
        if effect.path == "trigger" and reply.value is not None:
            self._draft.money = money_of(self.desk.estate, self.desk.plan, reply.value)
            self._draft.seen = carried(self.desk.plan, reply.value)

    def _prove(self, effect: Effect, reply: Reply, now: datetime) -> None:
        outcome = reply.outcome
        held, message = False, f"{outcome.kind} {outcome.message}".strip()
        if reply.value is not None:
            walk = Walk(
                plan=self.desk.plan,
                progress=self._draft.progress,
                world=self.desk.world(),
                now=now,
            )
            try:
                held = proof_holds(walk, effect.path, reply.value)
                message = "" if held else f"seen was {_shown(reply.value)}"
            except (CannotTellError, Halt) as error:
                message = str(error)
        fact = Proven(at=now, path=effect.path, held=held, seen=reply.value, message=message[:500])
        self._draft.note(fact, self.desk.reporter.noted(fact))


def money_of(estate: Estate, plan: Plan, record: Mapping[str, object]) -> Money:
    """Return what a triggering record is about in money, by its declared fields."""
    entity = estate.entities[plan.trigger.entity]
    legal = entity.spec.legalEntity
    amount = record.get("amount", record.get("total"))
    return Money(
        legal_entity=str(record[legal]) if legal and record.get(legal) is not None else None,
        currency=str(record["currency"]) if record.get("currency") is not None else None,
        amount=None if amount is None else str(amount),
    )


def _shown(value: Mapping[str, object]) -> str:
    plain = {k: v for k, v in value.items() if not isinstance(v, (list, Mapping))}
    return ", ".join(f"{name} {value}" for name, value in sorted(plain.items()))[:300]
