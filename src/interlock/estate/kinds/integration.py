"""An integration: what starts it, what it does step by step, what proves it, who is asked."""

from decimal import Decimal
from typing import Literal

from pydantic import Field as Given
from pydantic import model_validator

from interlock.estate.kinds.declared import Declared, Duration, Formula, Name, Part, Text
from interlock.estate.kinds.system import Criticality, Lifecycle


class Recovery(Part):
    """How soon it must be back, and how much may be lost."""

    rto: Duration
    rpo: Duration


class Classification(Part):
    """Facts that checks and policies read (R12-R19)."""

    criticality: Criticality
    pattern: Literal["orchestration", "event", "request", "batch", "file"]
    latencyTolerance: Duration  # noqa: N815 (spelling of the file)
    compliance: tuple[str, ...] = ()
    recovery: Recovery
    consistency: Literal["immediate", "eventual"]
    failureImpact: Text  # noqa: N815 (spelling of the file)
    purpose: Literal["transactional", "analytical"] = "transactional"
    tradeoff: Text = ""


class Objective(Part):
    """A service level."""

    name: Name
    indicator: Literal["latency", "success-ratio", "freshness"]
    threshold: Duration | None = None
    target: Decimal
    window: Duration


class Escalation(Part):
    """Who is told after how long."""

    after: Duration
    notify: str


class Trigger(Part):
    """What starts a run."""

    system: Name
    entity: Name
    when: Formula | None = None
    event: str | None = None
    """Only events of this type start it: an event of a channel, or one of the system's own."""
    each: Literal["record", "change"] = "record"


class Retry(Part):
    """How often and how patiently a step is tried again."""

    limit: int = Given(default=6, ge=1, le=100)
    delay: Duration = Given(default="2s", validate_default=True)
    backoff: Literal["exponential", "constant"] = "exponential"
    maxDelay: Duration = Given(default="5m", validate_default=True)  # noqa: N815 (spelling of the file)


class Change(Part):
    """What a change of the source record does to a run under way."""

    cancelWhen: Formula | None = None  # noqa: N815 (spelling of the file)
    amendOn: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)


class EachSpec(Part):
    """A list built by walking over another."""

    each: Formula
    as_: Name = Given(alias="as")
    set: "dict[Name, Formula | EachSpec]"


Set = dict[Name, Formula | EachSpec]


class RequireSpec(Part):
    """A fact that must hold."""

    check: Formula
    otherwise: Text


class GetSpec(Part):
    """Read a record by its key."""

    entity: Name
    from_: Name = Given(alias="from")
    key: Formula
    chain: Name | None = None
    follow: Name | None = None


class PutSpec(Part):
    """Bring a record into one system."""

    entity: Name
    into: Name
    from_: Formula | None = Given(default=None, alias="from")
    key: Formula | None = None
    fields: tuple[Name, ...] = ()
    set: Set = Given(default={})


class CallSpec(Part):
    """Ask a system for an operation: ``SYSTEM.OBJECT.VERB``."""

    operation: str
    entity: Name | None = None
    key: Formula
    ref: Formula | None = None
    set: Set = Given(default={})


class TransformSpec(Part):
    """A pure Python function beside the estate."""

    function: str
    with_: dict[Name, Formula] = Given(alias="with")
    writes: dict[Name, "str | dict[str, str | dict[str, str]]"]


class MatchSpec(Part):
    """How an event finds its run."""

    event: Formula
    run: Formula


class WaitSpec(Part):
    """Wait for an event."""

    system: Name
    event: str
    entity: Name
    match: MatchSpec
    atMost: Duration | None = None  # noqa: N815 (spelling of the file)


class ApproveSpec(Part):
    """Ask a person."""

    question: Text
    by: str
    when: Formula | None = None
    atMost: Duration | None = None  # noqa: N815 (spelling of the file)


class EmitSpec(Part):
    """Tell the world."""

    event: str
    data: Set = Given(default={})


class ArmSpec(Part):
    """One way of a branch."""

    when: Formula | None = None
    otherwise: Literal[True] | None = None
    steps: "tuple[StepSpec, ...]"


class ForEachSpec(Part):
    """The same steps for every element."""

    in_: Formula = Given(alias="in")
    as_: Name = Given(alias="as")


class UndoSpec(Part):
    """How a step is taken back."""

    operation: str
    ref: Formula


ACTS = (
    "require",
    "get",
    "put",
    "call",
    "transform",
    "wait",
    "approve",
    "emit",
    "branch",
    "forEach",
)


class StepSpec(Part):
    """One step: an id, exactly one act, and what belongs to every step."""

    id: Name
    as_: Name | None = Given(default=None, alias="as")
    pivot: bool = False
    undo: UndoSpec | None = None
    require: tuple[RequireSpec, ...] | None = None
    get: GetSpec | None = None
    put: PutSpec | None = None
    call: CallSpec | None = None
    transform: TransformSpec | None = None
    wait: WaitSpec | None = None
    approve: ApproveSpec | None = None
    emit: EmitSpec | None = None
    branch: tuple[ArmSpec, ...] | None = None
    forEach: ForEachSpec | None = None  # noqa: N815 (spelling of the file)
    steps: "tuple[StepSpec, ...]" = ()

    @model_validator(mode="after")
    def _one_act(self) -> "StepSpec":
        acts = [act for act in ACTS if getattr(self, act) is not None]
        if len(acts) != 1:
            raise ValueError(f"a step does exactly one of: {', '.join(ACTS)}")
        if bool(self.steps) != (self.forEach is not None):
            raise ValueError("`steps` belongs to `forEach`, and `forEach` needs `steps`")
        return self

    @property
    def act(self) -> str:
        """Return which act it is."""
        return next(act for act in ACTS if getattr(self, act) is not None)


class ProofSpec(Part):
    """What the target itself must say."""

    that: Name
    in_: Name | None = Given(default=None, alias="in")
    key: Formula | None = None
    is_: Formula = Given(alias="is")
    within: Duration


class HandlerSpec(Part):
    """What to do about a failure."""

    when: Formula | None = None
    then: Literal["park", "compensate", "retry", "ignore"]
    route: str
    respond: Duration
    remedy: Text = ""


class IntegrationSpec(Part):
    """The integration."""

    lifecycle: Lifecycle = "production"
    classification: Classification | None = None
    sla: tuple[Objective, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    trigger: Trigger
    key: Formula
    timeout: Duration | None = None
    retry: Retry = Retry()
    change: Change = Change()
    steps: tuple[StepSpec, ...]
    proof: tuple[ProofSpec, ...] = ()
    onError: tuple[HandlerSpec, ...] = ()  # noqa: N815 (spelling of the file)


class Integration(Declared):
    """How one business event becomes its outcome in every system."""

    kind: Literal["Integration"]
    spec: IntegrationSpec
