"""One view of an entity over every system that holds it, whoever keeps which books (R77, R97).

Two ERPs run at once when the authority depends on the legal entity. Every record is read where it
is, put into the entity's own words, and shown once: as the system has it that is the authority
for its legal entity. A record in the books of another entity's system, or twice in one system, is
a finding; what could not be read or understood is told, and never left out silently.

Nothing is stored: the systems are asked, through the gate, what changed since a date.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from interlock.connectors.port import CallFailed, Event
from interlock.estate.authority import authority
from interlock.estate.binding import BindingError, at_path, from_vendor, identity
from interlock.estate.estate import Estate
from interlock.expression import ExpressionError, compile_expression
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.money import Money
from interlock.gate.permit import NotNow
from interlock.intake.poller import Feed

PAGES: Final = 5_000
"""Of one system; a feed that goes on beyond is not believed to end."""
PATIENCE: Final = timedelta(seconds=60)
"""How long to wait for a place under a system's limits."""
CRITICALITY: Final = "low"
"""Looking never takes the place of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record where it was found."""

    system: str
    ref: str
    key: str
    """Ours; empty where the record has none: it was not made by us."""
    record: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record, once."""

    key: str
    legal_entity: str
    system: str
    """Whose word is shown: the authority for its legal entity; else where it was found."""
    ref: str
    posted: bool | None
    """Whether it counts in the ledger; ``None`` where the entity does not say, or nobody knows."""
    record: Mapping[str, object]
    also_in: Sequence[str] = ()
    finding: str = ""
    """What is wrong about where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What is added up: never over two currencies."""

    legal_entity: str
    system: str
    currency: str
    posted: bool | None
    records: int
    amounts: Mapping[str, Decimal]
    """By the entity's fields of money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What all systems together say."""

    entity: str
    since: datetime
    lines: Sequence[Line]
    sums: Sequence[Sum]
    troubles: Sequence[str]
    """What is not known: a system that did not answer, a record that makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Through which systems are looked at."""

    estate: Estate
    feed: Feed
    clock: Clock
    only: frozenset[str] = frozenset()
    """Systems to ask; empty: every one that holds the entity."""


@dataclass(slots=True)
class _Found:
    seen: list[Seen] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def view(lens: Lens, entity: str, since: datetime) -> View:
    """Return one view of `entity`: every record that changed since a date, in any system.

    Raises:
        UsageError: There is no such entity, or none of its systems was asked for.
    """
    found = _Found()
    for system in _systems(lens, entity):
        _look(lens, entity, system, since, found)
    lines = sorted(_lines(lens, entity, found.seen), key=lambda line: (line.key, line.ref))
    return View(
        entity=entity,
        since=since,
        lines=lines,
        sums=_sums(lens.estate, entity, lines),
        troubles=found.troubles,
    )


def _systems(lens: Lens, entity: str) -> list[str]:
    declared = lens.estate.entities.get(entity)
    if declared is None:
        known = ", ".join(sorted(lens.estate.entities))
        raise UsageError(f"there is no entity `{entity}`", hint=f"Declared are: {known}.")
    holding = sorted(declared.spec.identity)
    asked = [system for system in holding if not lens.only or system in lens.only]
    if unknown := lens.only - set(holding):
        raise UsageError(
            f"`{entity}` is not known in: {', '.join(sorted(unknown))}",
            hint=f"It is in: {', '.join(holding)}.",
        )
    return asked


def _look(lens: Lens, entity: str, system: str, since: datetime, found: _Found) -> None:
    try:
        latest = {event.ref: event for event in _changes(lens, entity, system, since)}
    except CallFailed as failure:
        found.troubles.append(f"`{system}` did not answer: {failure}")
        return
    except UsageError as error:
        found.troubles.append(f"`{system}` cannot be asked what there is since a date: {error}")
        return
    key_field = identity(lens.estate, entity, system).field
    for event in latest.values():
        if not event.body:
            continue  # it was deleted, or says nothing of itself
        try:
            record = from_vendor(lens.estate, entity, system, event.body)
        except BindingError as error:
            found.troubles.append(f"{event.object} {event.ref} of `{system}`: {error}")
            continue
        key = at_path(event.body, key_field)
        found.seen.append(
            Seen(system=system, ref=event.ref, key="" if key is None else str(key), record=record)
        )


def _changes(lens: Lens, entity: str, system: str, since: datetime) -> Iterator[Event]:
    obj = identity(lens.estate, entity, system).obj
    cursor, until = since.isoformat(), lens.clock.now() + PATIENCE
    for _ in range(PAGES):
        page = lens.feed.changes(system, obj, cursor, CRITICALITY)
        if isinstance(page, NotNow):
            if page.until > until:
                raise UsageError(page.reason, hint="Ask again when there is room.")
            lens.clock.sleep(page.until - lens.clock.now())
            continue
        yield from page.events
        cursor = page.cursor
        if not page.more:
            return
    raise UsageError(f"its changes do not end after {PAGES} pages", hint="Ask for a later date.")


def _lines(lens: Lens, entity: str, seen: Iterable[Seen]) -> Iterator[Line]:
    posted = _posted(lens.estate, entity)
    together: dict[str, list[Seen]] = defaultdict(list)
    for each in seen:
        together[each.key or f"{each.system} {each.ref}"].append(each)
    for found in together.values():
        yield _line(lens, entity, found, posted)


def _line(
    lens: Lens, entity: str, found: Sequence[Seen], posted: Callable[..., bool | None]
) -> Line:
    legal_entity = _legal_entity(lens.estate, entity, found)
    owner = _owner(lens, entity, legal_entity)
    shown = next((each for each in found if each.system == owner), found[0])
    return Line(
        key=shown.key,
        legal_entity=legal_entity,
        system=shown.system,
        ref=shown.ref,
        posted=posted(shown.record),
        record=shown.record,
        also_in=sorted({each.system for each in found} - {shown.system}),
        finding=_finding(lens.estate, entity, found, owner),
    )


def _legal_entity(estate: Estate, entity: str, found: Sequence[Seen]) -> str:
    """Return what the records say; nothing where they say different things."""
    name = estate.entities[entity].spec.legalEntity
    told = {each.record.get(name) for each in found if name} - {None}
    return str(next(iter(told))) if len(told) == 1 else ""


def _owner(lens: Lens, entity: str, legal_entity: str) -> str | None:
    """Return the authority for what the entity says of nobody else in particular."""
    fields = lens.estate.entities[entity].spec.fields
    plain = [name for name, each in fields.items() if each.authority is None] or list(fields)
    ruling = authority(
        lens.estate,
        entity,
        plain[0],
        legal_entity=legal_entity or None,
        at=lens.clock.now(),
    )
    return ruling.system


def _finding(estate: Estate, entity: str, found: Sequence[Seen], owner: str | None) -> str:
    """Return what is wrong about where a record is, if anything is."""
    systems = [each.system for each in found]
    twice = sorted({system for system in systems if systems.count(system) > 1})
    if twice:
        return f"more than once in `{'`, `'.join(twice)}`"
    rule = estate.entities[entity].spec.authority
    books = {rule.default, *rule.legalEntities.values()} if rule.legalEntities else set()
    kept_in = sorted(set(systems) & books)
    if len(kept_in) > 1:
        return f"in the books of `{'` and `'.join(kept_in)}`"
    if owner and kept_in and kept_in != [owner]:
        return f"in the books of `{kept_in[0]}`, where `{owner}` keeps those of its legal entity"
    return ""


def _posted(estate: Estate, entity: str) -> Callable[[Mapping[str, object]], bool | None]:
    condition = estate.entities[entity].spec.posted
    if condition is None:
        return lambda _: None
    expression = compile_expression(condition)

    def told(record: Mapping[str, object]) -> bool | None:
        try:
            answer = expression({entity: record, **record})
        except ExpressionError:
            return None
        return answer if isinstance(answer, bool) else None

    return told


def _sums(estate: Estate, entity: str, lines: Iterable[Line]) -> list[Sum]:
    fields = estate.entities[entity].spec.fields
    money = [name for name, each in fields.items() if each.type == "money"]
    together: dict[tuple[str, str, str, bool | None], list[Line]] = defaultdict(list)
    for line in lines:
        currency = str(line.record.get("currency") or "")
        together[line.legal_entity, line.system, currency, line.posted].append(line)
    return [
        Sum(
            legal_entity=legal_entity,
            system=system,
            currency=currency,
            posted=posted,
            records=len(found),
            amounts={name: _added(found, name) for name in money},
        )
        for (legal_entity, system, currency, posted), found in sorted(
            together.items(), key=lambda each: str(each[0])
        )
    ]


def _added(lines: Iterable[Line], name: str) -> Decimal:
    total = Decimal(0)
    for line in lines:
        value = line.record.get(name)
        amount = value.amount if isinstance(value, Money) else value
        total += amount if isinstance(amount, Decimal) else Decimal(str(amount or 0))
    return total
