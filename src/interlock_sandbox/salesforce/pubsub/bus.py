"""The event bus: what changed in the org becomes change events, kept for a while.

What one call changed is published together once it is over, so that what was rolled back is never
told. The same change of several records is one event with several ids, as in the real org.

Faults: ``change_gap`` (an event tells whose record changed and nothing else), and those of
`service`. Option ``change_events``: the objects that are selected (default: all).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from interlock_sandbox.salesforce.pubsub.avro import Form, form_of, told
from interlock_sandbox.salesforce.schema import Schema
from interlock_sandbox.wire import dump
from interlock_sandbox.world import Record, World

ORIGIN: Final[ContextVar[str]] = ContextVar("origin", default="")
"""Which API and client began the change that is under way; empty for people."""
ALL: Final = "ChangeEvents"
NOBODY: Final = "000000000000000AAA"
_USER: Final = "005000000000001AAA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event on the bus."""

    number: int
    """Its place; replay ids are made of it, and are not contiguous."""
    obj: str
    schema: str
    payload: bytes

    @property
    def replay(self) -> bytes:
        """Its replay id: opaque to everybody else."""
        return self.number.to_bytes(8, "big")


@dataclass(slots=True)
class _Change:
    """The same change of one or several records."""

    obj: str
    kind: str
    origin: str
    values: dict[str, object]
    fields: frozenset[str]
    refs: list[str] = field(default_factory=list)


class Bus:
    """Keeps the events of one org."""

    def __init__(self, world: World, schema: Schema) -> None:
        self._world = world
        self._schema = schema
        self._shown: dict[tuple[str, str], tuple[bool, dict[str, object]]] = {}
        self._waiting: dict[tuple[str, str], str] = {}
        self._events: list[Event] = []
        self._number = 1_000
        self._earliest = 0
        self._listening = False
        self._told: set[Callable[[], None]] = set()

    def listen(self) -> None:
        """Begin: what is there now is known, what changes from now on is told."""
        self._listening = True
        for obj in self._schema.names():
            for ref, record in self._world.table(obj).items():
                self._shown[(obj, ref)] = self._shape(obj, record)

    def changed(self, obj: str, record: Record) -> None:
        """Tell of a change, once the call that makes it is over."""
        if not self._listening or obj not in self.selected():
            return
        if not self._waiting:
            self._world.spawn(self._published())
        key, origin = (obj, str(record["Id"])), ORIGIN.get()
        known = self._waiting.setdefault(key, origin)
        self._waiting[key] = origin if known == origin else ""

    def selected(self) -> Sequence[str]:
        """Return the objects whose changes are told."""
        found: Sequence[str] = self._world.options.get("change_events", self._schema.names())
        return found

    def known(self) -> Sequence[str]:
        """Return the objects that there are."""
        return self._schema.names()

    def form(self, obj: str) -> Form:
        """Return how the events of `obj` are written now."""
        return form_of(obj, self._schema.fields(obj).values())

    def overflow(self, obj: str) -> None:
        """Tell only that very many records of `obj` changed."""
        change = _Change(obj, "GAP_OVERFLOW", "", {}, frozenset(), [NOBODY])
        self._publish([change])

    def forget(self) -> None:
        """Forget what was told so far, as if it were older than three days."""
        self._earliest = self._number
        self._events.clear()

    @property
    def latest(self) -> bytes:
        """The replay id of the newest event, or where one would be."""
        return self._number.to_bytes(8, "big")

    def place(self, replay: bytes) -> int | None:
        """Return the place behind which to go on; ``None`` when it is not known (any more)."""
        number = int.from_bytes(replay, "big")
        known = len(replay) == len(self.latest) and self._earliest <= number <= self._number
        return number if known else None

    def now(self) -> int:
        """Return the place behind everything."""
        return self._number

    def after(self, place: int, channel: str, most: int) -> list[Event]:
        """Return the next events of a channel behind a place."""
        found = (each for each in self._events if each.number > place)
        return [each for each in found if channel in {ALL, each.obj}][:most]

    def heard_by(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called whenever there is more; return what ends that."""
        self._told.add(wake)
        return lambda: self._told.discard(wake)

    async def _published(self) -> None:
        await asyncio.sleep(0)
        waiting, self._waiting = self._waiting, {}
        changes: dict[str, _Change] = {}
        for (obj, ref), origin in waiting.items():
            found = self._difference(obj, ref, origin)
            if found is not None:
                key = dump([found.obj, found.kind, found.origin, found.values]).decode()
                changes.setdefault(key, found).refs.append(ref)
        self._publish(list(changes.values()))

    def _difference(self, obj: str, ref: str, origin: str) -> _Change | None:
        record = self._world.table(obj).get(ref)
        before = self._shown.get((obj, ref))
        if record is None:
            return None
        after = self._shown[(obj, ref)] = self._shape(obj, record)
        if before is None:
            values = {name: value for name, value in after[1].items() if value is not None}
            return _Change(obj, "CREATE", origin, values, frozenset(values))
        if before[0] is not after[0]:
            return _Change(obj, "DELETE" if after[0] else "UNDELETE", origin, {}, frozenset())
        values = {name: value for name, value in after[1].items() if before[1].get(name) != value}
        return _Change(obj, "UPDATE", origin, values, frozenset(values)) if values else None

    def _shape(self, obj: str, record: Record) -> tuple[bool, dict[str, object]]:
        return bool(record["IsDeleted"]), told(self._schema.fields(obj), record)

    def _publish(self, changes: Sequence[_Change]) -> None:
        now = self._world.now()
        common: dict[str, Any] = {
            "transactionKey": self._world.token(18),
            "commitTimestamp": int(now.timestamp() * 1000),
            "commitNumber": self._number,
            "commitUser": _USER,
        }
        for sequence, change in enumerate(changes, 1):
            self._number += 1 + self._world.rng.randrange(3)
            self._events.append(self._event(change, {**common, "sequenceNumber": sequence}))
        for wake in list(self._told):
            wake()

    def _event(self, change: _Change, common: dict[str, Any]) -> Event:
        form = self.form(change.obj)
        overflows = change.kind == "GAP_OVERFLOW"
        asked = f"{change.obj} {change.refs}"
        gap = not overflows and self._world.faults.decide("change_gap", asked)
        kind = f"GAP_{change.kind}" if gap else change.kind
        values = {} if gap else change.values
        nulled = {name for name, value in values.items() if value is None}
        header = {
            **common,
            "entityName": change.obj,
            "recordIds": change.refs,
            "changeType": kind,
            "changeOrigin": change.origin,
            "nulledFields": form.bitmaps(nulled),
            "diffFields": [],
            # A creation names no fields: all that have a value are new.
            "changedFields": form.bitmaps(set(values)) if kind == "UPDATE" else [],
        }
        return Event(
            number=self._number,
            obj=change.obj,
            schema=form.id,
            payload=form.written(header, values),
        )
