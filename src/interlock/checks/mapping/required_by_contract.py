"""MAP003: the contract requires a field that nothing is bound to.

Every object that is made without it is refused.

Bad: the contract requires ``subsidiary``, and no field of the entity is bound to it.

Good: bind a field to it, or write with another contract version.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.kinds import Contract, Entity


@check("MAP003", severity=Severity.ERROR, title="A required field of the contract is not mapped")
def required_by_contract(inspection: Inspection) -> Iterator[Complaint]:
    for name, objects in inspection.estate.schemas.items():
        contract = inspection.estate.contracts[name]
        for entity in _made(inspection, contract.spec.system):
            identity = entity.spec.identity[contract.spec.system]
            schema = objects.get(identity.obj)
            if isinstance(schema, Mapping):
                yield from _missing(contract, entity, schema)


def _made(inspection: Inspection, system: str) -> Iterator[Entity]:
    """Yield the entities that some integration makes in `system`."""
    names = {
        one.step.entity
        for plan in inspection.plans.values()
        for one in inspection.effective(plan)
        if one.makes and one.step.system == system
    }
    for name in sorted(name for name in names if name is not None):
        yield inspection.estate.entities[name]


def _missing(contract: Contract, entity: Entity, schema: Mapping[str, Any]) -> Iterator[Complaint]:
    system = contract.spec.system
    paths = {f.in_[system].path for f in entity.spec.fields.values() if system in f.in_}
    heads = {path.split(".")[0] for path in paths | {entity.spec.identity[system].field}}
    for name in schema.get("required", ()):
        if name not in heads:
            yield Complaint(
                subject=of(entity, "in", system, str(name)),
                what=(
                    f"contract `{contract.name}` requires `{name}`, and nothing of "
                    f"`{entity.name}` is bound to it"
                ),
                hint=f"Bind a field to it: `in: {{{system}: {name}}}`.",
                where=entity.place_of("spec", "identity", system),
            )
