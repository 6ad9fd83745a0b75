"""An audit entry: one thing that happened, in words that people, cases and proofs all read.

Vocabulary of `action` (the fields of `data` in braces; money amounts are strings):

* ``run.started`` {integration, key, generation, estate, trigger, legal_entity, money, ids}
* ``step.intended`` {step, attempt, system, operation, key, idempotency_key, digest, authority,
  payload}: committed before the request leaves
* ``step.done|rejected|retryable|uncertain|blocked`` {step, attempt, system, operation, kind,
  code, message, ref, existing, seconds}; ``step.refused`` {step, reason, rule}
* ``run.waiting`` {for, until, step}; ``run.resumed`` {why}
* ``run.parked`` {step, kind, message, route, respond, remedy, system, operation, money,
  legal_entity, integration, key, case_kind}
* ``run.answered`` {by, answer, reason, before, after, case}
* ``run.compensating``, ``undo.*`` like ``step.*``, ``run.compensated``
* ``run.completed`` {proofs, money, legal_entity, ids}; ``run.cancelled``; ``run.amended``
* ``connection.broken`` {system, kind, message}; ``connection.healed`` {system}
* ``credential.expiring|expired|unreadable|renewed`` {system, kind, message, route}
* ``break.found`` {break, reconciliation, kind, key, message, money, run, estate, mapping, route,
  respond}; ``break.healed|decided`` {why}; ``reconciliation.done``; ``decision.*`` {kind, reason};
  ``reconciliation.untold|told`` {message, route}
* ``product.published|confirmed`` {version, rows, figures}; ``product.refused`` {kind, message}
* ``estate.applied`` {digest, author, approver}; ``case.*`` in the stream of the case
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One audit line, before it has its place in a chain."""

    action: str
    """``noun.verb``, from the vocabulary above."""
    at: datetime
    actor: str
    """``worker:1``, ``user:ana``, ``cli``."""
    data: Mapping[str, object] = field(default_factory=dict)
    """JSON-like; personal data masked by whoever writes it."""
    mentions: Mapping[str, str] = field(default_factory=dict)
    """What an id is -> the id: everything by which `trace` must find this stream, e.g.
    ``{"opportunity": "006…", "invoice": "INV-1042", "idempotency_key": "…"}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One audit line as it was read back."""

    seq: int
    """Where the database put it; only `order` makes this an order without gaps."""
    stream: str
    position: int
    """Counts from 1 within the stream."""
    action: str
    at: datetime
    actor: str
    data: Mapping[str, object]
    mentions: Mapping[str, str]
    prev: str
    hash: str
