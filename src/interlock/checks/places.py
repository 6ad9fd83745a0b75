"""Where in the files a written field is named; looked up only when there is something to say."""

from collections.abc import Iterator

from interlock.checks.inspection import Inspection
from interlock.checks.lineage.write import Write
from interlock.estate.kinds import Integration
from interlock.estate.kinds.steps import StepSpec
from interlock.estate.plan import Plan
from interlock.foundation.place import Place

Path = tuple[str | int, ...]


def place_of(inspection: Inspection, plan: Plan, write: Write) -> Place:
    """Return the place of the expression, or of the name in `fields`, or of `from`."""
    if write.way == "set":
        return write.place
    integration = inspection.estate.integrations[plan.integration]
    for path, spec in _specs(integration):
        if spec.id == write.step.id and spec.put is not None:
            fields = spec.put.fields
            part: Path = ("fields", fields.index(write.field)) if fields else ("from",)
            return integration.place_of(*path, "put", *part)
    return write.place


def _specs(integration: Integration) -> Iterator[tuple[Path, StepSpec]]:
    yield from _walk(integration.spec.steps, ("spec", "steps"))


def _walk(specs: tuple[StepSpec, ...], path: Path) -> Iterator[tuple[Path, StepSpec]]:
    for index, spec in enumerate(specs):
        here = (*path, index)
        yield here, spec
        yield from _walk(spec.steps, (*here, "steps"))
        for number, arm in enumerate(spec.branch or ()):
            yield from _walk(arm.steps, (*here, "branch", number, "steps"))
