"""Hear what systems tell over a line that we keep open; the poll is the net under it (F12).

A notice says where to look. The records are read back through the gate, under the same limits as
every read, and what they became is stored in one transaction with the position behind it: killed
in between, the line tells it once more, and the same event is one row. Nothing more is asked of
the line before that, so what we cannot take in waits at the system.
"""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from interlock.audit import Entry, trail
from interlock.connectors.port import CallFailed, Event
from interlock.connectors.stream import EARLIEST, Notice, Notices, PositionLostError, Stream
from interlock.flow.archive import EstateArchive
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Database
from interlock.foundation.errors import InterlockError
from interlock.foundation.queries import load_queries
from interlock.gate.permit import NotNow
from interlock.intake.echo import is_echo, looked_at
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller
from interlock.intake.posts import Post, heard
from interlock.intake.silence import SILENCE

_QUERIES: Final = load_queries("interlock.intake")
KEPT: Final = timedelta(hours=72)
"""How long the org keeps change events ("Event Message Durability"): an older position is lost."""
FIRST_PAUSE: Final = timedelta(milliseconds=250)
LONGEST_PAUSE: Final = timedelta(seconds=60)
"""After a line broke it is opened again after a pause that doubles up to this."""
TOLD_AFTER: Final = 8
"""Failures in a row before people are asked: about half a minute."""
QUIET: Final = timedelta(minutes=10)
"""A line that has told nothing for so long is opened again: the org speaks every 270 seconds."""
TOGETHER: Final = 500
"""Events of one transaction at most."""
LOST: Final = (
    "{system} cannot go on behind what we heard at {since}; the poll finds what was changed "
    "since then, and what is still kept is told again"
)


class Source(Protocol):
    """Where lines are had and records are read: the gate."""

    def stream(self, system: str, obj: str, position: str | None) -> Stream:
        """Return the line over which a system tells changes of `obj`."""
        ...

    def told(
        self, system: str, notices: Sequence[Notice], criticality: str
    ) -> Sequence[Event] | NotNow:
        """Read what became of the records that a system named; raises `CallFailed`."""
        ...


class Hearing:
    """Hears lines; each in a thread of its own, all of them closed at once."""

    def __init__(
        self,
        house: tuple[Database, EstateArchive],
        inbox: Inbox,
        source: Source,
        poller: Poller,
        clock: Clock,
    ) -> None:
        self._database, self._archive = house
        self._inbox = inbox
        self._source = source
        self._poller = poller
        self._clock = clock
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[Post, Stream] = {}
        self._beginning: set[Post] = set()
        self._spoke: dict[Post, datetime] = {}
        self.troubles: dict[Post, str] = {}
        """Why a line broke last; empty when all are well."""

    def stop(self) -> None:
        """Hang up everywhere; from any thread."""
        with self._lock:
            self._stopped.set()
            streams = list(self._open.values())
        for stream in streams:
            stream.close()

    def look(self) -> None:
        """Open lines again that are silent for too long, and have the poll look meanwhile.

        From where on a line tells that was opened for the first time we do not know before it
        has told something: until then the poll looks often, and once more right behind that.
        """
        now = self._clock.now()
        with self._lock:
            silent = [self._open[post] for post in self._open if now - self._spoke[post] > QUIET]
            beginning = {post.system for post in self._beginning}
        for stream in silent:
            stream.close()
        for system in beginning:
            self._poller.hint(system)

    def keep(self, post: Post) -> None:
        """Hear `post` until told to stop, whatever breaks in between."""
        failures = 0
        while not self._stopped.is_set():
            before = self._heard_at(post)
            try:
                self.hear(post)
            except Exception as error:  # noqa: BLE001 (a thread that ends silently hears nothing more)
                self.troubles[post] = _said(error)
            else:
                self.troubles.setdefault(post, "the line was closed over there")
            failures = 1 if self._heard_at(post) != before else failures + 1
            if failures == TOLD_AFTER:
                self._tell(post, self.troubles[post])
            self._stopped.wait(_pause(failures).total_seconds())

    def hear(self, post: Post) -> None:
        """Hear one line until it breaks or is closed; go on behind what is stored.

        Raises:
            CallFailed: The line, or what it told, could not be had.
            InterlockError: It cannot be stored now, or there is no such line.
        """
        position = self._position(post)
        stream = self._source.stream(post.system, post.object, position)
        with self._lock:
            if self._stopped.is_set():
                return
            self._open[post] = stream
            self._spoke[post] = self._clock.now()
            if position is None:
                self._beginning.add(post)
        try:
            for notices in stream:
                self._take(post, notices)
                self.troubles.pop(post, None)
                self._tell(post, "")
                if self._stopped.is_set():
                    return
        except PositionLostError:
            self._begin_anew(post)
        finally:
            stream.close()
            with self._lock:
                self._open.pop(post, None)

    def _take(self, post: Post, told: Notices) -> None:
        """Store what notices came to, and with the last of it how far the line was heard."""
        estate = self._archive.current()
        for notice in told.notices:
            if notice.gap:
                self._inbox.miss(post.system, notice.object, notice.gap)
            if not notice.refs:
                self._poller.hint(post.system)
        looked = looked_at(estate, post.system, post.object)
        wanted = [each for each in told.notices if each.refs and not is_echo(each, looked)]
        events = [(post.system, event) for event in self._read(post, wanted)]
        while len(events) > TOGETHER:
            self._inbox.take_heard(events[:TOGETHER], None)
            events = events[TOGETHER:]
        at = {"position": told.position, "at": iso(self._clock.now())}
        reached = {**post.named, **at} if told.position else None
        self._inbox.take_heard(events, reached)
        with self._lock:
            begun = post in self._beginning
            self._beginning.discard(post)
            self._spoke[post] = self._clock.now()
        if begun:
            # What changed before the line's first word is told by nobody but the poll.
            self._poller.hint(post.system)

    def _read(self, post: Post, notices: Sequence[Notice]) -> Sequence[Event]:
        """Read records back, as soon as the gate lets us; nothing while we are told to stop."""
        while notices:
            found = self._source.told(post.system, notices, post.criticality)
            if not isinstance(found, NotNow):
                return found
            if self._stopped.wait(max((found.until - self._clock.now()).total_seconds(), 0.05)):
                raise _StoppedError
        return ()

    def _position(self, post: Post) -> str | None:
        """Return behind what to go on; ``None`` the first time."""
        row = heard(self._database, post)
        if row is None:
            return None
        position, at = row
        if position != EARLIEST and self._clock.now() - at > KEPT:
            self._begin_anew(post)
            return EARLIEST
        return position

    def _begin_anew(self, post: Post) -> None:
        """Go on from the earliest that is kept; people and the poll hear of what may lack."""
        row = heard(self._database, post)
        if row is not None and row[0] != EARLIEST:
            lost = LOST.format(system=post.system, since=iso(row[1]))
            self._inbox.miss(post.system, post.object, lost)
        self._poller.hint(post.system)
        with self._database.transaction() as connection:
            at = {"position": EARLIEST, "at": iso(self._clock.now())}
            connection.execute(_QUERIES["set_cursor"], {**post.named, **at})

    def _heard_at(self, post: Post) -> datetime | None:
        try:
            row = heard(self._database, post)
        except InterlockError:
            return None
        return None if row is None else row[1]

    def _tell(self, post: Post, why: str) -> None:
        """Ask people once about a line that is not to be had, and take it back when it is."""
        now, line = self._clock.now(), {"system": f"{post.system} {post.object} (changes)"}
        turn = _QUERIES["fell_silent" if why else "was_heard"]
        owner = self._archive.current().systems[post.system].metadata.owner or ""
        data = {"system": post.system, "object": post.object, "route": owner}
        if why:
            said = f"changes of {post.object} are not told: {why}; the poll finds them meanwhile"
            data |= {"kind": SILENCE, "message": said}
        stream = f"stream:{post.system}:{post.object}"
        action = "source.silent" if why else "source.heard"
        entry = Entry(action=action, at=now, actor="intake", data=data)
        with self._database.transaction() as connection:
            connection.execute(_QUERIES["watch"], {**line, "now": iso(now)})
            if connection.execute(turn, line):
                trail.tell(connection, stream, [entry])


class _StoppedError(Exception):
    """We were told to stop in between: what was not stored is told again."""


def _pause(failures: int) -> timedelta:
    doubled: int = 2 ** min(failures - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _said(error: Exception) -> str:
    if isinstance(error, (CallFailed, InterlockError)):
        return str(error)
    return type(error).__name__
