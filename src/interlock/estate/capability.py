"""What a connector can do with one object of its system, told in words that checks can read.

Connectors declare their capabilities; `bootstrap` hands them to the checks and to the gate, so
that neither has to know a connector. (reliability.md F3-F6: the class decides what is provable.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Guarantee(StrEnum):
    """How the target protects a write that is sent twice."""

    KEY = "A"
    """The target honours an idempotency key, within a window."""
    REFERENCE = "B"
    """The target enforces a unique business reference."""
    NOTHING = "C"
    """Neither: wait out the vendor's bound, look up strongly, only then send again."""
    SAFE = "S"
    """Sending it twice has no effect: a read or an estimate that records nothing."""


class Effect(StrEnum):
    """What an operation does to the target's object."""

    READ = "read"
    CREATE = "create"
    UPSERT = "upsert"
    UPDATE = "update"
    TRANSITION = "transition"
    """A change of state such as post, finalise or cancel; repeating it is refused or harmless."""
    REVERSE = "reverse"
    """A new document that reverses a posted one: credit memo, refund, reversing journal."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One operation on one object, e.g. ``invoice.upsert`` of NetSuite."""

    operation: str
    """``object.verb``; unique within the connector."""
    effect: Effect
    guarantee: Guarantee
    window: timedelta | None = None
    """How long the target remembers an idempotency key (class A); ``None`` means for ever."""
    strong_lookup: bool = True
    """Whether the connector's find sees its own writes at once (F10)."""
    posts: bool = False
    """Whether the object counts in the ledger afterwards and is corrected by reversal only."""
    reverses: str | None = None
    """For a reversal: the object whose documents it reverses."""
    source: str = ""
    """Where the vendor documents it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Everything one connector can do."""

    connector: str
    operations: Mapping[str, Capability]
    auth_schemes: frozenset[str]
    closing_auth_schemes: Mapping[str, str] = field(default_factory=dict)
    """Auth schemes the vendor is closing, with what it says and since when."""
    events: frozenset[str] = frozenset()
    """Events that it can deliver, e.g. ``invoice.paid``."""

    limits: tuple[str, ...] = ()
    """What the vendor bounds, in words for people, each with where it says so."""
    lines: frozenset[str] = frozenset()
    """Lines over which its system tells what changed, as `inbound: {changes:}` names them."""
    feed: str = ""
    """How changes are polled, and what a poll cannot see."""

    acknowledgement: str = ""
    """The XML that a delivery must be answered with, where the vendor wants more than a 2xx."""

    def put(self, obj: str) -> Capability | None:
        """Return the operation with which a `put` writes `obj`: upsert if there is one.

        An object that only its own system makes (an opportunity) can still be updated.
        """
        verbs = ("upsert", "create", "update")
        found = (self.operations.get(f"{obj}.{verb}") for verb in verbs)
        return next((capability for capability in found if capability), None)
