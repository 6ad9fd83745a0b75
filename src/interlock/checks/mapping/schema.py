"""A JSON Schema as far as bindings need it: which paths there are, and of which type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.checks.inspection import Inspection
from interlock.estate.kinds import Contract, Entity
from interlock.estate.kinds.entity import Binding, Field

Schema = Mapping[str, Any]
ANYTHING: Final[Schema] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One bound field, with the schema of the object that its path is meant for."""

    contract: Contract
    entity: Entity
    name: str
    field: Field
    binding: Binding
    system: str
    schema: Schema
    """Of the object, or of the list element, that the path starts at."""


def bound(inspection: Inspection) -> Iterator[Bound]:
    """Yield every binding whose system states a contract for its object."""
    for name, objects in inspection.estate.schemas.items():
        contract = inspection.estate.contracts[name]
        for entity in inspection.estate.entities.values():
            identity = entity.spec.identity.get(contract.spec.system)
            schema = objects.get(identity.obj) if identity else None
            if isinstance(schema, Mapping):
                yield from _fields(inspection, contract, entity, schema)


def _fields(
    inspection: Inspection, contract: Contract, entity: Entity, schema: Schema
) -> Iterator[Bound]:
    system = contract.spec.system
    for name, field in entity.spec.fields.items():
        binding = field.in_.get(system)
        if binding is None:
            continue
        yield Bound(
            contract=contract,
            entity=entity,
            name=name,
            field=field,
            binding=binding,
            system=system,
            schema=schema,
        )
        part = inspection.estate.entities.get(field.list) if field.list else None
        found = at(schema, binding.path)
        if part is not None and found is not None and "items" in found:
            yield from _fields(inspection, contract, part, found["items"])


def at(schema: Schema, path: str) -> Schema | None:
    """Return the schema of the value at `path`; ``None`` when there is no such field."""
    found: Schema = schema
    for name in path.split("."):
        inner = _property(found, name)
        if inner is None:
            return None
        found = inner
    return found


def _property(schema: Schema, name: str) -> Schema | None:
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and name in properties:
        found = properties[name]
        return found if isinstance(found, Mapping) else ANYTHING
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping):
        return extra
    open_ = extra is True or (extra is None and not isinstance(properties, Mapping))
    return ANYTHING if open_ else None


def types(schema: Schema) -> frozenset[str]:
    """Return the JSON types that the schema takes; empty when it takes any."""
    found = schema.get("type")
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(found) if isinstance(found, list) else frozenset()
