"""What changed in a declared table: by its own clock, by keyset, with overlap (F11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.position import Position
from interlock.connectors.kit.sighting import sighted
from interlock.connectors.port import Changes, Event
from interlock.connectors.sql.database import Session
from interlock.connectors.sql.rows import Kept, kept
from interlock.connectors.sql.statements import Statements
from interlock.connectors.sql.values import UnfitError, moment_of

OVERLAP: Final = timedelta(seconds=10)
"""Longer than a transaction takes: its rows appear at its end and carry the time of its begin."""
PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The changes of one table."""

    name: str
    statements: Statements
    overlap: timedelta

    def begin(self, session: Session) -> Changes:
        """Return no events and a cursor that means from now on, by the database's clock."""
        return Changes(events=(), cursor=Position(since=self._now(session)).text())

    def _now(self, session: Session) -> datetime:
        ((now,),) = session.run(f"SELECT {self.statements.sayings.now}")
        return moment_of(now) - self.overlap

    def after(self, session: Session, position: Position) -> Changes:
        """Return the page of changes at `position`, oldest first."""
        then = position.then or max(self._now(session), position.since)
        rows = self._page(session, position)
        events = [self._event(each) for each in rows]
        if len(rows) < PAGE:
            return Changes(events=events, cursor=Position(since=then).text())
        last = rows[-1].record
        on = Position(
            since=position.since,
            then=then,
            pages=position.pages + 1,
            token=f"{last.version}|{last.ref}",
        )
        return Changes(events=events, cursor=on.text(), more=True)

    def _page(self, session: Session, position: Position) -> list[Kept]:
        bound = self.statements.sayings.bound
        values = [bound(position.since)]
        if position.token:
            moment, _, key = position.token.partition("|")
            at = bound(moment_of(moment))
            values += [at, at, key]
        text = self.statements.changed(inside=bool(position.token))
        rows = session.run(text, [*values, PAGE])
        return [kept(self.statements.what, row) for row in rows]

    def _event(self, row: Kept) -> Event:
        if row.record.version is None:
            raise UnfitError("a row without its time of change")
        verb = "deleted" if row.deleted else "changed"
        return sighted(self.name, row.record, moment_of(row.record.version), verb=verb)
