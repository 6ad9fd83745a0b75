"""A plan: one integration compiled for running; the very thing that checks prove and flow runs.

All nouns; the only thing to do with them here is to walk over the steps. `planning` builds it from
the declarations; every expression in it is compiled, typed and knows what it reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from interlock.expression import Expression, Type
from interlock.foundation.ids import Digested
from interlock.foundation.place import Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Each(Placed):
    """A list built by walking over another: one target element per source element."""

    over: Expression
    name: str
    """The name of the source element inside `values`."""
    values: "Values"


Values = Mapping[str, "Expression | Each"]
"""What a step writes: canonical field -> where its value comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Placed):
    """How a step is taken back: registered before the step is sent, not after."""

    system: str
    operation: str
    """``object.verb`` of the system's connector."""
    ref: Expression
    """Which object to take back: the vendor's id, from the step's own result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Common(Placed):
    """What every step has."""

    id: str
    name: str
    """Under which name later steps see the result (`as`, else the id)."""
    pivot: bool = False
    """The point of no return: before it failure compensates, after it only forward."""
    undo: Undo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Require(Common):
    """Facts that must hold before the run goes on; each with the sentence for people."""

    checks: tuple[tuple[Expression, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Get(Common):
    """Read one record by its key, strongly; with `chain` its ancestors first, itself last."""

    entity: str
    system: str
    key: Expression
    by_ref: bool = False
    """Whether `key` gives the system's own id of the record, as another of its records does."""
    chain: str | None = None
    """The field that points to the parent. The result is then a list, parents first."""
    follow: str | None = None
    """The field that points to the record it was merged into (F20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Common):
    """Bring one record into a system: create it, or make it so."""

    entity: str
    system: str
    operation: str
    """``object.verb``, chosen from the connector's capabilities."""
    key: Expression
    """The canonical key of the record: its identity in every system."""
    source: Expression | None = None
    """With `from`: the record that is copied."""
    source_system: str | None = None
    """The system that `source` was read from."""
    fields: tuple[str, ...] = ()
    """With `from`: the fields that are copied, each from its authority."""
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Common):
    """Ask a system for one of its operations."""

    system: str
    operation: str
    entity: str | None
    key: Expression
    ref: Expression | None = None
    """The vendor's id of the object, for operations on an existing one."""
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform(Common):
    """A named, typed, pure Python function."""

    function: str
    arguments: Mapping[str, Expression]
    writes: Mapping[str, Type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Common):
    """Wait for an event of a system that belongs to this run, at most so long."""

    system: str
    event: str
    entity: str
    event_match: Expression
    run_match: Expression
    at_most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Common):
    """Ask a person; the run goes on when the answer is yes and compensates when it is no."""

    question: str
    group: str
    when: Expression | None
    at_most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Emit(Common):
    """Tell the world, through the outbox."""

    event: str
    data: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of a branch; `when` is ``None`` for the last resort."""

    when: Expression | None
    steps: tuple["Step", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Common):
    """The first arm whose condition holds; none is an error, not a silent skip."""

    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(Common):
    """The same steps for every element, in order; the result is the list of last results."""

    over: Expression
    item: str
    steps: tuple["Step", ...]


Step = Require | Get | Put | Call | Transform | Wait | Approve | Emit | Branch | ForEach


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(Placed):
    """What the target itself must say before the run may be called completed (R71)."""

    step: str
    """The name of the step whose object is read back."""
    entity: str
    system: str | None
    """``None``: the system that the step wrote to."""
    key: Expression | None
    """The canonical key; ``None``: the key that the step wrote."""
    when: Expression | None = None
    """Over the run's names: whether this proof is asked for at all."""
    condition: Expression
    """Over the run's names and `seen`, the record as it was read back."""
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler(Placed):
    """What to do about a failure; the first whose condition holds counts."""

    when: Expression | None
    """Over `error`: kind, message, step, system, retryable."""
    then: Literal["park", "compensate", "retry", "ignore"]
    route: str
    """The group that gets the case."""
    respond: timedelta
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how patiently a step is tried again."""

    limit: int = 6
    delay: timedelta = timedelta(seconds=2)
    factor: int = 2
    """2 for exponential, 1 for constant."""
    max_delay: timedelta = timedelta(minutes=5)

    def wait(self, attempt: int) -> timedelta:
        """Return how long to wait after failed attempt number `attempt`, counted from 1."""
        doublings = min(attempt - 1, 30)
        return min(self.delay * int(self.factor**doublings), self.max_delay)

    def horizon(self) -> timedelta:
        """Return the longest time from the first attempt to the last."""
        return sum((self.wait(n) for n in range(1, self.limit)), timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an amended or cancelled source record does to a run that is under way (F21)."""

    cancel_when: Expression | None = None
    amend_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Placed):
    """What starts a run."""

    system: str
    entity: str
    when: Expression | None
    event: str | None = None
    """Only events of this type; ``None``: any event about the entity."""
    each: Literal["record", "change"] = "record"
    """``record``: one run for ever per business key. ``change``: one run for every change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Placed):
    """An integration compiled for running."""

    integration: str
    estate: Digested | None = field(repr=False, compare=False)
    """What the estate said: a run finishes on the plan that it started with."""
    criticality: Literal["critical", "high", "medium", "low"]
    trigger: Trigger
    key: Expression
    """The business key: ordering, de-duplication and search all use it."""
    steps: tuple[Step, ...]
    proofs: tuple[Proof, ...]
    on_error: tuple[Handler, ...]
    retry: Retry
    timeout: timedelta
    change: Change
    carried: tuple[str, ...]
    """The fields of the triggering record that the integration looks at: a change of any other
    field, such as the echo of our own write, is not its business."""
    asked: tuple[str, ...]
    """Those that say what is asked for: not whom for, because a merge moves a reference."""

    @property
    def digest(self) -> str:
        """Return the digest of the estate that it belongs to."""
        return "" if self.estate is None else self.estate.digest


def every_step(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield all steps, also those inside branches and loops, in the order of the file."""
    for step in steps:
        yield step
        match step:
            case Branch():
                for arm in step.arms:
                    yield from every_step(arm.steps)
            case ForEach():
                yield from every_step(step.steps)
            case _:
                pass
