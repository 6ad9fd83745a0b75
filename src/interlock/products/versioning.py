"""The next version of a table, from rows that keep what is promised."""

from collections.abc import Iterator
from datetime import datetime

from interlock.products.definition import Definition
from interlock.products.mirror import Mirror
from interlock.products.staging import Stage
from interlock.products.version import Input, Promised, Version


def next_version(
    definition: Definition, mirror: Mirror, stage: Stage, before: Version | None
) -> Version:
    """Return what is on the stage as the version after `before`; when and as what is not said."""
    read = read_at(mirror)
    return Version(
        number=1 if before is None else before.number + 1,
        contract=definition.product.spec.port.version,
        digest="",
        columns=list(_columns(definition)),
        name=definition.name,
        table=definition.table.name,
        rows=stage.count("TRUE"),
        published_at=read,
        estate=definition.estate.digest,
        sums=stage.sums(),
        inputs=list(_inputs(definition, mirror)),
        read_at=read,
    )


def read_at(mirror: Mirror) -> datetime:
    """Return since when a change at a source may not be in."""
    return min(been.read_at for been in mirror.every_been())


def _columns(definition: Definition) -> Iterator[Promised]:
    for column in definition.table.columns:
        yield Promised(name=column.name, logical=column.logical, required=column.required)


def _inputs(definition: Definition, mirror: Mirror) -> Iterator[Input]:
    counts: dict[str, int] = {}
    for entity, system in definition.sources:
        counts[system] = counts.get(system, 0) + len(mirror.refs(entity, system))
    ports = {port.name: port for port in definition.product.spec.inputPorts}
    for system, records in sorted(counts.items()):
        declared, port = definition.estate.systems[system], ports.get(system)
        yield Input(
            system=system,
            title=declared.metadata.title or system,
            owner=declared.metadata.owner or "",
            contract=port.contractId if port else "",
            version=port.version if port else "",
            records=records,
        )
