"""What a run can ask for next. The driver carries it out; the core never does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from interlock.estate.plan import Approve, Handler
from interlock.flow.core.facts import Fact
from interlock.gate.effect import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """Do one effect now."""

    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """Nothing can be done before then; the run gives back its thread."""

    until: datetime
    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Wait for an event with this correlation, at most until the deadline."""

    path: str
    system: str
    event: str
    entity: str
    correlation: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Wait for a person's yes or no."""

    path: str
    step: Approve
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Write down a fact that needs no exchange: emitted, opened, failed, proven, turned round."""

    fact: Fact
    event: str | None = None
    """With an emitted event: its type."""
    data: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """A person must decide; the run waits for the answer without costing a thread."""

    path: str
    kind: str
    message: str
    handler: Handler | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The run is over."""

    state: Literal["completed", "compensated", "cancelled"]
    why: str = ""
    """With a run that ended without doing anything: why there was nothing to do."""


Action = Perform | Sleep | Listen | Ask | Note | Park | Finish
