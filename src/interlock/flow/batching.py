"""The third driver: many runs at once, whose equal steps are done together.

The same segments as under the engine. Their looks are gathered into few calls, and their writes
into cuts, each a job of the vendor's; every write was judged singly, has its own intent and its
own outcome in the trail. What cannot be done together a run does alone. Everything is written
down for two hundred runs in one commit.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from interlock.connectors.port import CallFailed, Kind, Outcome, Request, Verdict
from interlock.flow.company import Company, Filling
from interlock.flow.cuts import HELD, IN_ONE_CALL, Cut, CutStore, Member
from interlock.flow.desk import Told, Workshop
from interlock.flow.together import Hand, Together
from interlock.foundation.database import Connection
from interlock.foundation.ids import Ids
from interlock.gate.permit import NotNow

_LOG: Final = logging.getLogger(__name__)
AT_ONCE: Final = 200
"""Runs of one commit."""
FIRST_LOOK: Final = timedelta(milliseconds=200)
LAST_LOOK: Final = timedelta(seconds=15)
"""Between looks at a job: twice as long each time, at most this."""
NOT_NOW: Final = timedelta(seconds=5)
"""After this a job that was not taken is handed over again."""
PATIENCE: Final = timedelta(hours=2)
"""After that what a job did not say is uncertain."""
_NEVER_LEFT: Final = Outcome(
    verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="its job was never handed over"
)
_UNSAID: Final = Outcome(
    verdict=Verdict.UNCERTAIN, kind=Kind.MALFORMED, message="the vendor does not say"
)

_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class _Out:
    """A job that is under way."""

    cut: Cut
    keys: Sequence[str]
    look_at: datetime
    pause: timedelta = FIRST_LOOK
    told: Mapping[str, Outcome] | None = None
    """What it came to, where some of it is in doubt and could not be looked up yet."""


class Batcher:
    """Works on many runs together; to be called from one thread."""

    def __init__(self, shop: Workshop, ids: Ids) -> None:
        self._shop = shop
        self._many = shop.gate.many
        self._cuts = CutStore(shop.store.database, shop.worker)
        self._company = Company(many=shop.gate.many, clock=shop.clock, ids=ids)
        self._out: list[_Out] = []
        self._not_now: datetime | None = None
        self._held = shop.clock.now()
        self._together = Together(shop, self._cuts, self._company)

    @property
    def jobs(self) -> int:
        """Return how many jobs are under way, or wait for a place."""
        return len(self._out) + len(self._company.full)

    @property
    def busy(self) -> bool:
        """Return whether anything is under way, together or alone."""
        return bool(self._out or self._company.full or self._together.alone())

    def close(self) -> None:
        """Let what goes alone come to rest. Jobs go on at the vendor's; `resume` sees to them."""
        self._together.close()

    def resume(self) -> int:
        """See to the cuts that another process left behind; return how many there were."""
        mine = {each.cut.id for each in self._out} | self._company.gathering()
        taken = self._cuts.taken(self._shop.clock.now())
        found = [cut for cut in taken if cut.id not in mine]
        for cut in found:
            keys = [each.key for each in self._cuts.members(cut)]
            self._company.under_way |= {(cut.place, key) for key in keys}
            if cut.job is None:
                self._settle(cut, dict.fromkeys(keys, _NEVER_LEFT))
            elif cut.job == IN_ONE_CALL:
                self._settle(cut, {})
            else:
                self._watch(cut, keys)
        return len(found)

    def take_up(
        self,
        due: Sequence[tuple[str, int]],
        criticality: str,
        known: Mapping[str, Outcome] | None = None,
    ) -> bool:
        """Work on due runs as far as they go together; `known`: their triggering records.

        Returns whether there were any that do not go alone already.
        """
        alone = self._together.alone()
        free = [each for each in due if each[0] not in alone]
        for some in _portions(free):

            def claimed(_: Connection, some: Sequence[tuple[str, int]] = some) -> list[Hand]:
                store, now = self._shop.store, self._shop.clock.now()
                runs = [store.claim(run, number, self._shop.worker, now) for run, number in some]
                return [self._together.hand(run) for run in runs if run is not None]

            self._together.work(claimed, known or {}, criticality)
        self._leave()
        return bool(free)

    def flush(self) -> None:
        """Let the writes that are gathered leave, however few."""
        self._company.flush()
        self._leave()

    def turn(self) -> bool:
        """Look at jobs, settle those that ended, let others leave; tell whether any ended."""
        now = self._shop.clock.now()
        if now - self._held > HELD / 4:
            self._cuts.hold(now)
            self._held = now
        self._leave()
        due = [each for each in self._out if each.look_at <= now]
        settled = [each.cut.id for each in due if self._looked(each)]
        self._out = [each for each in self._out if each.cut.id not in settled]
        return bool(settled)

    def next_look(self) -> datetime | None:
        """Return when a job is to be looked at next."""
        return min((each.look_at for each in self._out), default=self._not_now)

    def _leave(self) -> None:
        """Hand over the jobs that are full, as far as the system has room."""
        now = self._shop.clock.now()
        if self._not_now is not None and now < self._not_now:
            return
        self._not_now = None
        while self._company.full and self._not_now is None:
            filling = self._company.full.pop(0)
            if not filling.requests:
                continue
            try:
                self._handed_over(filling)
            except CallFailed as failure:
                self._not_taken(filling, failure.outcome)

    def _not_taken(self, filling: Filling, outcome: Outcome) -> None:
        """Hand it over again later, unless that is pointless: nothing of it was applied."""
        cut, now = filling.cut, self._shop.clock.now()
        if outcome.verdict is Verdict.REJECTED or now > cut.made_at + PATIENCE:
            self._settle(cut, dict.fromkeys(filling.requests, outcome))
            return
        _LOG.warning("%s takes no job now: %s", cut.system, outcome.message)
        self._company.full.insert(0, filling)
        self._not_now = now + (outcome.retry_after or NOT_NOW)

    def _handed_over(self, filling: Filling) -> None:
        cut = filling.cut
        requests = list(filling.requests.values())
        if self._many.are_few(cut.place, len(requests)):
            self._sent(filling, requests)
            return
        job = self._many.hand_over(cut.place, requests, cut.criticality)
        if isinstance(job, NotNow):
            self._company.full.insert(0, filling)
            self._not_now = job.until
            return
        self._cuts.left(cut, job, len(requests), self._shop.clock.now())
        self._watch(replace(cut, job=job), list(filling.requests))
        try:
            self._many.begin(cut.place, job, cut.criticality)
        except CallFailed as failure:
            _LOG.info("whether job %s began is seen when it is looked at: %s", job, failure)

    def _sent(self, filling: Filling, requests: Sequence[Request]) -> None:
        """Send few writes in one call; that it is about to leave is written down before."""
        cut = filling.cut

        def leaving() -> None:
            self._cuts.left(cut, IN_ONE_CALL, len(requests), self._shop.clock.now())

        found = self._many.send(cut.place, requests, cut.criticality, leaving)
        if isinstance(found, NotNow):
            self._company.full.insert(0, filling)
            self._not_now = found.until
            return
        self._settle(cut, dict(zip(filling.requests, found, strict=True)))

    def _watch(self, cut: Cut, keys: Sequence[str]) -> None:
        self._out.append(_Out(cut=cut, keys=keys, look_at=self._shop.clock.now() + FIRST_LOOK))

    def _looked(self, out: _Out) -> bool:
        """Look at a job; return whether it was settled."""
        cut, now = out.cut, self._shop.clock.now()
        try:
            which = (cut.field, out.keys)
            found: Mapping[str, Outcome] | NotNow | None = out.told
            if found is None:
                found = self._many.ended(cut.place, cut.job or "", which, cut.criticality)
        except CallFailed as failure:
            _LOG.warning("what became of job %s is not known yet: %s", cut.job, failure)
            found = None
        if isinstance(found, NotNow):
            out.look_at = found.until
            return False
        over = now >= cut.made_at + PATIENCE
        out.told = {} if found is None and over else found
        if out.told is not None and self._settled(cut, out.told):
            return True
        out.look_at, out.pause = now + out.pause, min(out.pause * 2, LAST_LOOK)
        return False

    def _settle(self, cut: Cut, outcomes: Mapping[str, Outcome]) -> None:
        """Let the runs of a cut go on: at once, or when what is in doubt can be looked up."""
        if not self._settled(cut, outcomes):
            look_at = self._shop.clock.now() + FIRST_LOOK
            keys = [each.key for each in self._cuts.members(cut)]
            self._out.append(_Out(cut=cut, keys=keys, look_at=look_at, told=outcomes))

    def _settled(self, cut: Cut, outcomes: Mapping[str, Outcome]) -> bool:
        """Let every run of a cut take in what became of its write, and go on.

        Returns whether it did: not before what is in doubt was looked up (nothing is sent twice).
        """
        members = self._cuts.members(cut)
        told = {each.key: Told(outcome=outcomes.get(each.key, _UNSAID)) for each in members}
        seen = self._looked_up(cut, told)
        if seen is None and self._shop.clock.now() < cut.made_at + PATIENCE:
            return False
        told |= seen or {}
        for some in _portions(members):

            def claimed(connection: Connection, some: Sequence[Member] = some) -> list[Hand]:
                return list(self._claimed(connection, cut, some, told))

            self._together.work(claimed, {}, cut.criticality)
            self._company.under_way -= {(cut.place, each.key) for each in some}
        came_to: dict[str, int] = {}
        for each in told.values():
            verdict = str(each.outcome.verdict)
            came_to[verdict] = came_to.get(verdict, 0) + 1
        self._cuts.close(cut, came_to, self._shop.clock.now())
        return True

    def _claimed(
        self,
        connection: Connection,
        cut: Cut,
        members: Sequence[Member],
        told: Mapping[str, Told],
    ) -> Iterator[Hand]:
        self._cuts.leave(connection, cut, members)
        for each in members:
            run = self._cuts.claim(each.run, cut, self._shop.clock.now())
            if run is not None:
                self._company.outcomes[each.run, each.path] = told[each.key]
                yield self._together.hand(run)

    def _looked_up(self, cut: Cut, told: Mapping[str, Told]) -> dict[str, Told] | None:
        """Return what a look-up shows of the writes that are in doubt; ``None``: nobody knows."""
        doubts = [k for k, each in told.items() if each.outcome.verdict is Verdict.UNCERTAIN]
        if not doubts:
            return {}
        where = (cut.system, cut.obj, cut.field)
        records = self._many.records(where, doubts, cut.criticality)
        if records is None:
            return None
        return {
            key: Told(
                outcome=told[key].outcome,
                seen=Outcome(verdict=Verdict.DONE, record=records[key][0], existing=True),
            )
            for key in doubts
            if len(records.get(key, ())) == 1
        }


def _portions(those: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(those), AT_ONCE):
        yield those[start : start + AT_ONCE]
