"""One segment of a run: from being taken up until it ends, waits or is parked.

The same code under both drivers. It is a generator that yields just before every exchange, so
that a simulation can interleave runs there; the engine simply exhausts it. One commit a governed
write: the outcome of the last together with the intent of the next (docs/decisions/0003).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from interlock.estate.correction import typed
from interlock.flow.announcing import announced, outbox_row
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
from interlock.flow.core.decide import next_action
from interlock.flow.core.facts import (
    Answered,
    Arrived,
    Changed,
    Emitted,
    Fact,
)
from interlock.flow.core.progress import Progress, fold
from interlock.flow.desk import Desk, Fellows, Workshop
from interlock.flow.draft import Draft
from interlock.flow.exchange import Exchanges, Turns
from interlock.flow.reporting import worth
from interlock.flow.run import ENDS, Run, State
from interlock.flow.store import Money, Rest, TakenOverError, fact_of
from interlock.flow.succession import done_before
from interlock.foundation.errors import InvariantError

SECOND_LOOK: Final = timedelta(seconds=20)
"""Longer than any delivery's transaction lasts."""
MOST_ACTIONS: Final = 10_000
"""Actions of one segment; a plan that needs more is going round in circles."""


@dataclass(slots=True)
class Segment:
    """One run in the hands of one worker."""

    desk: Desk

    @property
    def _draft(self) -> Draft:
        return self.desk.draft

    @property
    def _shop(self) -> Workshop:
        return self.desk.shop

    def work(self) -> Turns[None]:
        """Do what can be done now; yield before every exchange."""
        desk, clock = self.desk, self._shop.clock
        exchanges = Exchanges(desk=desk, write=self._write)
        self._read_signals()
        for _ in range(MOST_ACTIONS):
            action = next_action(desk.plan, desk.draft.progress, desk.world(), clock.now())
            if isinstance(action, Perform):
                rest = yield from exchanges.perform(action.effect)
            else:
                rest = self._without_exchange(action)
            if rest is not None:
                self._leave(rest)
                return
        raise InvariantError(
            f"`{self._draft.run.id}` went through {MOST_ACTIONS} actions without coming to rest",
            hint="This is a defect of the flow core; the history of the run shows it.",
        )

    def _read_signals(self) -> None:
        for signal in self._shop.store.signals(self._draft.run.id):
            fact = fact_of(signal)
            self._draft.taken.append(signal.id)
            if isinstance(fact, Answered) and fact.correction:
                fact = replace(fact, correction=typed(self.desk.estate, fact.correction))
            if fact is not None and self._applies(fact):
                self._draft.note(fact, self.desk.reporter.noted(fact))

    def _applies(self, fact: Fact) -> bool:
        """An answer to a question that is not asked any more changes nothing."""
        if isinstance(fact, Answered) and fact.answer not in {"approve", "deny"}:
            return self._draft.progress.failed is not None or fact.answer == "compensate"
        return isinstance(fact, (Answered, Changed))

    def _without_exchange(self, action: Action) -> Rest | None:
        now = self._shop.clock.now()
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
                entry = self.desk.reporter.asked(
                    question, group, action.deadline, self._draft.money
                )
                self._draft.entries.append(replace(entry, at=now))
                return Rest(state=State.ASKING, due_at=action.deadline, path=action.path)
            case Park():
                # A parked run that is woken for nothing asks the same question: say it once.
                if self._draft.facts or self._draft.run.state is not State.PARKED:
                    intent = self._draft.progress.begun.get(action.path)
                    self._draft.entries.append(
                        self.desk.reporter.parked(action, self._draft.money, now, intent)
                    )
                return Rest(state=State.PARKED, path=action.path)
            case Finish():
                return self._finish(action, now)

    def _noted(self, note: Note) -> None:
        fact = note.fact
        if isinstance(fact, Emitted) and note.event is not None:
            event = announced(self._draft.run, self._draft.progress.started, fact, note.event)
            event = replace(event, data=dict(note.data or {}))
            position = self._draft.run.length + len(self._draft.facts) + 1
            self._draft.outbox.append(outbox_row(event, self._draft.run, position))
        self._draft.note(fact, self.desk.reporter.noted(fact))

    def _listen(self, listen: Listen) -> Rest | None:
        heard = self._shop.store.heard(
            self._draft.run, listen.system, listen.event, listen.correlation
        )
        if heard is not None:
            self._draft.taken.append(heard.id)
            now = self._shop.clock.now()
            fact = Arrived(at=now, path=listen.path, value=heard.body)
            said = {"step": listen.path, "event": listen.event, "signal": heard.id}
            self._draft.note(fact, self.desk.reporter.entry("event.arrived", now, said))
            return None
        return Rest(
            state=State.LISTENING,
            due_at=self._next_look(listen),
            path=listen.path,
            system=listen.system,
            event=listen.event,
            correlation=listen.correlation,
        )

    def _next_look(self, listen: Listen) -> datetime:
        """Return when to look by oneself: once soon, then when the time is over.

        An event whose transaction was under way when this run began to listen saw nobody
        listening, and was not seen: both read what was committed before (PostgreSQL).
        """
        run = self._draft.run
        if run.state is State.LISTENING and run.path == listen.path:
            return listen.deadline
        return min(listen.deadline, self._shop.clock.now() + SECOND_LOOK)

    def _finish(self, finish: Finish, now: datetime) -> Rest:
        state = finish.state
        said: dict[str, object] = {
            "money": worth(self._draft.money),
            "legal_entity": self._draft.money.legal_entity,
            "integration": self.desk.plan.integration,
            "key": self._draft.run.key,
        }
        if state == "completed":
            said["proofs"] = sorted(self._draft.progress.proofs)
        if finish.why:
            said["why"] = finish.why
        if self._draft.run.state not in ENDS:
            self._draft.entries.append(self.desk.reporter.entry(f"run.{state}", now, said))
        return Rest(state=State(state))

    def _leave(self, rest: Rest) -> None:
        """Write the run down as it is left, and make sure that nothing came in meanwhile."""
        before = self._draft.run.signals
        self._write(rest)
        store = self._shop.store
        over = {State.COMPENSATED, State.CANCELLED}
        missed = self._draft.run.signals != before and rest.state not in over
        if rest.state is State.LISTENING and not missed:
            names = (rest.system or "", rest.event or "", rest.correlation or "")
            missed = store.heard(self._draft.run, *names) is not None
        if missed:
            store.wake(self._draft.run.id, self._shop.clock.now())

    def _write(self, rest: Rest) -> None:
        shop = self._shop
        more = self._draft.write(shop.store, shop.archive, rest, shop.clock.now())
        if more and rest.state is State.RUNNING:
            self._read_signals()


def work(shop: Workshop, run_id: str, segment: int) -> bool:
    """Take up and work on one segment; return whether it was still to be had."""
    run = shop.store.claim(run_id, segment, shop.worker, shop.clock.now())
    if run is None:
        return False
    try:
        for _ in open_segment(shop, run).work():
            continue
    except TakenOverError:
        return False
    return True


def open_segment(shop: Workshop, run: Run, fellows: Fellows | None = None) -> Segment:
    """Return the segment of a run that was just claimed: its history folded, its plan pinned."""
    estate = shop.archive.get(run.estate)
    plan = estate.plans[run.integration]
    facts = shop.store.facts(run.id)
    progress = fold(Progress(retry=plan.retry), facts)
    money = Money(legal_entity=run.legal_entity, currency=run.currency, amount=run.amount)
    draft = Draft(run=run, progress=progress, money=money, seen=run.seen)
    before = done_before(shop.store, run, plan, progress)
    desk = Desk(
        shop=shop,
        plan=plan,
        estate=estate,
        draft=draft,
        carried_before=before,
        fellows=fellows,
    )
    return Segment(desk=desk)
