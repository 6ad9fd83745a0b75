"""Reading one side: every record of its systems, through the gate, in the words of its entity.

A side that could not be read to its end is no side: nothing of it is compared, and nothing is
called missing. A single record that cannot be understood is named, and its key is in doubt.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from interlock.connectors.port import CallFailed, Event
from interlock.estate.binding import BindingError, at_path, from_vendor, identity
from interlock.estate.estate import Estate
from interlock.expression import ExpressionError
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.gate.paging import Paging, Source, gone
from interlock.reconciliation.comparison import NUMBERS, Role
from interlock.reconciliation.definition import Definition, Side
from interlock.reconciliation.finding import Tally
from interlock.reconciliation.laying import Laid, Laying, sum_by_key
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

    def read(self, name: str, slate: Slate) -> Reading:
        """Lay every record of a side down as rows."""
        found = Reading(side=name)
        with Laying(slate, name) as laying:
            for source, (side, system) in enumerate(self._sources(name)):
                self._attempted((side, system), source, laying, found)
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
        self, whose: tuple[Side, str], source: int, laying: Laying, found: Reading
    ) -> None:
        side, system = whose
        keys = _References(self)
        laying.expect(system)
        try:
            for event in self.every(side.entity, system):
                rows = None if gone(event) else self._rows(side, system, event, (found, keys))
                found.zoneless.update(self._zoneless(side, system, event))
                laying.put(source, system, event.ref, rows)
        except (CallFailed, UnavailableError) as failure:
            found.broken = f"`{system}` could not be read to its end: {failure}"
        except UsageError as error:
            found.broken = f"`{system}` cannot be asked for all its records: {error.what}"

    def every(self, entity: str, system: str) -> Iterator[Event]:
        """Yield every record of an entity in a system, again if it changed meanwhile.

        Raises:
            CallFailed: The system did not answer.
            UsageError: It cannot be asked for all of them, or they do not end.
        """
        paging = Paging(source=self.source, clock=self.clock)
        yield from paging.every(system, identity(self.estate, entity, system).obj)

    def _rows(
        self, side: Side, system: str, event: Event, into: "tuple[Reading, _References]"
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
        dated = None if side.dated is None else side.dated(scope)
        amount = base.get(Role.AMOUNT)
        return Row(
            ref=ref,
            key=text(scope["id"] if side.key is None else side.key(scope)),
            about=None if side.run is None else text(side.run(scope)),
            system=system,
            legal_entity=legal_entity,
            currency=str(base.get(Role.CURRENCY) or "").upper(),
            amount=amount if isinstance(amount, Decimal) else None,
            late=self._late(dated, legal_entity),
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

    def _late(self, dated: object, legal_entity: str) -> bool:
        """Tell whether a record counts after the period: by the days of its legal entity."""
        if dated is None:
            return False
        if isinstance(dated, datetime):
            declared = self.estate.legal_entities.get(legal_entity)
            zone = ZoneInfo(declared.spec.timezone) if declared else UTC
            return dated.astimezone(zone).date() > self.window.until
        if isinstance(dated, date):
            return dated > self.window.until
        told = str(dated)
        try:
            if len(told) == len("2026-10-31"):
                return date.fromisoformat(told) > self.window.until
            moment = datetime.fromisoformat(told)
        except ValueError:
            raise UnfitError(f"`{told[:40]}` is no date") from None
        if moment.tzinfo is None:
            raise UnfitError(f"`{told[:40]}` has no zone: nobody knows on which day it counts")
        return self._late(moment, legal_entity)


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


class _References:
    """Our keys of the records that others point to, read when the first of them is needed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], Mapping[str, str]] = {}

    def of(self, entity: str, ref: str, system: str) -> str | None:
        """Return our key of the record that has the id `ref` in `system`."""
        known = self._known.get((entity, system))
        if known is None:
            known = self._known[entity, system] = dict(self._read(entity, system))
        return known.get(ref)

    def _read(self, entity: str, system: str) -> Iterator[tuple[str, str]]:
        key_field = identity(self._reader.estate, entity, system).field
        for event in self._reader.every(entity, system):
            key = text(at_path(event.body, key_field))
            if key is not None:
                yield event.ref, key
