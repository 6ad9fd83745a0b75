"""The types of the names that an integration's expressions may use."""

from collections.abc import Iterator, Mapping
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds.entity import Field
from interlock.expression import Schema, Type
from interlock.expression.types import (
    ANY,
    BOOL,
    DATE,
    DECIMAL,
    INT,
    STRING,
    TIMESTAMP,
    enum_of,
    list_of,
    object_of,
)

SCALARS: Final[Mapping[str, Type]] = {
    "string": STRING,
    "int": INT,
    "decimal": DECIMAL,
    "money": DECIMAL,
    "boolean": BOOL,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "currency": STRING,
}

_OPTIONAL: Final[Mapping[str, Type]] = {name: type_.maybe() for name, type_ in SCALARS.items()}
"""The types of fields that a record may lack."""
_PERHAPS: Final = ANY.maybe()

RUN: Final = object_of(
    "run", {"id": STRING, "key": STRING, "started_at": TIMESTAMP, "posting_date": DATE}
)
ERROR: Final = object_of("error", {"kind": STRING, "message": STRING, "step": STRING})


def record_type(estate: Estate, entity: str) -> Type:
    """Return the type of a record of `entity`: its fields, our key `id`, the vendor's `ref`."""
    found = estate.record_types.get(entity)
    if found is None:
        found = estate.record_types[entity] = _record(estate, entity, ())
    return found


def entity_scope(estate: Estate, entity: str) -> Schema:
    """Return the names of a condition over a record: its fields, and the record by its name."""
    record = record_type(estate, entity)
    return Schema({entity: record, **(record.fields or {})})


def _record(estate: Estate, entity: str, around: tuple[str, ...]) -> Type:
    declared = estate.entities.get(entity)
    if declared is None or entity in around:
        return ANY
    fields = {
        name: field_type(estate, field, (*around, entity))
        for name, field in declared.spec.fields.items()
    }
    return object_of(entity, {"id": STRING, "ref": STRING, **fields})


def field_type(estate: Estate, field: Field, around: tuple[str, ...] = ()) -> Type:
    """Return the type of a field's values."""
    if field.list is not None:
        return list_of(_record(estate, field.list, around))
    if field.type == "enum":
        found = enum_of(frozenset(field.values))
        return found if field.required else found.maybe()
    kind = "string" if field.refers_to else field.type or ""
    return SCALARS.get(kind, ANY) if field.required else _OPTIONAL.get(kind, _PERHAPS)


def written_type(spelling: object) -> Type:
    """Return the type that a transform declares: a scalar's name, or ``{list: {name: type}}``."""
    if isinstance(spelling, str):
        return SCALARS.get(spelling, ANY)
    if isinstance(spelling, Mapping) and isinstance(spelling.get("list"), Mapping):
        fields = {str(name): written_type(each) for name, each in spelling["list"].items()}
        return list_of(object_of("element", fields))
    if isinstance(spelling, Mapping) and isinstance(spelling.get("list"), str):
        return list_of(written_type(spelling["list"]))
    return ANY


def unknown_types(spelling: object) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the types in a transform's declaration that do not exist, each with those that do."""
    if isinstance(spelling, str):
        if spelling not in SCALARS:
            yield spelling, frozenset(SCALARS)
        return
    inner = spelling.get("list") if isinstance(spelling, Mapping) else None
    if inner is None:
        yield "record", frozenset(SCALARS)
    elif isinstance(inner, Mapping):
        for each in inner.values():
            yield from unknown_types(each)
    else:
        yield from unknown_types(inner)


_WHOLE: Final = frozenset({"list", "object"})


def fits(value: Type, wanted: Type) -> bool:
    """Tell whether `value` has the shape of `wanted`: a list, a record or one plain value."""
    if value.is_any or wanted.is_any or value.kind == "null":
        return True
    if value.kind in _WHOLE or wanted.kind in _WHOLE:
        return value.kind == wanted.kind
    return True
