"""Bringing the mirror up to date: what changed since the last time, through the gate.

A source that could not be read to its end leaves the mirror as it was, and so the product. Where a
vendor can only list, everything is listed and only what differs is taken over; and everything is
read anew now and then, because not every vendor tells what was deleted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from interlock.connectors.port import CallFailed, Changes, Event
from interlock.estate.binding import at_path, identity
from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.gate.paging import CRITICALITY, Paging, Source, gone
from interlock.gate.permit import NotNow
from interlock.products.definition import Definition
from interlock.products.mirror import Been, Mirror, Stored, by_key, by_ref
from interlock.products.refusal import Kind, Reason, Refusal


@dataclass(slots=True, kw_only=True)
class Brought:
    """What reading the sources brought."""

    records: dict[tuple[str, str], int] = field(default_factory=dict)
    """(entity, system) -> records that it showed this time."""
    looked: set[str] = field(default_factory=set)
    """Names under which changed records may have been looked at."""
    changed: set[tuple[str, str, str]] = field(default_factory=set)
    """Records that are new, different or gone: entity, system, ref."""
    whole: set[tuple[str, str]] = field(default_factory=set)
    """Sources that were read from their beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the sources of one product."""

    definition: Definition
    source: Source
    clock: Clock
    mirror: Mirror

    def read(self, *, whole: bool) -> Brought:
        """Read what changed at every source, or everything.

        Raises:
            Refusal: A source could not be read to its end, or does not look as it did.
        """
        brought = Brought()
        for source in sorted(self.definition.sources):
            try:
                self._source(source, brought, whole=whole)
                if self._another_shape(source, brought):
                    self._source(source, brought, whole=True)
            except (CallFailed, UnavailableError) as failure:
                raise _unread(source, f"could not be read to its end: {failure}") from failure
            except UsageError as error:
                raise _unread(
                    source, f"cannot be asked for all its records: {error.what}"
                ) from error
        renamed = list(self._renamed())
        if renamed:
            raise Refusal(renamed)
        return brought

    def _source(self, source: tuple[str, str], brought: Brought, *, whole: bool) -> None:
        entity, system = source
        begun = self.clock.now()
        been = self.mirror.been(entity, system)
        anew = whole or been is None or not been.position or self._due(been, begun)
        position, newest, gap = self._newest(source, "" if anew or been is None else been.position)
        if gap and not anew:
            # The vendor does not know any more what happened in between: only all of it tells.
            self._source(source, brought, whole=True)
            return
        for ref, event in newest.items():
            self._take(source, ref, event, brought)
        if anew:
            for ref in self.mirror.refs(entity, system):
                if ref not in newest:
                    self._take(source, ref, None, brought)
            brought.whole.add(source)
        brought.records[source] = len(newest)
        whole_at = begun if anew or been is None else been.whole_at
        self.mirror.was_read(
            Been(entity=entity, system=system, position=position, read_at=begun, whole_at=whole_at)
        )

    def _due(self, been: Been, now: datetime) -> bool:
        return now - been.whole_at >= self.definition.whole

    def _newest(
        self, source: tuple[str, str], begin: str
    ) -> tuple[str, Mapping[str, Event | None], str]:
        """Return where to go on, by id what every record that was shown is now, and any gap."""
        entity, system = source
        obj = identity(self.definition.estate, entity, system).obj
        found: dict[str, Event | None] = {}
        position, gap = "", ""
        paging = Paging(source=self.source, clock=self.clock)

        def ask(at: str | None) -> Changes | NotNow:
            return self.source.census(system, obj, at, CRITICALITY)

        for page in paging.pages(ask, begin or None):
            position, gap = page.cursor, gap or page.gap
            for event in page.events:
                found[event.ref] = None if gone(event) else event
        return position, found, gap

    def _take(
        self, source: tuple[str, str], ref: str, event: Event | None, brought: Brought
    ) -> None:
        before = self.mirror.record(*source, ref)
        now = None if event is None else self._kept(source, event)
        if before == now:
            return
        brought.changed.add((*source, ref))
        for each in (before, now):
            brought.looked.add(by_ref(*source, ref))
            if each is not None and each.key is not None:
                brought.looked.add(by_key(*source, each.key))
        if now is None:
            self.mirror.forget(*source, ref)
        else:
            self.mirror.keep(now)

    def _kept(self, source: tuple[str, str], event: Event) -> Stored:
        entity, system = source
        estate = self.definition.estate
        fields = self.definition.sources[source]
        key_path = identity(estate, entity, system).field
        key = at_path(event.body, key_path)
        body: dict[str, object] = {}
        present = {key_path} if _there(event.body, key_path) else set()
        for places, element in _places(estate, entity, system, fields):
            for path in places:
                if _there(event.body, path):
                    present.add(_label(places))
                    value = _pruned(estate, element, system, at_path(event.body, path))
                    _place(body, path, value)
        return Stored(
            entity=entity,
            system=system,
            ref=event.ref,
            key=None if key in (None, "") else str(key).strip() or None,
            body=body,
            present=frozenset(present),
        )

    def _another_shape(self, source: tuple[str, str], brought: Brought) -> bool:
        """Tell whether nothing that was read now has a field that every record had (F19)."""
        if source in brought.whole:
            return False
        read = [
            record
            for entity, system, ref in brought.changed
            if (entity, system) == source
            and (record := self.mirror.record(entity, system, ref)) is not None
        ]
        for path in self._watched(source) if read else ():
            times, records = self.mirror.seen(*source, path)
            if times and times == records and not any(path in each.present for each in read):
                return True
        return False

    def _renamed(self) -> Iterator[Reason]:
        """Yield every field that no record of a source has any more."""
        for source in sorted(self.definition.sources):
            for path in sorted(self._watched(source)):
                before, _ = self.mirror.seen(*source, path)
                now, records = self.mirror.how_often(*source, path)
                if before and records and not now:
                    obj = identity(self.definition.estate, *source).obj
                    what = (
                        f"`{path}` is in none of the {records} {obj} of `{source[1]}` any more; "
                        f"it was in {before}: was it renamed?"
                    )
                    yield Reason(kind=Kind.SCHEMA, what=what, system=source[1])

    def seen(self) -> None:
        """Note which fields records have now: what is published is measured by it next time."""
        for source in self.definition.sources:
            for path in self._watched(source):
                self.mirror.was_seen(*source, path, self.mirror.how_often(*source, path))

    def _watched(self, source: tuple[str, str]) -> set[str]:
        estate, fields = self.definition.estate, self.definition.sources[source]
        watched = {_label(places) for places, _ in _places(estate, *source, fields)}
        return watched | {identity(estate, *source).field}


def _unread(source: tuple[str, str], why: str) -> Refusal:
    return Refusal([Reason(kind=Kind.SOURCE, what=f"`{source[1]}` {why}", system=source[1])])


def _places(
    estate: Estate, entity: str, system: str, fields: Iterable[str]
) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield where each field is read, with the entity of the elements where it is a list."""
    declared = estate.entities[entity].spec.fields
    for name in sorted(fields):
        yield declared[name].in_[system].reads, declared[name].list


def _label(places: tuple[str, ...]) -> str:
    """Return how a field is called whose value stands in one of several places."""
    return " or ".join(places)


def _there(body: Mapping[str, object], path: str) -> bool:
    """Tell whether an object has a path, even if nothing stands there."""
    outer, _, name = path.rpartition(".")
    inside = at_path(body, outer) if outer else body
    return isinstance(inside, Mapping) and name in inside


def _place(body: dict[str, object], path: str, value: object) -> None:
    *outer, name = path.split(".")
    inside = body
    for each in outer:
        inside = inside.setdefault(each, {})  # type: ignore[assignment]  # only made here
    inside[name] = value


def _pruned(estate: Estate, element: str | None, system: str, value: object) -> object:
    """Return a list whose elements hold only what is bound; anything else as it is."""
    if element is None or not isinstance(value, list | tuple):
        return value
    declared: Entity = estate.entities[element]
    fields = [name for name, each in declared.spec.fields.items() if system in each.in_]
    paths = [path for places, _ in _places(estate, element, system, fields) for path in places]
    kept: list[object] = []
    for each in value:
        if not isinstance(each, Mapping):
            kept.append(each)  # what is no record is named when it is read
            continue
        body: dict[str, object] = {}
        for path in paths:
            if _there(each, path):
                _place(body, path, at_path(each, path))
        kept.append(body)
    return kept
