"""Ask systems what changed: the net under every delivery that was lost (F12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Final

from interlock.connectors.port import CallFailed, Connector
from interlock.estate.binding import identity
from interlock.estate.estate import Estate
from interlock.estate.plan import Wait, every_step
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Database, one
from interlock.foundation.queries import load_queries
from interlock.intake.inbox import Inbox, Via

_QUERIES: Final = load_queries("interlock.intake")
LONGEST_PAUSE: Final = timedelta(seconds=60)
BETWEEN_HINTS: Final = timedelta(seconds=1)
PAGES: Final = 100
"""Pages read in one go before other objects have their turn."""


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


class Poller:
    """Polls every object that some integration needs to hear of."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        connectors: Mapping[str, Connector],
        clock: Clock,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._connectors = connectors
        self._clock = clock
        self._turns: dict[tuple[str, str], _Turn] = {}
        self._hints: SimpleQueue[str] = SimpleQueue()
        self.troubles: dict[str, str] = {}
        """System -> why its last poll failed; empty when all is well."""

    def poll_due(self, estate: Estate) -> int:
        """Poll what is due now; return how many new events came in."""
        found = 0
        hinted = self._heard()
        for system, obj in sorted(watched(estate)):
            turn = self._turns.setdefault((system, obj), _Turn(self._clock.now()))
            turn.hinted = turn.hinted or system in hinted
            if not turn.is_due(self._clock.now()):
                continue
            turn.hinted, turn.polled = False, self._clock.now()
            every = _interval(estate, system)
            try:
                found += self.poll(system, obj)
            except CallFailed as failed:
                turn.failures += 1
                every = min(every * 2**turn.failures, LONGEST_PAUSE)
                self.troubles[system] = str(failed)
            else:
                turn.failures = 0
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

    def poll(self, system: str, obj: str) -> int:
        """Read what changed since the last time; the cursor moves only behind what is stored."""
        found = 0
        cursor = self._cursor(system, obj)
        for _ in range(PAGES):
            page = self._connectors[system].changes(obj, cursor)
            for event in page.events:
                found += self._inbox.take(system, event, Via.POLL).new
            if page.cursor != cursor:
                self._move(system, obj, page.cursor)
            cursor = page.cursor
            if not page.more:
                break
        return found

    def _cursor(self, system: str, obj: str) -> str | None:
        with self._database.transaction() as connection:
            named = {"system": system, "object": obj}
            row = one(connection.rows(_QUERIES["cursor"], named))
        return None if row is None else str(row["position"])

    def _move(self, system: str, obj: str, position: str) -> None:
        row = {"system": system, "object": obj, "position": position}
        with self._database.transaction() as connection:
            connection.execute(_QUERIES["set_cursor"], {**row, "at": iso(self._clock.now())})


def watched(estate: Estate) -> set[tuple[str, str]]:
    """Return the (system, object) pairs that integrations start on or wait for."""
    found: set[tuple[str, str]] = set()
    for plan in estate.plans.values():
        if _interval(estate, plan.trigger.system):
            obj = identity(estate, plan.trigger.entity, plan.trigger.system).obj
            found.add((plan.trigger.system, obj))
        for step in every_step(plan.steps):
            if isinstance(step, Wait) and _interval(estate, step.system):
                found.add((step.system, identity(estate, step.entity, step.system).obj))
    return found


def _interval(estate: Estate, system: str) -> timedelta:
    inbound = estate.systems[system].spec.inbound
    return (inbound.poll if inbound else None) or timedelta()
