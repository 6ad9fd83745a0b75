"""What the gate answers: a permit to send, a refusal, or "not now"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.connectors.port import Outcome, Request
from interlock.estate.capability import Capability
from interlock.gate.effect import Effect
from interlock.gate.quota import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave to do one exchange. Only the gate makes one; whoever holds it must use it up."""

    effect: Effect
    obj: str
    """The vendor's object."""
    capability: Capability
    lease: Lease
    request: Request | None = None
    """What will be sent, for a write."""
    key_field: str | None = None
    idempotency_key: str = ""
    authority: tuple[Mapping[str, object], ...] = ()
    """Which ruling allowed which field, for the trail."""
    payload: Mapping[str, object] = field(default_factory=dict)
    """What is written, personal data masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The estate's rules forbid it; nothing was sent."""

    rule: str
    """authority, contract, policy or binding."""
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """A shared limit is used up, or the connection is broken; ask again then."""

    until: datetime
    reason: str


Answer = Permit | Refusal | NotNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an exchange came to, in our words."""

    outcome: Outcome
    value: Mapping[str, object] | None = None
    """The record as it is afterwards, with `id` and `ref`."""
    took: timedelta
