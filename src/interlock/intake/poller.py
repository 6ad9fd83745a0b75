"""Ask systems what changed: the net under every delivery that was lost (F12)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Final, Protocol

from interlock.connectors.port import CallFailed, Changes
from interlock.estate.binding import identity
from interlock.estate.estate import Estate
from interlock.estate.plan import Wait, every_step
from interlock.foundation.clock import Clock, from_iso, iso
from interlock.foundation.database import Database, one
from interlock.foundation.queries import load_queries
from interlock.gate.permit import NotNow
from interlock.gate.quota import SHARES
from interlock.intake.inbox import Inbox, Via

_QUERIES: Final = load_queries("interlock.intake")
LONGEST_PAUSE: Final = timedelta(seconds=60)
"""A poll that failed is tried again after 2, 4, 8 … seconds, at most this, however rarely the
estate asks for polls: what fails at once mostly works a moment later."""
BETWEEN_HINTS: Final = timedelta(seconds=1)
PAGES: Final = 100
"""Pages read in one go before other objects have their turn."""


AT_ONCE: Final = timedelta(seconds=1)
"""Within this time an answer to the very first question is one about its moment."""
BLIND: Final = "whatever changed since {since}, because the first poll was answered only now"


@dataclass(slots=True)
class _Turn:
    due: datetime
    failures: int = 0
    hinted: bool = False
    polled: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Tell whether to poll: by its interval, or by a hint, which is heard once a second."""
        if now >= self.due:
            return True
        rested = self.polled is None or now - self.polled >= BETWEEN_HINTS
        return self.hinted and rested and not self.failures


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll brought."""

    found: int
    """New events."""
    refused: NotNow | None = None
    """The gate let no further page through."""
    broken_off: str = ""
    """Why no further page came, if the system failed behind one that did."""

    @property
    def trouble(self) -> str:
        """Return why it stopped before the end; empty when it did not."""
        return self.broken_off if self.refused is None else self.refused.reason

    def again_in(self, every: timedelta, now: datetime) -> timedelta:
        """Return how long to rest: the interval, or until the gate says that there is room.

        Where a page came and the next one did not, the next one is tried soon: a long walk
        through a system that often fails goes on page by page, and is never punished for that.
        """
        if self.broken_off:
            return BETWEEN_HINTS
        return every if self.refused is None else max(self.refused.until - now, BETWEEN_HINTS)


class Feed(Protocol):
    """Where changes are asked for: the gate, which keeps every system's limits."""

    def changes(
        self, system: str, obj: str, cursor: str | None, criticality: str
    ) -> Changes | NotNow:
        """Return one page of what changed, or when to ask again; raises `CallFailed`."""
        ...


class Source(Feed, Protocol):
    """Where changes are polled: the gate, which knows what a system can still tell."""

    def earlier(self, system: str, cursor: str, by: timedelta) -> str | None:
        """Return the cursor that stands `by` before that of a first poll; ``None``: none does."""
        ...


class Poller:
    """Polls every object that some integration needs to hear of."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        feed: Source,
        clock: Clock,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._feed = feed
        self._clock = clock
        self._turns: dict[tuple[str, str], _Turn] = {}
        self._hints: SimpleQueue[str] = SimpleQueue()
        self.troubles: dict[str, str] = {}
        """System -> why its last poll failed; empty when all is well."""

    def poll_due(self, estate: Estate) -> int:
        """Poll what is due now; return how many new events came in."""
        found = 0
        hinted = self._heard()
        for (system, obj), criticality in sorted(watched(estate).items()):
            turn = self._turns.setdefault((system, obj), _Turn(self._clock.now()))
            turn.hinted = turn.hinted or system in hinted
            if not turn.is_due(self._clock.now()):
                continue
            turn.hinted, turn.polled = False, self._clock.now()
            every = _interval(estate, system)
            try:
                polled = self.poll(system, obj, criticality)
            except CallFailed as failed:
                turn.failures += 1
                every = min(BETWEEN_HINTS * 2**turn.failures, LONGEST_PAUSE)
                self.troubles[system] = str(failed)
            else:
                found += polled.found
                every = polled.again_in(every, self._clock.now())
                turn.failures = 0
                if polled.trouble:
                    self.troubles[system] = polled.trouble
                else:
                    self.troubles.pop(system, None)
            turn.due = self._clock.now() + every
        return found

    def hint(self, system: str) -> None:
        """Poll `system` soon: somebody said that something changed there. From any thread."""
        self._hints.put(system)

    def _heard(self) -> set[str]:
        heard: set[str] = set()
        while not self._hints.empty():
            heard.add(self._hints.get())
        return heard

    def poll(self, system: str, obj: str, criticality: str) -> Polled:
        """Read what changed since the last time; the cursor moves only behind what is stored.

        Raises:
            CallFailed: The system did not answer, not even with one page.
        """
        found = 0
        position, since, first = self._standing(system, obj)
        cursor = position or None
        for pages in range(PAGES):
            page = self._page((system, obj, criticality), cursor, first=not pages)
            if isinstance(page, Polled):
                return replace(page, found=found)
            if cursor is None:
                page = self._from_first_asked((system, obj), page, since, first=first)
            found += self._stored(system, obj, page)
            caught_up = not page.more and self._clock.now() - since > LONGEST_PAUSE
            if page.cursor != cursor or caught_up:
                at = since if page.more else self._clock.now()
                self._move(system, obj, page.cursor, at)
            cursor = page.cursor
            if not page.more:
                break
        return Polled(found)

    def _from_first_asked(
        self, source: tuple[str, str], page: Changes, asked: datetime, *, first: bool
    ) -> Changes:
        """Return a first answer with a cursor that stands where the first question was asked.

        "From now on" is the moment of the answer. What changed while the system did not answer, or
        while a slow answer was under way, is read by the next poll; only a system that cannot tell
        what changed since a moment leaves a question for its owner.
        """
        waited = self._clock.now() - asked
        if first and waited < AT_ONCE:
            return page
        cursor = self._feed.earlier(source[0], page.cursor, waited)
        if cursor is None:
            self._inbox.miss(*source, BLIND.format(since=iso(asked)))
            return page
        return replace(page, cursor=cursor)

    def _page(
        self, source: tuple[str, str, str], cursor: str | None, *, first: bool
    ) -> Changes | Polled:
        """Return a page, or why the walk ends here; raises only where it has not begun."""
        system, obj, criticality = source
        try:
            page = self._feed.changes(system, obj, cursor, criticality)
        except CallFailed as failed:
            if first:
                raise
            return Polled(0, broken_off=str(failed))
        return Polled(0, refused=page) if isinstance(page, NotNow) else page

    def _stored(self, system: str, obj: str, page: Changes) -> int:
        """Store what a page tells; return how many of its events are new."""
        new = sum(self._inbox.take(system, event, Via.POLL).new for event in page.events)
        if page.gap:
            self._inbox.miss(system, obj, page.gap)
        return new

    def _standing(self, system: str, obj: str) -> tuple[str, datetime, bool]:
        """Return the cursor, since when it stands, and whether nobody ever asked before.

        The cursor is empty while no poll was ever answered. That we began to ask is stored before
        the answer: what changes from then on has to be read, however late the first answer comes.
        """
        named = {"system": system, "object": obj}
        with self._database.transaction() as connection:
            row = one(connection.rows(_QUERIES["cursor"], named))
            if row is not None:
                return str(row["position"]), from_iso(str(row["at"])), False
            now = self._clock.now()
            connection.execute(_QUERIES["set_cursor"], {**named, "position": "", "at": iso(now)})
        return "", now, True

    def _move(self, system: str, obj: str, position: str, at: datetime) -> None:
        """Remember how far was read, and when all was read that there was."""
        row = {"system": system, "object": obj, "position": position, "at": iso(at)}
        with self._database.transaction() as connection:
            connection.execute(_QUERIES["set_cursor"], row)


def unbegun(database: Database, estate: Estate) -> list[tuple[str, str]]:
    """Return what no poll was answered of yet: what changes there before that is not seen."""
    return [pair for pair, at in _caught_up(database, estate) if at is None]


def behind(database: Database, estate: Estate, moment: datetime) -> list[tuple[str, str]]:
    """Return what was not read to its end since `moment`: it may tell of more that was before."""
    return [pair for pair, at in _caught_up(database, estate) if at is None or at <= moment]


def _caught_up(
    database: Database, estate: Estate
) -> list[tuple[tuple[str, str], datetime | None]]:
    """Return everything that is polled, and when it was last read to its end."""
    found: list[tuple[tuple[str, str], datetime | None]] = []
    with database.transaction() as connection:
        for system, obj in sorted(watched(estate)):
            row = one(connection.rows(_QUERIES["cursor"], {"system": system, "object": obj}))
            answered = row is not None and bool(row["position"])
            found.append(((system, obj), from_iso(str(row["at"])) if row and answered else None))
    return found


def watched(estate: Estate) -> dict[tuple[str, str], str]:
    """Return what integrations start on or wait for: (system, object) -> highest criticality.

    The criticality decides how much of the system's quota its polls may use.
    """
    found: dict[tuple[str, str], str] = {}
    for plan in estate.plans.values():
        waits = [step for step in every_step(plan.steps) if isinstance(step, Wait)]
        heard = [(plan.trigger.system, plan.trigger.entity)]
        for system, entity in heard + [(step.system, step.entity) for step in waits]:
            if _interval(estate, system):
                pair = (system, identity(estate, entity, system).obj)
                known = (plan.criticality, found.get(pair, plan.criticality))
                found[pair] = max(known, key=lambda each: SHARES[each])
    return found


def _interval(estate: Estate, system: str) -> timedelta:
    inbound = estate.systems[system].spec.inbound
    return (inbound.poll if inbound else None) or timedelta()
