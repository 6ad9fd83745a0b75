"""What a run asks the gate for: one exchange with one system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.foundation.ids import derived


class Mode(StrEnum):
    """What an effect is for."""

    WRITE = "write"
    READ = "read"
    """A read by key, or by the vendor's id when `ref` is given."""
    PROBE = "probe"
    """A look-up of our own write after doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One exchange with one system, complete but for the vendor's spelling."""

    path: str
    """Which step, in which round of which loop: ``customers[0].customer-in-erp``."""
    step: str
    """The step's id in the estate."""
    mode: Mode
    system: str
    operation: str
    """``object.verb``; for a read the entity with the verb ``read``."""
    entity: str | None
    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    """Canonical field -> value."""
    ref: str | None = None
    attempt: int = 1
    undoing: bool = False
    """Whether it takes back an earlier step."""
    corrected_by: str | None = None
    """The person who corrected some of the values, if one did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """On whose behalf an effect is asked for."""

    run: str
    plan: Plan
    estate: Estate
    key: str
    generation: int
    legal_entity: str | None
    at: datetime
    refs: Callable[[str, str, str], str | None]
    """(entity, key, system) -> the vendor's id, if this run has seen it."""


def idempotency_key(effect: Effect, asker: Asker) -> str:
    """Return the key of a write: the same for every attempt, replay and worker (R59).

    A person's correction is another write on purpose, and gets another key.
    """
    parts = (asker.plan.integration, asker.key, str(asker.generation), effect.path)
    corrected = () if effect.corrected_by is None else (repr(sorted(effect.values.items())),)
    return derived(*parts, effect.operation, *corrected, length=40)
