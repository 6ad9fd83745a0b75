"""Does the entity table fit what a system really has? Every binding against its description.

Pure: what the systems say of themselves is handed in. What a description leaves open is not held
against anybody; that nothing is described at all is told as such.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from interlock.bootstrap.doctor.misfit import Misfit, Shapes, some
from interlock.bootstrap.doctor.writing import MAKING, unfilled, written
from interlock.checks.inspection import Inspection
from interlock.connectors.description import FieldShape, Kind
from interlock.estate.capability import Effect
from interlock.estate.codec import Codec, CodecError, Spelling, codec_of
from interlock.estate.estate import Estate
from interlock.estate.kinds import Entity
from interlock.estate.kinds.entity import Binding, Field
from interlock.expression.errors import did_you_mean
from interlock.foundation.place import Place

_TEXTS: Final = frozenset({Kind.TEXT, Kind.CHOICE, Kind.REFERENCE})
_CHANGING: Final = frozenset({Effect.UPDATE, Effect.UPSERT})
_TAKES: Final[Mapping[str, frozenset[Kind]]] = {
    "string": _TEXTS | {Kind.DATE, Kind.TIMESTAMP},
    "currency": _TEXTS,
    "enum": _TEXTS,
    "date": frozenset({Kind.DATE, Kind.TEXT}),
    "timestamp": frozenset({Kind.TIMESTAMP, Kind.TEXT}),
    "int": frozenset({Kind.NUMBER}),
    "decimal": frozenset({Kind.NUMBER, Kind.TEXT}),
    "money": frozenset({Kind.NUMBER, Kind.TEXT}),
    "boolean": frozenset({Kind.BOOLEAN}),
}
"""Our types -> the kinds of fields that can hold them as they are."""
_SPELLED: Final[Mapping[str, frozenset[Kind]]] = {
    "minor_units": frozenset({Kind.NUMBER, Kind.TEXT}),
    "epoch_seconds": frozenset({Kind.NUMBER}),
    "lower": _TEXTS,
    "reference": _TEXTS | {Kind.NUMBER},
}
"""Codecs -> the kinds of fields that hold what they make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """One field of an entity in a system, and the fields that its path is looked up in."""

    entity: Entity
    name: str
    field: Field
    binding: Binding
    system: str
    around: Mapping[str, FieldShape]

    @property
    def where(self) -> Place:
        return self.entity.place_of("spec", "fields", self.name, "in", self.system)


def objects_of(estate: Estate, system: str) -> list[str]:
    """Return the objects of `system` that the estate binds, each once."""
    return sorted({each.spec.identity[system].obj for each in _whole(estate, system)})


def bindings(estate: Estate, system: str, shapes: Shapes) -> int:
    """Return how many fields the estate binds in those objects of `system`."""
    there = [each for each in _whole(estate, system) if each.spec.identity[system].obj in shapes]
    fields = [field for each in there for field in each.spec.fields.values()]
    parts = {field.list for field in fields if field.list and system in field.in_}
    fields += [f for part in parts for f in estate.entities[part].spec.fields.values()]
    return sum(system in field.in_ for field in fields)


def _whole(estate: Estate, system: str) -> list[Entity]:
    """Return the entities that are objects of their own there, and not lines of another's list."""
    entities = [each for each in estate.entities.values() if system in each.spec.identity]
    lists = [f.list for each in entities for f in each.spec.fields.values() if system in f.in_]
    return [each for each in entities if each.name not in lists]


def misfits(inspection: Inspection, system: str, shapes: Shapes) -> Iterator[Misfit]:
    """Yield what does not fit between the estate and what `system` says of its objects."""
    effects = written(inspection, system, shapes)
    for entity in _whole(inspection.estate, system):
        identity = entity.spec.identity[system]
        if identity.obj not in shapes:
            continue
        shape, where = shapes[identity.obj], entity.place_of("spec", "identity", system)
        if shape is None:
            yield Misfit(
                where=where,
                what=f"`{system}` has no object `{identity.obj}` that we may see",
                hint="Correct the name, or give the integration user access to it.",
            )
            continue
        if _at(shape.fields, identity.field) is None:
            yield _missing(where, identity.field, shape.fields, system)
        for bound in _bound(inspection.estate, entity, system, shape.fields):
            yield from _judged(inspection.estate, bound, effects)
    yield from unfilled(inspection, system, shapes)


def _bound(
    estate: Estate, entity: Entity, system: str, around: Mapping[str, FieldShape]
) -> Iterator[_Bound]:
    for name, field in entity.spec.fields.items():
        binding = field.in_.get(system)
        if binding is None:
            continue
        bound = _Bound(
            entity=entity, name=name, field=field, binding=binding, system=system, around=around
        )
        yield bound
        part = estate.entities.get(field.list) if field.list else None
        found = _at(around, binding.reads[0])
        if part is not None and found is not None and found.inside is not None:
            yield from _bound(estate, part, system, found.inside)


def _judged(
    estate: Estate, bound: _Bound, effects_of: Mapping[tuple[str, str], frozenset[Effect]]
) -> Iterator[Misfit]:
    """Yield what is wrong with one binding; where a field is not there, nothing else is said."""
    effects = effects_of.get((bound.entity.name, bound.name), frozenset())
    reads = set(bound.binding.reads)
    paths = reads | {bound.binding.path} if effects else reads
    for path in sorted(paths):
        shape = _at(bound.around, path)
        if shape is None:
            yield _missing(bound.where, path, bound.around, bound.system)
            continue
        if path in reads:
            yield from _typed(bound, shape)
            yield from _unheard(estate, bound, shape)
        if path == bound.binding.path:
            yield from _refused(estate, bound, shape, effects)


def _at(around: Mapping[str, FieldShape], path: str) -> FieldShape | None:
    """Return the field at `path`; one that nobody describes where its parts are not described."""
    head, _, rest = path.partition(".")
    found = around.get(head)
    if found is None or not rest:
        return found
    return FieldShape() if found.inside is None else _at(found.inside, rest)


def _missing(where: Place, path: str, around: Mapping[str, FieldShape], system: str) -> Misfit:
    head = path.partition(".")[0]
    close = "" if head in around else did_you_mean(head, around)
    return Misfit(
        where=where,
        what=f"`{system}` has no `{path}` there that we may see{close}",
        hint="Correct the path, make the field, or let the integration user see it.",
    )


def _typed(bound: _Bound, shape: FieldShape) -> Iterator[Misfit]:
    wanted = _wanted(bound)
    if not wanted or shape.kind is Kind.UNTOLD or shape.kind in wanted:
        return
    ours = bound.field.type or "a list"
    yield Misfit(
        where=bound.where,
        what=f"`{bound.name}` is {ours} here, and {shape.kind} in `{bound.system}`",
        hint="Correct its `type:`, bind another field, or say `as:` how it is spelled there.",
    )


def _wanted(bound: _Bound) -> frozenset[Kind]:
    """Return the kinds of fields that can hold it; empty when that is not known."""
    spelling = bound.binding.as_
    if bound.field.list is not None:
        return frozenset({Kind.LIST})
    if isinstance(spelling, str):
        return _SPELLED.get(spelling, frozenset())
    if spelling is not None or bound.field.refers_to is not None:
        return frozenset()
    return _TAKES.get(bound.field.type or "", frozenset())


def _unheard(estate: Estate, bound: _Bound, shape: FieldShape) -> Iterator[Misfit]:
    """Yield the values that may stand there and that we could not read."""
    if bound.field.type != "enum":
        return
    codec = codec_of(_spelling(estate, bound))
    unheard = []
    for value in shape.values:
        try:
            codec.back(value, None)
        except CodecError:
            unheard.append(value)
    if unheard:
        yield Misfit(
            where=bound.where,
            what=f"`{bound.system}` knows values that `{bound.name}` does not: {some(unheard)}",
            hint="Say `as:` what each of them means, or add it to `values:`.",
        )


def _refused(
    estate: Estate, bound: _Bound, shape: FieldShape, effects: frozenset[Effect]
) -> Iterator[Misfit]:
    """Yield why what we write there would be refused."""
    made, changed = effects & MAKING, effects & _CHANGING
    no = [
        word
        for word, asked, told in (
            ("createable", made, shape.createable),
            ("updateable", changed, shape.updateable),
        )
        if asked and told is False
    ]
    if no:
        yield Misfit(
            where=bound.where,
            what=f"`{bound.name}` is written there, and it is not {' and not '.join(no)}",
            hint="Bind a field that may be written, or let the integration user edit this one.",
        )
    if effects and shape.closed and bound.field.type == "enum":
        codec = codec_of(_spelling(estate, bound))
        sent = {value: _out(codec, value) for value in bound.field.values}
        refused = [value for value, out in sent.items() if out not in {*shape.values, None}]
        if refused:
            yield Misfit(
                where=bound.where,
                what=f"`{bound.system}` refuses values of `{bound.name}`: {some(refused)}",
                hint="Add them to its list over there, or say `as:` how they are spelled.",
            )


def _spelling(estate: Estate, bound: _Bound) -> Spelling:
    return Spelling(
        as_=bound.binding.as_,
        type_=bound.field.type or "list",
        values=bound.field.values,
        connector=estate.systems[bound.system].spec.connector,
    )


def _out(codec: Codec, value: str) -> object:
    """Return how a value is spelled over there; ``None`` when it never goes there."""
    try:
        return codec.out(value, None)
    except CodecError:
        return None
