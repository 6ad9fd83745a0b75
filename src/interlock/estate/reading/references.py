"""Names that point at nothing: found once, for every kind, with did-you-mean."""

from collections.abc import Iterable, Iterator, Mapping

from interlock.estate.codec import NAMES
from interlock.estate.estate import Estate
from interlock.estate.kinds import Api, Channel, Declared, Entity, Integration
from interlock.estate.problem import Problem
from interlock.estate.reading.names import Path, known, known_group, unknown

TYPES = frozenset(
    {"string", "int", "decimal", "money", "boolean", "date", "timestamp", "currency", "enum"}
)


def reference_problems(estate: Estate) -> Iterator[Problem]:
    """Yield every reference between declarations that leads nowhere."""
    for declared in estate.declared():
        yield from _owner(estate, declared)
    for entity in estate.entities.values():
        yield from _entity(estate, entity)
    for api in estate.apis.values():
        yield from _api(estate, api)
    for channel in estate.channels.values():
        yield from _channel(estate, channel)
    yield from _others(estate)


def _owner(estate: Estate, declared: Declared) -> Iterator[Problem]:
    owner = declared.metadata.owner
    if owner is not None:
        path = ("metadata", "owner")
        yield from known_group(declared, path, owner, ("owner", estate.groups))


def _entity(estate: Estate, entity: Entity) -> Iterator[Problem]:
    spec = entity.spec
    yield from _systems(estate, entity, ("spec", "identity"), spec.identity)
    yield from _authority(estate, entity, ("spec", "authority"), spec.authority)
    for name, field in spec.fields.items():
        path = ("spec", "fields", name)
        if not field.in_.keys() <= estate.systems.keys():
            yield from _systems(estate, entity, (*path, "in"), field.in_)
        if field.authority is not None:
            yield from _authority(estate, entity, (*path, "authority"), field.authority)
        yield from _field_type(estate, entity, name)
        for system, binding in field.in_.items():
            if isinstance(binding.as_, str) and binding.as_ not in NAMES:
                where = (*path, "in", system, "as")
                yield unknown(entity, where, "codec", binding.as_, NAMES)
    if spec.legalEntity is not None and spec.legalEntity not in spec.fields:
        yield unknown(entity, ("spec", "legalEntity"), "field", spec.legalEntity, spec.fields)


def _field_type(estate: Estate, entity: Entity, name: str) -> Iterator[Problem]:
    field = entity.spec.fields[name]
    path = ("spec", "fields", name)
    target = field.list or field.refers_to
    if target is not None:
        if target not in estate.entities:
            yield unknown(entity, path, "entity", target, estate.entities)
    elif field.type not in TYPES:
        yield unknown(entity, (*path, "type"), "type", str(field.type), TYPES)


def _systems(
    estate: Estate, entity: Entity, path: tuple[str, ...], named: Mapping[str, object]
) -> Iterator[Problem]:
    for system in named:
        if system not in estate.systems:
            yield unknown(entity, (*path, system), "system", system, estate.systems)


def _authority(
    estate: Estate, entity: Entity, path: tuple[str, ...], rule: object
) -> Iterator[Problem]:
    default = getattr(rule, "default", "")
    by_entity: Mapping[str, str] = getattr(rule, "legalEntities", {})
    handoff = getattr(rule, "handoff", None)
    for system in (default, *by_entity.values(), *((handoff.to,) if handoff else ())):
        if system not in estate.systems:
            yield unknown(entity, path, "system", system, estate.systems)
    for name in by_entity:
        if name not in estate.legal_entities:
            yield unknown(entity, path, "legal entity", name, estate.legal_entities)


def _others(estate: Estate) -> Iterator[Problem]:
    for contract in estate.contracts.values():
        yield from known(
            contract, ("spec", "system"), contract.spec.system, ("system", estate.systems)
        )
    for release in estate.releases.values():
        yield from known(
            release, ("spec", "system"), release.spec.system, ("system", estate.systems)
        )
    for found in estate.reconciliations.values():
        yield from _each(
            found, ("spec", "covers"), found.spec.covers, ("integration", estate.integrations)
        )
        yield from known(found, ("spec", "entity"), found.spec.entity, ("entity", estate.entities))
        yield from _each(
            found, ("spec", "systems"), found.spec.systems, ("system", estate.systems)
        )
    for cutover in estate.cutovers.values():
        for index, transfer in enumerate(cutover.spec.transfers):
            path = ("spec", "transfers", index)
            entities, systems = ("entity", estate.entities), ("system", estate.systems)
            yield from known(cutover, (*path, "entity"), transfer.entity, entities)
            yield from known(cutover, (*path, "from"), transfer.from_, systems)
            yield from known(cutover, (*path, "to"), transfer.to, systems)
    for integration in estate.integrations.values():
        yield from _routes(estate, integration)


def _api(estate: Estate, api: Api) -> Iterator[Problem]:
    for name, operation in api.spec.operations.items():
        path = ("spec", "operations", name, "integration")
        yield from known(api, path, operation.integration, ("integration", estate.integrations))


def _channel(estate: Estate, channel: Channel) -> Iterator[Problem]:
    systems, entities = ("system", estate.systems), ("entity", estate.entities)
    for index, reception in enumerate(channel.spec.receive):
        path = ("spec", "receive", index)
        yield from known(channel, (*path, "system"), reception.system, systems)
        yield from known(channel, (*path, "entity"), reception.entity, entities)


def _each(
    declared: Declared, path: Path, names: Iterable[str], kind: tuple[str, Iterable[str]]
) -> Iterator[Problem]:
    for index, name in enumerate(names):
        yield from known(declared, (*path, index), name, kind)


def _routes(estate: Estate, integration: Integration) -> Iterator[Problem]:
    spec = integration.spec
    for index, handler in enumerate(spec.onError):
        path: Path = ("spec", "onError", index, "route")
        yield from known_group(integration, path, handler.route, ("route", estate.groups))
    for index, told in enumerate(spec.escalation):
        path = ("spec", "escalation", index, "notify")
        yield from known_group(integration, path, told.notify, ("group", estate.groups))
