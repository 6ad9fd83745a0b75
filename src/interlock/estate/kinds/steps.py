"""The steps of an integration as they are written: an id, one act, and what belongs to it."""

from typing import Literal

from pydantic import Field as Given
from pydantic import model_validator

from interlock.estate.kinds.declared import Duration, Formula, Name, Part, Text


class EachSpec(Part):
    """A list built by walking over another."""

    each: Formula
    """The list that is walked over."""
    as_: Name = Given(alias="as")
    """What one element is called in ``set``."""
    set: "dict[Name, Formula | EachSpec]"
    """Field to what it becomes."""


Set = dict[Name, Formula | EachSpec]


class RequireSpec(Part):
    """A fact that must hold."""

    check: Formula
    """Must be true."""
    otherwise: Text
    """What whoever is asked reads when it is not."""


class GetSpec(Part):
    """Read a record by its key, or by the system's own id where another record names that."""

    entity: Name
    """What is read."""
    from_: Name = Given(alias="from")
    """The system that it is read from."""
    key: Formula | None = None
    """Of the record."""
    ref: Formula | None = None
    """The system's own id of the record, instead of its key."""
    chain: Name | None = None
    """A field that refers to the parent: the result is a list, topmost first."""
    follow: Name | None = None
    """A field that refers to the record that this one was merged into."""

    @model_validator(mode="after")
    def _one_way(self) -> "GetSpec":
        if (self.key is None) == (self.ref is None):
            raise ValueError("a get has a `key` or a `ref`, and not both")
        if self.ref is not None and (self.chain or self.follow):
            raise ValueError("`chain` and `follow` go by keys: give `key`")
        return self


class PutSpec(Part):
    """Bring a record into one system."""

    entity: Name
    """What is written."""
    into: Name
    """The system that it is written into."""
    from_: Formula | None = Given(default=None, alias="from")
    """The record that the fields are copied from."""
    key: Formula | None = None
    """Of the record there; without it, the one of ``from``."""
    fields: tuple[Name, ...] = ()
    """Only these; without it, all that both systems hold."""
    set: Set = Given(default_factory=dict)
    """Field to an expression, or to a list built by ``each``."""


class CallSpec(Part):
    """Ask a system for an operation: ``SYSTEM.OBJECT.VERB``."""

    operation: str
    """``SYSTEM.OBJECT.VERB``."""
    entity: Name | None = None
    """What it is about, where fields are set."""
    key: Formula
    """Of the business: what makes a repetition the same call."""
    ref: Formula | None = None
    """Of the object in that system."""
    set: Set = Given(default_factory=dict)
    """Field to an expression, or to a list built by ``each``."""


class TransformSpec(Part):
    """A pure Python function beside the estate."""

    function: str
    """``module:function`` in a file beside the estate."""
    with_: dict[Name, Formula] = Given(alias="with")
    """Argument to its value."""
    writes: dict[Name, "str | dict[str, str | dict[str, str]]"]
    """Field of the result to its type."""


class MatchSpec(Part):
    """How an event finds its run."""

    event: Formula
    """Over the record of the event."""
    run: Formula
    """Over what the run knows: equal to the other for the right one."""


class WaitSpec(Part):
    """Wait for an event."""

    system: Name
    """Who tells."""
    event: str
    """The type of the event."""
    entity: Name
    """What it is about."""
    match: MatchSpec
    """How an event finds its run."""
    atMost: Duration | None = None  # noqa: N815 (spelling of the file)
    """After this long the step fails with the kind ``timeout``."""


class ApproveSpec(Part):
    """Ask a person."""

    question: Text
    """What is asked."""
    by: str
    """``group:NAME``."""
    when: Formula | None = None
    """Only if this is true."""
    atMost: Duration | None = None  # noqa: N815 (spelling of the file)
    """After this long the step fails with the kind ``timeout``."""


class EmitSpec(Part):
    """Tell the world."""

    event: str
    """The type of the CloudEvent."""
    data: Set = Given(default_factory=dict)
    """Field to an expression, or to a list built by ``each``."""


class ArmSpec(Part):
    """One way of a branch."""

    when: Formula | None = None
    """The first way of which this is true is taken."""
    otherwise: Literal[True] | None = None
    """The way that is taken when no other is."""
    steps: "tuple[StepSpec, ...]"
    """What is done on this way."""


class ForEachSpec(Part):
    """The same steps for every element."""

    in_: Formula = Given(alias="in")
    """The list."""
    as_: Name = Given(alias="as")
    """What one element is called in ``steps``."""


class UndoSpec(Part):
    """How a step is taken back."""

    operation: str
    """``SYSTEM.OBJECT.VERB``; registered before the step is sent."""
    ref: Formula
    """Of the object to take back."""


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
    """Unique in the integration."""
    as_: Name | None = Given(default=None, alias="as")
    """Under which name its result is known; by default the entity."""
    pivot: bool = False
    """The point of no return: afterwards the run only goes forward, or asks."""
    undo: UndoSpec | None = None
    """How it is taken back, where the connector does not know."""
    require: tuple[RequireSpec, ...] | None = None
    """Facts that must hold."""
    get: GetSpec | None = None
    """Read a record."""
    put: PutSpec | None = None
    """Bring a record into a system."""
    call: CallSpec | None = None
    """Ask a system for an operation."""
    transform: TransformSpec | None = None
    """Work something out in Python."""
    wait: WaitSpec | None = None
    """Wait for an event."""
    approve: ApproveSpec | None = None
    """Ask a person."""
    emit: EmitSpec | None = None
    """Tell subscribers and channels."""
    branch: tuple[ArmSpec, ...] | None = None
    """One of several ways."""
    forEach: ForEachSpec | None = None  # noqa: N815 (spelling of the file)
    """The same ``steps`` for every element."""
    steps: "tuple[StepSpec, ...]" = ()
    """The steps of ``forEach``."""

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
