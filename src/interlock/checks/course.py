"""The course of a plan: its steps in order, what lies behind each, and which change something."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from interlock.estate.capability import Capability, Effect
from interlock.estate.plan import Branch, Call, ForEach, Put, Step, every_step

HARMLESS: Final = frozenset({Effect.READ})
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
