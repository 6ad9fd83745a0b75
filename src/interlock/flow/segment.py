"""One segment of a run: from being taken up until it ends, waits or is parked.

The same code under both drivers. It is a generator that yields just before every exchange, so
that a simulation can interleave runs there; the engine simply exhausts it. One commit a governed
write: the outcome of the last together with the intent of the next (docs/decisions/0005).
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from interlock.audit import Entry
from interlock.connectors.port import Verdict
from interlock.estate.correction import typed
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.flow.announcing import announced, outbox_row
from interlock.flow.archive import EstateArchive
from interlock.flow.core.actions import (
    Action,
    Ask,
    Finish,
    Listen,
    Note,
    Park,
    Perform,
    Sleep,
)
from interlock.flow.core.carried import carried
from interlock.flow.core.decide import next_action, proof_holds
from interlock.flow.core.effort import Terms
from interlock.flow.core.facts import (
    Answered,
    Arrived,
    Changed,
    Emitted,
    Ended,
    Fact,
    Failed,
    Intended,
    Proven,
)
from interlock.flow.core.frame import CannotTellError
from interlock.flow.core.progress import Progress, after, fold
from interlock.flow.core.walk import Halt, Walk, World
from interlock.flow.reporting import Reporter
from interlock.flow.run import ENDS, Run, State
from interlock.flow.store import LEASE, Money, Rest, RunStore, Writing, fact_of
from interlock.flow.succession import successor
from interlock.foundation.clock import Clock
from interlock.foundation.database import Connection
from interlock.foundation.errors import InvariantError
from interlock.foundation.telemetry import About, SpanKind, Spot, Telemetry
from interlock.gate.door import Gate
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.permit import NotNow, Permit, Refusal, Reply

MOST_ACTIONS: Final = 10_000
"""Actions of one segment; a plan that needs more is going round in circles."""

TransformOf = Callable[[Estate, str], Callable[..., object]]
"""Which Python function a transform of an estate means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a segment works with."""

    store: RunStore
    archive: EstateArchive
    gate: Gate
    clock: Clock
    telemetry: Telemetry
    transform_of: TransformOf
    worker: str
    """Who is at work, for the trail: ``worker:1``."""


@dataclass(slots=True)
class Segment:
    """One run in the hands of one worker."""

    shop: Workshop
    run: Run
    plan: Plan
    estate: Estate
    progress: Progress
    facts: list[Fact] = field(default_factory=list)
    """What happened and is not written yet."""
    entries: list[Entry] = field(default_factory=list)
    outbox: list[Mapping[str, object]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    money: Money = field(default_factory=Money)
    carried_before: str | None = None
    seen: str | None = None

    def work(self) -> Iterator[None]:
        """Do what can be done now; yield before every exchange."""
        self._read_signals()
        for _ in range(MOST_ACTIONS):
            action = next_action(self.plan, self.progress, self._world(), self.shop.clock.now())
            if isinstance(action, Perform):
                rest = yield from self._perform(action.effect)
            else:
                rest = self._without_exchange(action)
            if rest is not None:
                self._leave(rest)
                return
        raise InvariantError(
            f"`{self.run.id}` went through {MOST_ACTIONS} actions without coming to rest",
            hint="This is a defect of the flow core; the history of the run shows it.",
        )

    def _world(self) -> World:
        return World(
            terms=self._terms,
            transform=lambda name: self.shop.transform_of(self.estate, name),
            run={
                "id": self.run.id,
                "key": self.run.key,
                "started_at": self.run.started_at,
                "posting_date": self._posting_date(),
            },
            carried_before=self.carried_before,
        )

    def _terms(self, system: str, operation: str) -> Terms:
        return Terms(
            capability=self.shop.gate.capability(system, operation),
            retry=self.plan.retry,
            bound=self.shop.gate.bound(system),
        )

    def _posting_date(self) -> object:
        """The day the run started, where its legal entity keeps its books."""
        entity = self.estate.legal_entities.get(self.money.legal_entity or "")
        zone = ZoneInfo(entity.spec.timezone) if entity else ZoneInfo("UTC")
        return self.run.started_at.astimezone(zone).date()

    @property
    def _reporter(self) -> Reporter:
        return Reporter(run=self.run, plan=self.plan, estate=self.estate, actor=self.shop.worker)

    def _note(self, fact: Fact, entry: Entry | None) -> None:
        self.facts.append(fact)
        self.progress = after(self.progress, fact)
        if entry is not None:
            self.entries.append(entry)

    def _read_signals(self) -> None:
        for signal in self.shop.store.signals(self.run.id):
            fact = fact_of(signal)
            self.taken.append(signal.id)
            if isinstance(fact, Answered) and fact.correction:
                fact = replace(fact, correction=typed(self.estate, fact.correction))
            if fact is not None and self._applies(fact):
                self._note(fact, self._reporter.noted(fact))

    def _applies(self, fact: Fact) -> bool:
        """An answer to a question that is not asked any more changes nothing."""
        if isinstance(fact, Answered) and fact.answer not in {"approve", "deny"}:
            return self.progress.failed is not None or fact.answer == "compensate"
        return isinstance(fact, (Answered, Changed))

    def _perform(self, effect: Effect) -> Generator[None, None, Rest | None]:
        now = self.shop.clock.now()
        asker = self._asker(now)
        answer = self.shop.gate.admit(effect, asker)
        match answer:
            case NotNow(until=until):
                return Rest(state=State.SLEEPING, due_at=until, path=effect.path)
            case Refusal():
                self.entries.append(self._reporter.refused(effect, answer, now))
                failed = Failed(at=now, path=effect.path, kind=answer.kind, message=answer.reason)
                self._note(failed, None)
                return None
            case Permit():
                self._intend(effect, answer, now)
        yield
        reply = self._exchange(answer, asker)
        self._settle(effect, reply, self.shop.clock.now())
        return None

    def _asker(self, now: datetime) -> Asker:
        refs = self.progress.refs
        return Asker(
            run=self.run.id,
            plan=self.plan,
            estate=self.estate,
            key=self.run.key,
            generation=self.run.generation,
            legal_entity=self.money.legal_entity,
            at=now,
            refs=lambda entity, key, system: refs.get((entity, key, system)),
        )

    def _intend(self, effect: Effect, permit: Permit, now: datetime) -> None:
        """Commit the intent of a write before it leaves; a read needs none."""
        if effect.mode is not Mode.WRITE:
            return
        intent = Intended(
            at=now,
            path=effect.path,
            entity=effect.entity,
            system=effect.system,
            operation=effect.operation,
            key=effect.key,
        )
        self._note(intent, self._reporter.intended(permit, now))
        self._write(Rest(state=State.RUNNING, due_at=now + LEASE, path=effect.path))

    def _exchange(self, permit: Permit, asker: Asker) -> Reply:
        effect = permit.effect
        spot = Spot(self.run.id).at(effect.path, f"{effect.mode}:{effect.attempt}")
        about = About(
            kind=SpanKind.CLIENT,
            attributes={
                "interlock.integration.name": self.plan.integration,
                "interlock.flow.run.id": self.run.id,
                "interlock.step.id": effect.step,
                "interlock.step.attempt": effect.attempt,
                "interlock.business.key": effect.key,
            },
        )
        name = f"{effect.system} {effect.operation}"
        with self.shop.telemetry.span(name, spot, about) as span:
            reply = self.shop.gate.send(permit, asker, spot.traceparent())
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
        self._note(ended, self._reporter.ended(effect, reply, now))
        if effect.path == "trigger" and reply.value is not None:
            self.money = money_of(self.estate, self.plan, reply.value)
            self.seen = carried(self.plan, reply.value)

    def _prove(self, effect: Effect, reply: Reply, now: datetime) -> None:
        outcome = reply.outcome
        held, message = False, f"{outcome.kind} {outcome.message}".strip()
        if reply.value is not None:
            walk = Walk(plan=self.plan, progress=self.progress, world=self._world(), now=now)
            try:
                held = proof_holds(walk, effect.path, reply.value)
                message = "" if held else f"seen was {_shown(reply.value)}"
            except (CannotTellError, Halt) as error:
                message = str(error)
        fact = Proven(at=now, path=effect.path, held=held, seen=reply.value, message=message[:500])
        self._note(fact, self._reporter.noted(fact))

    def _without_exchange(self, action: Action) -> Rest | None:
        now = self.shop.clock.now()
        match action:
            case Note():
                self._noted(action)
                return None
            case Listen():
                return self._listen(action)
            case Perform():
                raise AssertionError(action)
            case _:
                return self._rest(action, now)

    def _rest(self, action: Sleep | Ask | Park | Finish, now: datetime) -> Rest:
        match action:
            case Sleep(until=until, path=path):
                return Rest(state=State.SLEEPING, due_at=until, path=path)
            case Ask():
                group, question = action.step.group, action.step.question
                entry = self._reporter.asked(question, group, action.deadline, self.money)
                self.entries.append(replace(entry, at=now))
                return Rest(state=State.ASKING, due_at=action.deadline, path=action.path)
            case Park():
                # A parked run that is woken for nothing asks the same question: say it once.
                if self.facts or self.run.state is not State.PARKED:
                    intent = self.progress.begun.get(action.path)
                    self.entries.append(self._reporter.parked(action, self.money, now, intent))
                return Rest(state=State.PARKED, path=action.path)
            case Finish():
                return self._finish(action, now)

    def _noted(self, note: Note) -> None:
        fact = note.fact
        if isinstance(fact, Emitted) and note.event is not None:
            event = announced(self.run, self.progress.started, fact, note.event)
            event = replace(event, data=dict(note.data or {}))
            position = self.run.length + len(self.facts) + 1
            self.outbox.append(outbox_row(event, self.run, position))
        self._note(fact, self._reporter.noted(fact))

    def _listen(self, listen: Listen) -> Rest | None:
        heard = self.shop.store.heard(self.run.id, listen.system, listen.event, listen.correlation)
        if heard is not None:
            self.taken.append(heard.id)
            now = self.shop.clock.now()
            fact = Arrived(at=now, path=listen.path, value=heard.body)
            said = {"step": listen.path, "event": listen.event, "signal": heard.id}
            self._note(fact, self._reporter.entry("event.arrived", now, said))
            return None
        return Rest(
            state=State.LISTENING,
            due_at=listen.deadline,
            path=listen.path,
            system=listen.system,
            event=listen.event,
            correlation=listen.correlation,
        )

    def _finish(self, finish: Finish, now: datetime) -> Rest:
        state = finish.state
        said: dict[str, object] = {
            "money": _money(self.money),
            "legal_entity": self.money.legal_entity,
            "integration": self.plan.integration,
            "key": self.run.key,
        }
        if state == "completed":
            said["proofs"] = sorted(self.progress.proofs)
        if finish.why:
            said["why"] = finish.why
        if self.run.state not in ENDS:
            self.entries.append(self._reporter.entry(f"run.{state}", now, said))
        return Rest(state=State(state))

    def _leave(self, rest: Rest) -> None:
        """Write the run down as it is left, and make sure that nothing came in meanwhile."""
        before = self.run.signals
        self._write(rest)
        store = self.shop.store
        over = {State.COMPENSATED, State.CANCELLED}
        missed = self.run.signals != before and rest.state not in over
        if rest.state is State.LISTENING and not missed:
            names = (rest.system or "", rest.event or "", rest.correlation or "")
            missed = store.heard(self.run.id, *names) is not None
        if missed:
            store.wake(self.run.id, self.shop.clock.now())

    def _write(self, rest: Rest) -> None:
        writing = Writing(
            facts=tuple(self.facts),
            entries=tuple(self.entries),
            outbox=tuple(self.outbox),
            taken=tuple(self.taken),
            rest=rest,
            money=self.money,
            seen=self.seen,
            also=self._ending() if rest.state in ENDS else None,
        )
        before = self.run.signals
        self.run = self.shop.store.write(self.run, writing, self.shop.clock.now())
        self.facts, self.entries, self.outbox, self.taken = [], [], [], []
        if self.run.signals != before and rest.state is State.RUNNING:
            self._read_signals()

    def _ending(self) -> Callable[[Connection], None]:
        shop = self.shop
        return successor(shop.archive.current(), self.run, shop.clock.now())


def open_segment(shop: Workshop, run: Run) -> Segment:
    """Return the segment of a run that was just claimed: its history folded, its plan pinned."""
    estate = shop.archive.get(run.estate)
    plan = estate.plans[run.integration]
    facts = shop.store.facts(run.id)
    progress = fold(Progress(retry=plan.retry), facts)
    money = Money(legal_entity=run.legal_entity, currency=run.currency, amount=run.amount)
    every = plan.trigger.each == "change"
    return Segment(
        shop=shop,
        run=run,
        plan=plan,
        estate=estate,
        progress=progress,
        money=money,
        carried_before=shop.store.carried_before(run) if every else None,
        seen=run.seen,
    )


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


def _money(money: Money) -> dict[str, object] | None:
    if money.amount is None or money.currency is None:
        return None
    return {"amount": money.amount, "currency": money.currency}


def _shown(value: Mapping[str, object]) -> str:
    plain = {k: v for k, v in value.items() if not isinstance(v, (list, Mapping))}
    return ", ".join(f"{name} {value}" for name, value in sorted(plain.items()))[:300]
