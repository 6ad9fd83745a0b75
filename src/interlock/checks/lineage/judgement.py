"""Does a write respect authority? Tried in every world that the guards of the plan leave open."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from interlock.checks.lineage.among import both, impossible
from interlock.checks.lineage.shapes import Source
from interlock.checks.lineage.worlds import Asked, Court, World
from interlock.checks.lineage.write import Write
from interlock.estate.authority import Ruling
from interlock.estate.kinds.entity import Field


class Offence(Enum):
    """How a write can disrespect authority."""

    STALE = "a copy is passed on"
    """The source was read from a system that only holds a copy (AUT001)."""
    INTO = "the authority is overwritten"
    """Somebody else's value goes into the system that originates the field (AUT002)."""
    FOREIGN = "another system's data"
    """The value comes from a system that may not originate the field (AUT003)."""
    ORIGINATED = "the integration originates a value"
    """A constant or worked-out value, and nothing declares that it may be (AUT004)."""
    UNDECIDED = "authority cannot be decided"
    """It depends on what the declarations do not say (AUT005)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One offence of one write."""

    offence: Offence
    write: Write
    source: Source | None
    """``None``: a constant."""
    ruling: Ruling
    """On the written field."""
    origin: Ruling | None
    """On the source."""
    world: World
    """A world in which it is so."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """One thing that flows into a written field, and whose authority it takes to judge that."""

    write: Write
    declared: Field
    source: Source | None
    target: Asked
    origin: Asked | None


def judgements(court: Court, write: Write) -> Iterator[Judgement]:
    """Yield the offences of `write`; at most one for each thing that flows into it."""
    declared = write.declared
    if declared is None:
        return
    target = Asked(record=write.target, field=write.field)
    if write.value.constants or not (write.value.sources or write.value.exact):
        yield from _tried(court, _Flow(write, declared, None, target, None))
    for source in sorted(write.value.sources, key=_order):
        origin = Asked(record=source.record, field=source.field)
        yield from _tried(court, _Flow(write, declared, source, target, origin))


def _order(source: Source) -> tuple[object, ...]:
    return str(source), source.system, source.spot


def _tried(court: Court, flow: _Flow) -> Iterator[Judgement]:
    """Try one flow in every world that is possible where it happens."""
    facts = flow.write.facts
    if flow.source is not None and flow.source.when:
        facts = both(facts, dict(flow.source.when))
    if impossible(facts):
        return
    asked = (flow.target,) if flow.origin is None else (flow.target, flow.origin)
    worlds = court.worlds(asked, facts)
    if worlds is None:
        yield _judged(court, flow, {}, Offence.UNDECIDED)
        return
    answers = [(world, _offence(court, flow, world)) for world in worlds]
    wrong = [(world, offence) for world, offence in answers if offence is not None]
    if wrong:
        yield _verdict(court, flow, wrong, decided=len(wrong) == len(answers))


def _verdict(
    court: Court, flow: _Flow, wrong: list[tuple[World, Offence]], *, decided: bool
) -> Judgement:
    """Wrong in every world is wrong; wrong in some is undecided: a guard would decide it."""
    sure = [(world, offence) for world, offence in wrong if offence is not Offence.UNDECIDED]
    world, offence = sure[0] if sure else wrong[0]
    decided = decided and len(sure) == len(wrong)
    return _judged(court, flow, world, offence if decided else Offence.UNDECIDED)


def _judged(court: Court, flow: _Flow, world: World, offence: Offence) -> Judgement:
    return Judgement(
        offence=offence,
        write=flow.write,
        source=flow.source,
        ruling=court.ruling(flow.target, world),
        origin=None if flow.origin is None else court.ruling(flow.origin, world),
        world=world,
    )


def _offence(court: Court, flow: _Flow, world: World) -> Offence | None:
    write, declared, source = flow.write, flow.declared, flow.source
    ruling = court.ruling(flow.target, world)
    if source is None or flow.origin is None:
        return _of_constant(ruling, write, declared)
    origin = court.ruling(flow.origin, world)
    if origin.system is None or ruling.system is None:
        return None if _either_way(ruling, origin, write, source) else Offence.UNDECIDED
    if origin.system != source.system:
        return Offence.STALE
    if origin.system not in {ruling.system, *declared.derivedFrom}:
        return Offence.INTO if ruling.system == write.system else Offence.FOREIGN
    return _of_origin(write, declared, source, ruling.system)


def _either_way(ruling: Ruling, origin: Ruling, write: Write, source: Source) -> bool:
    """An undecided authority does not matter to a record that only echoes itself."""
    same = (source.entity, source.field) == (write.entity, write.field)
    return same and source.system == write.system and ruling.candidates == origin.candidates


def _of_constant(ruling: Ruling, write: Write, declared: Field) -> Offence | None:
    if declared.derivedFrom:
        return None
    if ruling.system == write.system:
        return Offence.INTO
    return Offence.ORIGINATED


def _of_origin(write: Write, declared: Field, source: Source, authority: str) -> Offence | None:
    """The source may originate the field; but what is written must be that value."""
    if declared.derivedFrom:
        return None
    if authority == write.system:
        return None if write.value.exact else Offence.INTO
    if authority not in declared.in_:
        return None
    same = (source.entity, source.field) == (write.entity, write.field)
    reference = source.field == "id" and declared.refers_to == source.entity
    return None if write.value.exact and (same or reference) else Offence.ORIGINATED
