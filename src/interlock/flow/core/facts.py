"""What has happened to a run, in order: the only thing that is remembered about it.

Facts are plain values with a JSON form. Every fact carries its moment, so that folding them
needs no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Literal

from interlock.connectors.port import Kind, Verdict
from interlock.foundation.errors import InvariantError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened, and when."""

    TAG: ClassVar[str] = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Fact):
    """The run came to be, because of an event about this record."""

    TAG: ClassVar[str] = "started"
    ref: str
    """The vendor's id of the triggering record in the trigger's system."""
    cause: str = ""
    """The id of the event that told of the record."""
    correlation: str = ""
    """The business transaction that the event belongs to; empty: it begins with this run."""
    again: bool = False
    """An event came after a run that was taken back: nothing is to be done unless the record asks
    for something else by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended(Fact):
    """A write is about to leave. From here on it may have been applied."""

    TAG: ClassVar[str] = "intended"
    path: str
    entity: str | None
    system: str
    operation: str
    key: str
    since: datetime | None = None
    """Set when our record of a stretch of time is lost: it may have left at any moment of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Fact):
    """An effect's attempt or probe came back."""

    TAG: ClassVar[str] = "ended"
    path: str
    verdict: Verdict
    probe: bool = False
    """A look-up after doubt: done = found and adopted; rejected with not-found = surely absent."""
    entity: str | None = None
    system: str = ""
    key: str = ""
    ref: str | None = None
    value: object = None
    kind: Kind = Kind.NONE
    code: str = ""
    message: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Fact):
    """The run cannot go on by itself at this step, and why."""

    TAG: ClassVar[str] = "failed"
    path: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(Fact):
    """The event that a step waited for; `value` is what it says."""

    TAG: ClassVar[str] = "arrived"
    path: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Fact):
    """A wait or a question began; its deadline counts from here."""

    TAG: ClassVar[str] = "opened"
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted(Fact):
    """An event was put into the outbox."""

    TAG: ClassVar[str] = "emitted"
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven(Fact):
    """A proof was looked for: `held` says whether the target's own state confirmed it."""

    TAG: ClassVar[str] = "proven"
    path: str
    held: bool
    seen: object = None
    message: str = ""


Answer = Literal["retry", "correct", "skip", "compensate", "accept", "approve", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Fact):
    """A person decided."""

    TAG: ClassVar[str] = "answered"
    answer: Answer
    by: str
    reason: str
    correction: Mapping[str, object] | None = None
    path: str = ""
    """With a yes or no: the step that asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Fact):
    """The triggering record was amended or withdrawn while the run was under way (F21)."""

    TAG: ClassVar[str] = "changed"
    what: Literal["amended", "cancelled"]
    message: str
    late: bool = False
    """The run had completed: only a person takes back what was finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled(Fact):
    """A handler of the integration dealt with the failure, as its owner declared."""

    TAG: ClassVar[str] = "handled"
    path: str
    then: Literal["retry", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingBack(Fact):
    """The run turned round: what it did is undone, last first."""

    TAG: ClassVar[str] = "taking-back"
    why: str


KINDS: dict[str, type[Fact]] = {
    kind.TAG: kind
    for kind in (
        Started,
        Intended,
        Ended,
        Failed,
        Arrived,
        Opened,
        Emitted,
        Proven,
        Answered,
        Changed,
        Handled,
        TakingBack,
    )
}


def as_json(fact: Fact) -> dict[str, object]:
    """Return the form in which `fact` is stored; defaults are left out."""
    found: dict[str, object] = {"fact": fact.TAG}
    for spec in fields(fact):
        value = getattr(fact, spec.name)
        if value is not spec.default:
            found[spec.name] = value
    return found


def from_json(stored: Mapping[str, object]) -> Fact:
    """Return the fact that `as_json` wrote."""
    kind = KINDS.get(str(stored.get("fact")))
    if kind is None:
        raise InvariantError(
            f"a run's history holds a fact `{stored.get('fact')}` that this release does not know",
            hint="Was the history written by a newer release? Upgrade this worker.",
        )
    given: dict[str, object] = {name: value for name, value in stored.items() if name != "fact"}
    if "verdict" in given:
        given["verdict"] = Verdict(str(given["verdict"]))
    if "kind" in given and kind is Ended:
        given["kind"] = Kind(str(given["kind"]))
    return kind(**given)  # type: ignore[arg-type]  # the stored names are the field names
