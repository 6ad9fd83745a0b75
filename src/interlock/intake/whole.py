"""Everything that a source has, for one integration, page by page.

The walk has a cursor of its own, which moves in the transaction that begins the runs: a walk that
was killed goes on where it stood, and begins no run twice. What changes meanwhile is told by the
feed of changes, which is begun first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from interlock.connectors.port import Changes, Event, Outcome, Record, Verdict
from interlock.estate.binding import identity
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Database, one
from interlock.foundation.queries import load_queries
from interlock.gate.permit import NotNow
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller, unbegun

_QUERIES: Final = load_queries("interlock.intake")


class Census(Protocol):
    """Where records are asked for: the gate, which keeps every system's limits."""

    def census(
        self, system: str, obj: str, page: str | None, criticality: str
    ) -> Changes | NotNow:
        """Return one page of all records, or when to ask again; raises `CallFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One page of a walk."""

    seen: int
    """Records that the page showed."""
    begun: Mapping[str, Outcome]
    """The runs that it began, each with the record as its source shows it."""
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The walk of one integration over all records of its source."""

    database: Database
    inbox: Inbox
    feed: Census
    clock: Clock

    def begin(self, poller: Poller, estate: Estate, plan: Plan) -> None:
        """Let the source be asked for changes from now on, if it is polled and was not before.

        Raises:
            CallFailed: The source did not answer.
        """
        source = self._source(estate, plan)
        if source in unbegun(self.database, estate):
            poller.poll(*source, plan.criticality)

    def step(self, estate: Estate, plan: Plan) -> Step | NotNow:
        """Read one page, and begin a run for every record that calls for one.

        Raises:
            CallFailed: The source did not answer; what was begun before stays begun.
        """
        system, obj = self._source(estate, plan)
        named = {"system": system, "object": f"{obj} for {plan.integration}"}
        with self.database.transaction() as connection:
            row = one(connection.rows(_QUERIES["cursor"], named))
        cursor = str(row["position"]) if row else None
        page = self.feed.census(system, obj, cursor, plan.criticality)
        if isinstance(page, NotNow):
            return page
        present = [each for each in page.events if not each.type.endswith(".deleted")]
        moved = {**named, "position": page.cursor, "at": iso(self.clock.now())}
        with self.database.joined() as connection:
            begun = dict(self.inbox.begin_each(connection, plan, present))
            connection.execute(_QUERIES["set_cursor"], moved)
        return Step(seen=len(page.events), begun=_shown(begun), more=_more(page, cursor))

    def _source(self, estate: Estate, plan: Plan) -> tuple[str, str]:
        trigger = plan.trigger
        return trigger.system, identity(estate, trigger.entity, trigger.system).obj


def _more(page: Changes, cursor: str | None) -> bool:
    return page.more and page.cursor != cursor


def _shown(begun: Mapping[str, Event]) -> dict[str, Outcome]:
    """Return the records that were read already: the page came from the source itself."""
    return {
        run: Outcome(
            verdict=Verdict.DONE, record=Record(ref=event.ref, body=event.body), existing=True
        )
        for run, event in begun.items()
        if event.body
    }
