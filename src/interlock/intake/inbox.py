"""One event in, whatever it means out: in one transaction, and the same event twice is one row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from interlock.connectors.port import Event
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan, Wait, every_step
from interlock.expression import ExpressionError
from interlock.flow import commands
from interlock.flow.archive import EstateArchive
from interlock.flow.commands import Begin
from interlock.flow.core.carried import carried
from interlock.flow.core.decide import TRIGGER
from interlock.flow.core.progress import Progress, fold
from interlock.flow.run import Run, State
from interlock.flow.store import RunStore
from interlock.flow.succession import begin_after
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Connection
from interlock.foundation.ids import derived
from interlock.foundation.queries import load_queries
from interlock.intake.gap import tell_gap
from interlock.intake.meaning import business_key, holds, record_of, seen, starts
from interlock.intake.receiving import Row, identity_of, receive, row_of
from interlock.intake.sightings import news_of

_QUERIES: Final = load_queries("interlock.intake")


class Via(StrEnum):
    """How an event came."""

    DELIVERY = "delivery"
    POLL = "poll"
    CHANNEL = "channel"
    STREAM = "stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of an event."""

    new: bool
    """False: it had arrived before."""
    led_to: tuple[str, ...] = ()


class Inbox:
    """Takes events in."""

    def __init__(self, store: RunStore, archive: EstateArchive, clock: Clock) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock

    def take(self, system: str, event: Event, via: Via = Via.DELIVERY) -> Taken:
        """Store the event and do what it calls for, all or nothing (F12)."""
        return self.take_all([(system, event)], via)[0]

    def take_all(
        self, arrived: Sequence[tuple[str, Event]], via: Via = Via.DELIVERY
    ) -> list[Taken]:
        """Store events of systems and do what they call for, all of them or nothing."""
        return self._taken(arrived, via, None) if arrived else []

    def take_heard(
        self, arrived: Sequence[tuple[str, Event]], reached: Mapping[str, str] | None
    ) -> list[Taken]:
        """Store what a line told, and with it how far the line was heard: both or neither."""
        return self._taken(arrived, Via.STREAM, reached) if arrived or reached else []

    def _taken(
        self,
        arrived: Sequence[tuple[str, Event]],
        via: Via,
        reached: Mapping[str, str] | None,
    ) -> list[Taken]:
        estate = self._archive.current()
        now = self._clock.now()
        rows = [row_of(system, event, via.value, now) for system, event in arrived]
        with self._store.database.transaction() as connection:
            if reached is not None:
                connection.execute(_QUERIES["set_cursor"], reached)
            new = receive(connection, rows) if rows else []
            return [
                self._led(connection, estate, *news) if news else Taken(new=False)
                for fresh, row, (_, event) in zip(new, rows, arrived, strict=True)
                for news in [news_of(connection, row, event, fresh=fresh)]
            ]

    def begin_each(
        self, connection: Connection, plan: Plan, events: Sequence[Event]
    ) -> Iterator[tuple[str, Event]]:
        """Begin what events call for of one integration, as if it alone had heard of them.

        They are not stored: the integrations that hear of changes are told of them by the feed.
        Yields the runs that began, each with its event.
        """
        estate = self._archive.current()
        for event in events:
            for led in self._triggered(connection, estate, plan, event):
                if led.startswith("run_"):
                    yield led, event

    def _led(self, connection: Connection, estate: Estate, row: Row, event: Event) -> Taken:
        led_to = tuple(self._consequences(connection, estate, row["system"], event))
        if led_to:
            said = {"system": row["system"], "id": row["id"], "led_to": " ".join(led_to)}
            connection.execute(_QUERIES["led_to"], said)
        return Taken(new=True, led_to=led_to)

    def miss(self, system: str, obj: str, gap: str) -> None:
        """Ask a person about what `system` cannot tell any more of an object (F12)."""
        source, estate = (system, obj), self._archive.current()
        tell_gap(self._store.database, estate, source, gap, self._clock.now())

    def take_hint(self, system: str, content: bytes) -> Taken:
        """Store that an unsigned delivery said something changed; the poll finds out what.

        The same words within a minute are one hint: some senders repeat each seven times.
        """
        now = self._clock.now()
        row = {
            "system": system,
            "id": derived("hint", system, sha256(content).hexdigest(), iso(now)[:16]),
            "type": "hint",
            "ref": "",
            "at": iso(now),
            "arrived_at": iso(now),
            "via": Via.DELIVERY.value,
        }
        with self._store.database.transaction() as connection:
            return Taken(new=receive(connection, [row])[0])

    def _consequences(
        self, connection: Connection, estate: Estate, system: str, event: Event
    ) -> Iterator[str]:
        for plan in estate.plans.values():
            if starts(estate, plan, system, event):
                yield from self._triggered(connection, estate, plan, event)
            for step in every_step(plan.steps):
                if isinstance(step, Wait) and (step.system, step.event) == (system, event.type):
                    yield from self._heard(connection, estate, (plan, step), event)

    def _triggered(
        self, connection: Connection, estate: Estate, plan: Plan, event: Event
    ) -> Iterator[str]:
        record = record_of(estate, plan.trigger.entity, plan.trigger.system, event)
        key = business_key(plan, record, event)
        last = commands.latest(connection, plan.integration, key)
        undone = last is not None and last.state in {State.COMPENSATED, State.CANCELLED}
        wanted = Begin(
            plan=plan,
            key=key,
            ref=event.ref,
            version=event.id,
            why=f"{event.type} {event.id}",
            actor="intake",
            correlation=event.correlation,
            again=undone,
        )
        if undone:
            last = None
        if last is not None and plan.trigger.each == "record":
            yield from self._changed(connection, wanted, last, record)
            return
        when = plan.trigger.when
        if when is not None and holds(when, plan, record or seen(estate, plan, event)) is False:
            return
        now = self._clock.now()
        if last is not None and last.state not in {State.COMPLETED, State.READY}:
            begun = begin_after(connection, last, wanted, now)
        else:
            begun = commands.begin(connection, wanted, now)
        if begun is not None:
            yield begun

    def _changed(
        self,
        connection: Connection,
        wanted: Begin,
        run: Run,
        record: Mapping[str, object] | None,
    ) -> Iterator[str]:
        """An event about a record that has its run: withdrawn, amended, or our own echo."""
        if record is None:
            return
        now = self._clock.now()
        plan = wanted.plan
        cancel = plan.change.cancel_when
        if cancel is not None and holds(cancel, plan, record) is True:
            commands.change(
                connection,
                run,
                what="cancelled",
                message="the source record was withdrawn",
                state=carried(plan, record),
                now=now,
            )
            yield f"cancels:{run.id}"
            return
        if field := self._amended(connection, plan, run, record):
            commands.change(
                connection,
                run,
                what="amended",
                message=f"`{field}` was amended at the source",
                state=carried(plan, record),
                now=now,
            )
            yield f"amends:{run.id}"
        elif not commands.was_changed(connection, run):
            return
        # The run is being taken back, or a person may take it back: then this comes after it.
        begun = begin_after(connection, run, wanted, now)
        if begun is not None:
            yield begun

    def _amended(
        self, connection: Connection, plan: Plan, run: Run, record: Mapping[str, object]
    ) -> str | None:
        """Return a field that the run knows with another value than the record has now."""
        if not plan.change.amend_on:
            return None
        progress = fold(Progress(retry=plan.retry), self._store.facts_in(connection, run.id))
        known = progress.results.get(TRIGGER)
        if not isinstance(known, Mapping):
            return None
        for field in plan.change.amend_on:
            if record.get(field) is not None and known.get(field) != record[field]:
                return field
        return None

    def _heard(
        self, connection: Connection, estate: Estate, waiting: tuple[Plan, Wait], event: Event
    ) -> Iterator[str]:
        plan, step = waiting
        record = record_of(estate, step.entity, step.system, event)
        if record is None:
            return
        try:
            correlation = str(step.event_match({step.entity: record}))
        except ExpressionError:
            return
        commands.hear(
            connection,
            event_id=identity_of(event),
            integration=plan.integration,
            names=(step.system, step.event, correlation),
            value=record,
            now=self._clock.now(),
        )
        yield f"signals:{correlation}"
