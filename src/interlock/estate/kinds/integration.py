"""An integration: what starts it, what it does step by step, what proves it, who is asked."""

from decimal import Decimal
from typing import Literal

from pydantic import Field as Given

from interlock.estate.kinds.declared import Declared, Duration, Formula, Name, Part, Text
from interlock.estate.kinds.steps import StepSpec
from interlock.estate.kinds.system import Criticality, Lifecycle


class Recovery(Part):
    """How soon it must be back, and how much may be lost."""

    rto: Duration
    """How soon it must work again."""
    rpo: Duration
    """How much may be lost: 0s is nothing."""


class Classification(Part):
    """Facts that checks and policies read (R12-R19)."""

    criticality: Criticality
    """What a failure costs; the workers take up critical runs first."""
    pattern: Literal["orchestration", "event", "request", "batch", "file"]
    """How it works. A ``request`` answers a user at once and may not post."""
    latencyTolerance: Duration  # noqa: N815 (spelling of the file)
    """How late the outcome may be."""
    compliance: tuple[str, ...] = ()
    """Regimes that apply, such as sox or gdpr."""
    recovery: Recovery
    """How soon it must be back, and how much may be lost."""
    consistency: Literal["immediate", "eventual"]
    """Whether the systems may differ for a while."""
    failureImpact: Text  # noqa: N815 (spelling of the file)
    """What happens to the business if it fails."""
    purpose: Literal["transactional", "analytical"] = "transactional"
    """Whether it moves the business or informs about it."""
    tradeoff: Text = ""
    """Why the pattern was chosen, where another one suggests itself."""


class Objective(Part):
    """A service level."""

    name: Name
    """Its name."""
    indicator: Literal["latency", "success-ratio", "freshness"]
    """What is measured."""
    threshold: Duration | None = None
    """Up to where it counts as good."""
    target: Decimal
    """The share that must be good, such as 0.995."""
    window: Duration
    """Over which time."""


class Escalation(Part):
    """Who is told after how long."""

    after: Duration
    """How long after the case was opened."""
    notify: str
    """``group:NAME``."""


class Trigger(Part):
    """What starts a run."""

    system: Name
    """Where the record lives."""
    entity: Name
    """What it is."""
    when: Formula | None = None
    """Only records of which this is true."""
    event: str | None = None
    """Only events of this type start it: an event of a channel, or one of the system's own."""
    each: Literal["record", "change"] = "record"
    """``record``: one run per record, amended later on. ``change``: a run for every change."""


class Retry(Part):
    """How often and how patiently a step is tried again."""

    limit: int = Given(default=6, ge=1, le=100)
    """Attempts, the first one included."""
    delay: Duration = Given(default="2s", validate_default=True)
    """The first wait."""
    backoff: Literal["exponential", "constant"] = "exponential"
    """Whether waits grow."""
    maxDelay: Duration = Given(default="5m", validate_default=True)  # noqa: N815 (spelling of the file)
    """The longest wait."""


class Change(Part):
    """What a change of the source record does to a run under way."""

    cancelWhen: Formula | None = None  # noqa: N815 (spelling of the file)
    """The record is withdrawn when this is true: what was done is taken back."""
    amendOn: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)
    """A change of these takes back what was done and starts again; after the pivot it asks."""


class ProofSpec(Part):
    """What the target itself must say."""

    that: Name
    """The entity."""
    in_: Name | None = Given(default=None, alias="in")
    """The system that is read back."""
    key: Formula | None = None
    """Of the record, if it is not the one of the step."""
    when: Formula | None = None
    """Where it must hold, if that is not everywhere: over what the run knows."""
    is_: Formula = Given(alias="is")
    """Over ``seen``, which was read back, and what the run knows."""
    within: Duration
    """How soon it must be true; afterwards a person is asked."""


class HandlerSpec(Part):
    """What to do about a failure."""

    when: Formula | None = None
    """Over ``error``; without it, everything that no other handler took."""
    then: Literal["park", "compensate", "retry", "ignore"]
    """``park`` asks a person, ``compensate`` takes everything back."""
    route: str
    """``group:NAME`` that is asked."""
    respond: Duration
    """How soon it should be decided."""
    remedy: Text = ""
    """What to do, for whoever is asked."""


class IntegrationSpec(Part):
    """The integration."""

    lifecycle: Lifecycle = "production"
    """``deprecated`` and ``retired`` say that it goes."""
    classification: Classification | None = None
    """What checks, policies and the order of work go by."""
    sla: tuple[Objective, ...] = ()
    """Its service levels."""
    escalation: tuple[Escalation, ...] = ()
    """Who is told after how long."""
    trigger: Trigger
    """What starts a run."""
    key: Formula
    """The business key: one run of a key at a time, and none twice."""
    timeout: Duration | None = None
    """How long ``then: retry`` goes on before a person is asked."""
    retry: Retry = Retry()
    """How patiently a step is tried again."""
    change: Change = Change()
    """What a change of the source record does to a run."""
    steps: tuple[StepSpec, ...]
    """What is done, in this order."""
    proof: tuple[ProofSpec, ...] = ()
    """What the systems themselves must say before it is completed."""
    onError: tuple[HandlerSpec, ...] = ()  # noqa: N815 (spelling of the file)
    """The first handler that applies decides."""


class Integration(Declared):
    """How one business event becomes its outcome in every system."""

    kind: Literal["Integration"]
    spec: IntegrationSpec
