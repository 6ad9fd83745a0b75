"""Reading one side: every record of its systems, through the gate, in the words of its entity.

A side that could not be read to its end is no side: nothing of it is compared, and nothing is
called missing. A single record that cannot be understood is named, and its key is in doubt.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from interlock.connectors.port import CallFailed, Changes, Event
from interlock.estate.binding import BindingError, at_path, from_vendor, identity
from interlock.estate.estate import Estate
from interlock.expression import ExpressionError
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.gate.paging import CRITICALITY, GONE, Paging, Source, gone
from interlock.gate.permit import NotNow
from interlock.reconciliation.comparison import NUMBERS, Role
from interlock.reconciliation.definition import Definition, Side
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.keeping import Feed, Since, StaleError
from interlock.reconciliation.laying import Laid, Laying, sum_by_key
from interlock.reconciliation.references import References
from interlock.reconciliation.row import Cell, Row, UnfitError, number, text
from interlock.reconciliation.slate import Slate

MOST: Final = 10_000
"""Records that cannot be read; of whom there are more, nothing is believed."""
NOTHING: Final = Laid(tally=Tally(records=0, amount=Decimal(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which records count."""

    until: date
    """The last day of the period."""
    now: datetime
    settle: timedelta

    @property
    def rest(self) -> datetime:
        """Return since when a record must have been left alone to be believed."""
        return self.now - self.settle


@dataclass(slots=True, kw_only=True)
class Reading:
    """What came of reading one side."""

    side: str
    laid: Laid = NOTHING
    """What lies on the slate of it."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Key, and what is wrong with the record."""
    cursors: dict[str, str] = field(default_factory=dict)
    """From where the next look asks for changes: by side and number of the source."""
    broken: str = ""
    """Why it could not be read to its end, or not be believed."""
    zoneless: Counter[str] = field(default_factory=Counter)
    """System and field -> moments that it tells without a zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads sides."""

    estate: Estate
    source: Source
    clock: Clock
    definition: Definition
    window: Window
    feed: Feed | None = None
    """Where changes are asked for; ``None``: everything is read, and nothing kept."""

    def read(self, name: str, slate: Slate, since: Since | None = None) -> Reading:
        """Lay every record of a side down as rows; or those that changed `since`, on the others.

        Raises:
            StaleError: A system does not know any more what changed since then.
        """
        found = Reading(side=name)
        with Laying(slate, name, onto=since is not None) as laying:
            for source, (side, system) in enumerate(self._sources(name)):
                cursor = since.cursors[f"{name} {source}"] if since else None
                self._attempted((side, system), (source, cursor), laying, found)
            found.laid = laying.done()
        if name in self.definition.summed:
            found.laid = sum_by_key(slate, name, found.laid)
        if any(not key for key, _ in found.unreadable):
            found.broken = found.broken or "a record cannot be read, and nobody knows which one"
        if len(found.unreadable) >= MOST:
            found.broken = f"{MOST} records and more cannot be read: {found.unreadable[0][1]}"
        return found

    def _sources(self, name: str) -> Iterator[tuple[Side, str]]:
        for side in self.definition.sides:
            if side.name == name:
                yield from ((side, system) for system in side.systems)

    def _attempted(
        self,
        whose: tuple[Side, str],
        where: tuple[int, str | None],
        laying: Laying,
        found: Reading,
    ) -> None:
        (side, system), (source, cursor) = whose, where
        keys = References(self.estate, self.every)
        laying.expect(system)
        try:
            obj = identity(self.estate, side.entity, system).obj
            if cursor is None:
                found.cursors[f"{side.name} {source}"] = self._now(system, obj)
                events = self.every(side.entity, system)
            else:
                events = self._changed((system, obj), cursor, f"{side.name} {source}", found)
            for event in events:
                rows = None if gone(event) else self._rows(side, system, event, (found, keys))
                found.zoneless.update(self._zoneless(side, system, event))
                laying.put(source, system, event.ref, rows)
        except (CallFailed, UnavailableError) as failure:
            found.broken = f"`{system}` could not be read to its end: {failure}"
        except UsageError as error:
            found.broken = f"`{system}` cannot be asked for all its records: {error.what}"

    def _now(self, system: str, obj: str) -> str:
        """Return from where the next look may ask what changed; nothing if it may not."""
        if self.feed is None:
            return ""
        feed = self.feed
        paging = Paging(source=self.source, clock=self.clock)
        pages = paging.pages(lambda _: feed.changes(system, obj, None, CRITICALITY))
        return next(page.cursor for page in pages)

    def _changed(
        self, whose: tuple[str, str], cursor: str, name: str, found: Reading
    ) -> Iterator[Event]:
        """Yield what changed since a cursor, the newest of a record last."""
        feed = self.feed
        if feed is None or not cursor:
            raise StaleError("nobody can be asked what changed")
        paging = Paging(source=self.source, clock=self.clock)
        ask = partial(_page, feed, whose)
        for page in paging.pages(ask, cursor):
            found.cursors[name] = page.cursor
            if page.gap:
                raise StaleError(page.gap)
            for event in page.events:
                if not event.body and not event.type.endswith(GONE):
                    raise StaleError(f"a change of {event.object} {event.ref} tells nothing more")
                yield event

    def every(self, entity: str, system: str) -> Iterator[Event]:
        """Yield every record of an entity in a system, again if it changed meanwhile.

        Raises:
            CallFailed: The system did not answer.
            UsageError: It cannot be asked for all of them, or they do not end.
        """
        paging = Paging(source=self.source, clock=self.clock)
        yield from paging.every(system, identity(self.estate, entity, system).obj)

    def _rows(
        self, side: Side, system: str, event: Event, into: tuple[Reading, References]
    ) -> list[Row]:
        found, keys = into
        field_ = identity(self.estate, side.entity, system).field
        key = text(at_path(event.body, field_))
        try:
            record = from_vendor(
                self.estate, side.entity, system, event.body, keys=keys.of, only=side.reads
            )
            scope = {**record, "id": key, "ref": event.ref, side.entity: {**record, "id": key}}
            return list(self._taken(side, system, event, scope))
        except (BindingError, ExpressionError, UnfitError) as error:
            what = f"{event.object} {event.ref} of `{system}`: {error}"
            if len(found.unreadable) < MOST:
                found.unreadable.append((key or "", what))
            return []

    def _zoneless(self, side: Side, system: str, event: Event) -> Iterator[str]:
        """Yield the moments that a record tells without saying in which zone."""
        for name, declared in self.estate.entities[side.entity].spec.fields.items():
            binding = declared.in_.get(system)
            if binding is None or declared.type != "timestamp" or name not in side.reads:
                continue
            told = [at_path(event.body, path) for path in binding.reads]
            if any(isinstance(each, str) and _says_no_zone(each) for each in told):
                yield f"`{name}` of `{system}`"

    def _taken(
        self, side: Side, system: str, event: Event, scope: Mapping[str, object]
    ) -> Iterator[Row]:
        if side.each is None:
            scopes: Iterable[tuple[str, Mapping[str, object]]] = [(event.ref, scope)]
        else:
            scopes = _elements(side.each, event.ref, scope)
        for ref, each in scopes:
            if side.where is None or side.where(each) is True:
                yield self._row(side, system, (ref, event.at), each)

    def _row(
        self, side: Side, system: str, seen: tuple[str, datetime], scope: Mapping[str, object]
    ) -> Row:
        ref, at = seen
        cells = {
            name: self._cell(name, expression(scope)) for name, expression in side.cells.items()
        }
        base = {self.definition.roles[name]: cell for name, cell in reversed(cells.items())}
        legal_entity = str(base.get(Role.LEGAL_ENTITY) or "")
        day = None if side.dated is None else self._day(side.dated(scope), legal_entity)
        amount = base.get(Role.AMOUNT)
        return Row(
            ref=ref,
            key=text(scope["id"] if side.key is None else side.key(scope)),
            about=None if side.run is None else text(side.run(scope)),
            system=system,
            legal_entity=legal_entity,
            currency=str(base.get(Role.CURRENCY) or "").upper(),
            amount=amount if isinstance(amount, Decimal) else None,
            late=day is not None and day > self.window.until,
            dated=day,
            at=at,
            fresh=at > self.window.rest,
            cells=cells,
            unsaid=self._unsaid(side, system),
        )

    def _unsaid(self, side: Side, system: str) -> frozenset[str]:
        """Return the names of the fields that this one of the side's systems does not hold."""
        fields = self.estate.entities[side.entity].spec.fields
        return frozenset(
            name
            for name, expression in side.cells.items()
            if expression.text in fields and system not in fields[expression.text].in_
        )

    def _cell(self, name: str, value: object) -> Cell:
        numeric = self.definition.roles[name] in NUMBERS
        return number(value) if numeric else text(value)

    def _day(self, dated: object, legal_entity: str) -> date | None:
        """Return the day on which a record counts: one of its legal entity."""
        if dated is None:
            return None
        if isinstance(dated, datetime):
            declared = self.estate.legal_entities.get(legal_entity)
            zone = ZoneInfo(declared.spec.timezone) if declared else UTC
            return dated.astimezone(zone).date()
        if isinstance(dated, date):
            return dated
        told = str(dated)
        try:
            if len(told) == len("2026-10-31"):
                return date.fromisoformat(told)
            moment = datetime.fromisoformat(told)
        except ValueError:
            raise UnfitError(f"`{told[:40]}` is no date") from None
        if moment.tzinfo is None:
            raise UnfitError(f"`{told[:40]}` has no zone: nobody knows on which day it counts")
        return self._day(moment, legal_entity)


def _page(feed: Feed, whose: tuple[str, str], cursor: str | None) -> Changes | NotNow:
    return feed.changes(*whose, cursor, CRITICALITY)


def _says_no_zone(told: str) -> bool:
    try:
        return datetime.fromisoformat(told).tzinfo is None
    except ValueError:
        return False


def _elements(
    each: str, ref: str, scope: Mapping[str, object]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    listed = scope.get(each)
    for index, element in enumerate(listed if isinstance(listed, list | tuple) else ()):
        yield f"{ref}#{index + 1}", {**scope, "element": element}
