"""A source that has fallen silent: nobody complains about what does not come, so we do (F12).

Where a webhook or a line is declared what it tells counts, and not what the poll behind it found:
that the poll finds what no delivery told of is the very sign that deliveries are lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.audit import Entry, trail
from interlock.estate.estate import Estate
from interlock.estate.kinds import System
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Database, one
from interlock.foundation.queries import load_queries
from interlock.intake.inbox import Via

_QUERIES: Final = load_queries("interlock.intake")
SILENCE: Final = "silence"
"""The kind of case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Looks after every system of which `silence` is declared."""

    database: Database
    actor: str

    def look(self, estate: Estate, now: datetime) -> list[str]:
        """Ask people about what has fallen silent, and take it back once it is heard again.

        Returns the systems that are silent now.
        """
        silent: list[str] = []
        for name, system in sorted(estate.systems.items()):
            bound = system.spec.inbound.silence if system.spec.inbound else None
            if bound is None:
                continue
            with self.database.transaction() as connection:
                if self._is_silent(connection, system, bound, now):
                    silent.append(name)
        return silent

    def _is_silent(
        self, connection: Connection, system: System, bound: timedelta, now: datetime
    ) -> bool:
        connection.execute(_QUERIES["watch"], {"system": system.name, "now": iso(now)})
        heard = _last(connection, system)
        if now - heard <= bound:
            if connection.execute(_QUERIES["was_heard"], {"system": system.name}):
                self._tell(connection, system, "source.heard", {}, now)
            return False
        if connection.execute(_QUERIES["fell_silent"], {"system": system.name}):
            said = {"message": _sentence(connection, system, heard), "kind": SILENCE}
            self._tell(connection, system, "source.silent", said, now)
        return True

    def _tell(
        self,
        connection: Connection,
        system: System,
        action: str,
        said: Mapping[str, object],
        now: datetime,
    ) -> None:
        stream = f"source:{system.name}"
        data = {"system": system.name, "route": system.metadata.owner or "", **said}
        entry = Entry(action=action, at=now, actor=self.actor, data=data)
        trail.tell(connection, stream, [entry])


def _via(system: System) -> Via:
    inbound = system.spec.inbound
    if inbound is None or (inbound.webhook is None and inbound.changes is None):
        return Via.POLL
    return Via.DELIVERY if inbound.webhook is not None else Via.STREAM


def _last(connection: Connection, system: System) -> datetime:
    """Return when the system was heard last; before that, since when it is watched."""
    wanted = {"system": system.name, "via": _via(system).value}
    heard = one(connection.rows(_QUERIES["last_heard"], wanted))
    since = one(connection.rows(_QUERIES["watched"], {"system": system.name}))
    moments = [row for row in (heard and heard["at"], since and since["since"]) if row]
    return max(from_iso(str(each)) for each in moments)


def _sentence(connection: Connection, system: System, heard: datetime) -> str:
    wanted = {"system": system.name, "since": iso(heard)}
    missed = one(connection.rows(_QUERIES["missed"], wanted))
    found = missed["events"] if missed else 0
    if _via(system) is not Via.POLL and found:
        told = "delivery" if _via(system) is Via.DELIVERY else "change event"
        return (
            f"no {told} since {heard:%Y-%m-%d %H:%M}Z, and the poll found {found} that it missed"
        )
    return f"nothing came since {heard:%Y-%m-%d %H:%M}Z"
