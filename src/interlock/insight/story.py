"""The story of a transaction: nouns, and the pure fold that makes them from audit entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from interlock.audit.entry import Stored
from interlock.cases.case import Case
from interlock.foundation.money import Money
from interlock.insight.reading import lines, money_of, text

STATES: Final[Mapping[str, str]] = {
    "run.started": "running",
    "run.resumed": "running",
    "run.answered": "running",
    "run.waiting": "waiting",
    "run.parked": "parked",
    "run.compensating": "compensating",
    "run.completed": "completed",
    "run.compensated": "compensated",
    "run.cancelled": "cancelled",
}
"""Entry -> where the run stands after it."""
_ENDS: Final = frozenset({"completed", "compensated", "cancelled"})
_NOUNS: Final = ("step.", "undo.")
_Place = tuple[str, int, bool, bool]
"""Which step, which attempt, taking back or doing, looking up or writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One authority decision: which field, whose it is, and why."""

    field: str
    system: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of one step at one system, from intent to outcome."""

    step: str
    attempt: int
    undo: bool
    system: str
    operation: str
    key: str
    intended_at: datetime | None
    """``None``: a read, which needs no intent."""
    ended_at: datetime | None = None
    """``None``: nobody knows yet what came of it."""
    outcome: str = ""
    probe: bool = False
    kind: str = ""
    code: str = ""
    message: str = ""
    ref: str = ""
    existing: bool = False
    seconds: str = ""
    idempotency_key: str = ""
    authority: tuple[Ruling, ...] = ()
    corrected_by: str = ""
    payload: Mapping[str, object] = field(default_factory=dict)
    """What was sent, masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened besides attempts: parked, answered, proven, amended."""

    at: datetime
    action: str
    actor: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What the run is pinned to, and who put it there."""

    digest: str
    applied_at: datetime | None = None
    author: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Everything about one run, over all systems."""

    run: str
    integration: str
    key: str
    generation: int
    state: str
    trigger: str
    estate: Estate
    started_at: datetime
    ended_at: datetime | None = None
    money: Money | None = None
    legal_entity: str = ""
    ids: tuple[tuple[str, str], ...] = ()
    """Every id it is known by, with what the id is."""
    attempts: tuple[Attempt, ...] = ()
    moments: tuple[Moment, ...] = ()
    proofs: tuple[str, ...] = ()
    """What the targets' own state confirmed (R71)."""
    cases: tuple[Case, ...] = ()

    @property
    def seconds(self) -> float | None:
        """Return how long it took, if it has ended."""
        if self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What an id stands for: usually one transaction, sometimes several."""

    asked: str
    transactions: tuple[Transaction, ...]
    more: bool = False
    """There are more than are shown; ask by a more particular id."""


def told(entries: Sequence[Stored]) -> Transaction | None:
    """Return the transaction that `entries`, one run's stream, tell of; ``None`` if none does."""
    if not entries or entries[0].action != "run.started":
        return None
    transaction = _begun(entries[0])
    attempts: list[Attempt] = []
    latest: dict[_Place, int] = {}
    for entry in entries:
        if entry.action.startswith(_NOUNS):
            _attempted(attempts, latest, entry)
        transaction = _further(transaction, entry)
    return replace(transaction, attempts=tuple(attempts), ids=_ids(entries))


def _begun(entry: Stored) -> Transaction:
    data = entry.data
    trigger = data.get("trigger")
    system, ref = (
        (text(trigger, "system"), text(trigger, "ref"))
        if isinstance(trigger, Mapping)
        else ("", "")
    )
    return Transaction(
        run=entry.stream,
        integration=text(data, "integration"),
        key=text(data, "key"),
        generation=int(text(data, "generation") or "1"),
        state="running",
        trigger=f"{system} {ref}".strip(),
        estate=Estate(digest=text(data, "estate")),
        started_at=entry.at,
    )


def _further(known: Transaction, entry: Stored) -> Transaction:
    data = entry.data
    state = STATES.get(entry.action, known.state)
    ended = entry.at if entry.action in STATES and state in _ENDS else known.ended_at
    return replace(
        known,
        state=state,
        ended_at=ended,
        money=money_of(data.get("money")) or known.money,
        legal_entity=text(data, "legal_entity") or known.legal_entity,
        moments=known.moments
        if entry.action.startswith(_NOUNS)
        else (*known.moments, _moment(entry)),
        proofs=(*known.proofs, *_proofs(entry)),
    )


def _moment(entry: Stored) -> Moment:
    return Moment(at=entry.at, action=entry.action, actor=entry.actor, what=lines(entry.data))


def _proofs(entry: Stored) -> tuple[str, ...]:
    return (text(entry.data, "proof"),) if entry.action == "proof.seen" else ()


def _ids(entries: Sequence[Stored]) -> tuple[tuple[str, str], ...]:
    return tuple(
        dict.fromkeys(pair for entry in entries for pair in sorted(entry.mentions.items()))
    )


def _attempted(attempts: list[Attempt], latest: dict[_Place, int], entry: Stored) -> None:
    """Add an attempt, or end the one that is under way at this place."""
    noun, _, verb = entry.action.partition(".")
    data = entry.data
    number = int(text(data, "attempt") or "0")
    place = (text(data, "step"), number, noun == "undo", data.get("probe") is True)
    index = latest.get(place)
    # A place that has ended and comes again is another try: a replay, or after an answer.
    if index is None or attempts[index].ended_at is not None or verb == "intended":
        index = latest[place] = len(attempts)
        attempts.append(_tried(entry, place))
    if verb != "intended":
        attempts[index] = _ended(attempts[index], entry, verb)


def _tried(entry: Stored, place: _Place) -> Attempt:
    data = entry.data
    payload, authority = data.get("payload"), data.get("authority")
    return Attempt(
        step=place[0],
        attempt=place[1],
        undo=place[2],
        probe=place[3],
        system=text(data, "system"),
        operation=text(data, "operation"),
        key=text(data, "key"),
        intended_at=entry.at if entry.action.endswith(".intended") else None,
        idempotency_key=text(data, "idempotency_key"),
        authority=tuple(_ruling(each) for each in authority)
        if isinstance(authority, list)
        else (),
        corrected_by=text(data, "corrected_by"),
        payload=payload if isinstance(payload, Mapping) else {},
    )


def _ruling(found: object) -> Ruling:
    said = found if isinstance(found, Mapping) else {"field": found}
    return Ruling(
        field=text(said, "field"), system=text(said, "system"), because=text(said, "because")
    )


def _ended(known: Attempt, entry: Stored, verb: str) -> Attempt:
    data = entry.data
    return replace(
        known,
        ended_at=entry.at,
        outcome=verb,
        kind=text(data, "kind") or text(data, "rule"),
        code=text(data, "code"),
        message=text(data, "message") or text(data, "reason"),
        ref=text(data, "ref"),
        existing=data.get("existing") is True,
        seconds=text(data, "seconds"),
    )
