"""The steps of a plan as checks ask for them: what writes, posts, follows a pivot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from interlock.checks.inspection import Inspection
from interlock.estate.capability import Capability, Effect
from interlock.estate.kinds.steps import StepSpec
from interlock.estate.plan import Branch, Call, ForEach, Plan, Put, Step, every_step

_HARMLESS: Final = frozenset({Effect.READ})
_MAKES: Final = frozenset({Effect.CREATE, Effect.UPSERT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A step that changes something in a system, and what its operation does there."""

    step: Put | Call
    capability: Capability
    after_pivot: bool
    """Whether a point of no return may lie behind it."""

    @property
    def makes(self) -> bool:
        """Tell whether there may be a new object afterwards."""
        return self.capability.effect in _MAKES


def effective(inspection: Inspection, plan: Plan) -> Iterator[Effective]:
    """Yield the steps of `plan` that change something, as far as their connectors are known."""
    for step, passed in course(plan.steps):
        if not isinstance(step, Put | Call):
            continue
        capability = inspection.capability(step.system, step.operation)
        if capability is not None and capability.effect not in _HARMLESS:
            yield Effective(step=step, capability=capability, after_pivot=passed)


def course(steps: tuple[Step, ...]) -> Iterator[tuple[Step, bool]]:
    """Yield every step with whether a pivot may lie behind it; the pivot itself has none."""
    passed = False
    for step in steps:
        yield step, passed
        match step:
            case Branch():
                for arm in step.arms:
                    yield from ((inner, passed or deep) for inner, deep in course(arm.steps))
            case ForEach():
                yield from ((inner, passed or deep) for inner, deep in course(step.steps))
            case _:
                pass
        passed = passed or has_pivot((step,))


def has_pivot(steps: tuple[Step, ...]) -> bool:
    """Tell whether one of the steps, or of those inside them, is a pivot."""
    return any(step.pivot for step in every_step(steps))


def posts(inspection: Inspection, plan: Plan) -> bool:
    """Tell whether the plan makes something that counts in a ledger."""
    return any(one.capability.posts for one in effective(inspection, plan))


def amending(specs: tuple[StepSpec, ...]) -> set[str]:
    """Return the steps that copy named fields only: they amend what is there."""
    found: set[str] = set()
    for spec in specs:
        if spec.put is not None and spec.put.fields:
            found.add(spec.id)
        found |= amending(spec.steps)
        for arm in spec.branch or ():
            found |= amending(arm.steps)
    return found
