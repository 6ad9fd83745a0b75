"""Whether somebody may wait for an integration: worked out from what it writes (R24).

Not from what it calls itself: a step that posts, moves money into the books or waits for an
event makes it *deferred*, whatever pattern it declares. `interlock explain latency` shows it, the
checks hold synchronous calls to it, and an API never makes a user wait for the ledger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from interlock.estate.capability import Capability, Effect
from interlock.estate.estate import Estate
from interlock.estate.plan import Approve, Call, Each, Plan, Put, Step, Values, Wait, every_step
from interlock.foundation.place import Place

BOOKS: Final = frozenset({"erp", "billing", "bank"})
"""Types of systems in which money is somebody's claim."""


class LatencyClass(StrEnum):
    """What a caller may expect."""

    INTERACTIVE = "interactive"
    """The outcome may be waited for: nothing financial depends on it."""
    DEFERRED = "deferred"
    """Accepted at once, done later: the books, another party's event or a person is involved."""
    BATCH = "batch"
    """Done with many others, when it is their time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Something that keeps a caller from waiting."""

    what: str
    place: Place
    financial: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """What a caller of an integration may expect, and why."""

    found: LatencyClass
    reasons: tuple[Reason, ...]
    tolerance: timedelta | None
    """How late the outcome may be, as the integration declares it."""


def latency_of(estate: Estate, plan: Plan) -> Latency:
    """Return whether somebody may wait for `plan`, with every reason why not."""
    classification = estate.integrations[plan.integration].spec.classification
    tolerance = None if classification is None else classification.latencyTolerance
    reasons = tuple(_reasons(estate, plan))
    found = LatencyClass.DEFERRED if reasons else LatencyClass.INTERACTIVE
    if classification is not None and classification.pattern in {"batch", "file"}:
        found = LatencyClass.BATCH
    return Latency(found=found, reasons=reasons, tolerance=tolerance)


def _reasons(estate: Estate, plan: Plan) -> Iterator[Reason]:
    for step in every_step(plan.steps):
        what = _held_up(step)
        if what is not None:
            yield Reason(what=f"`{step.id}` {what}", place=step.place, financial=False)
        elif isinstance(step, Put | Call):
            what = _financial(estate, step)
            if what is not None:
                yield Reason(what=f"`{step.id}` {what}", place=step.place)


def _held_up(step: Step) -> str | None:
    if isinstance(step, Wait):
        return f"waits for `{step.event}` of {step.system}"
    return f"asks {step.group}" if isinstance(step, Approve) else None


def _financial(estate: Estate, step: Put | Call) -> str | None:
    """Return why a write is a financial one: by its operation, its entity, or its fields."""
    able = estate.capability_of(step.system)
    capability = able.operations.get(step.operation) if able else None
    if capability is None:
        return f"calls `{step.operation}` of {step.system}, of which nothing is known"
    if capability.effect is Effect.READ:
        return None
    return _posting(estate, capability, step.system) or _of_its_entity(estate, step)


def _posting(estate: Estate, capability: Capability, system: str) -> str | None:
    if capability.posts:
        return f"posts in {system}: {capability.operation}"
    if capability.effect is Effect.REVERSE:
        return f"reverses a {capability.reverses} in {system}"
    in_books = estate.systems[system].spec.type in BOOKS
    if in_books and capability.effect in {Effect.TRANSITION, Effect.DELETE}:
        return f"changes where a document of {system} stands: {capability.operation}"
    return None


def _of_its_entity(estate: Estate, step: Put | Call) -> str | None:
    entity = estate.entities.get(step.entity or "")
    if entity is None:
        return None
    if entity.spec.posted is not None:
        return f"writes `{entity.name}`, which counts in the ledger once it is posted"
    if estate.systems[step.system].spec.type not in BOOKS:
        return None
    money = sorted(_money(estate, entity.name, _written(step)))
    if not money:
        return None
    return f"writes money into {step.system}: {', '.join(money)}"


def _written(step: Put | Call) -> Mapping[str, object]:
    copied = dict.fromkeys(step.fields) if isinstance(step, Put) else {}
    return {**copied, **step.values}


def _money(estate: Estate, entity: str, written: Mapping[str, object]) -> Iterator[str]:
    """Yield the fields of type money among what is written, also those of lists' elements."""
    declared = estate.entities[entity]
    for name, value in written.items():
        field = declared.field(name)
        if field is None:
            continue
        if field.type == "money":
            yield f"{entity}.{name}"
        elif field.list is not None and field.list in estate.entities:
            yield from _money(estate, field.list, _elements(estate, field.list, value))


def _elements(estate: Estate, entity: str, value: object) -> Mapping[str, object]:
    """Return the fields of a list's elements that are written; all, where it is copied whole."""
    inner: Values | None = value.values if isinstance(value, Each) else None
    return dict.fromkeys(estate.entities[entity].spec.fields) if inner is None else dict(inner)
