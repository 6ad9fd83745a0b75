"""What must hold, and what will change: contracts, policies, releases, cutovers."""

from typing import Any, Literal

from pydantic import Field as Given

from interlock.estate.kinds.declared import (
    Day,
    Declared,
    Formula,
    Moment,
    Name,
    Part,
    Text,
)
from interlock.estate.kinds.system import Lifecycle


class Deprecation(Part):
    """When a version stops being offered (RFC 9745, RFC 8594)."""

    date: Day
    """From when on it should not be used for anything new."""
    sunset: Day
    """The last day on which it answers."""
    successor: Name | None = None
    """The contract that follows."""


class ContractSpec(Part):
    """What a system's interface takes and gives."""

    system: Name
    """Whose interface it is."""
    version: Text
    """The system's own name of the version."""
    definition: str
    """File beside the estate: JSON Schema per object under `objects`."""
    lifecycle: Lifecycle = "production"
    """``deprecated`` ones are findings where they are still used."""
    deprecation: Deprecation | None = None
    """When it ends."""


class Contract(Declared):
    """The interface of a system in one version."""

    kind: Literal["Contract"]
    spec: ContractSpec


class PolicySpec(Part):
    """A rule of the company in the expression language."""

    phase: Literal["static", "runtime"]
    """``runtime``: asked before every write, undoing too. ``static``: about declarations."""
    match: dict[str, Any] = Given(default_factory=dict)
    """``kinds`` and ``when``: which declarations a static policy is about."""
    expression: Formula
    """True where it is allowed. A runtime policy sees ``request`` and ``classification``."""
    message: Text
    """What whoever is refused reads."""
    action: Literal["deny", "warn"] = "deny"
    """``deny`` refuses the write, which becomes a case; ``warn`` is not asked at run time."""
    controls: tuple[str, ...] = ()
    """The controls of the company that it implements, for auditors."""


class Policy(Declared):
    """A rule that is asked before deploy or before every write."""

    kind: Literal["Policy"]
    spec: PolicySpec


class ReleaseSpec(Part):
    """A vendor's release."""

    system: Name
    """Whose release it is."""
    version: Text
    """The vendor's name of it."""
    status: Literal["tentative", "confirmed", "cancelled"]
    """``cancelled`` ones freeze nothing."""
    windows: tuple[dict[str, Any], ...] = ()
    """``environment``, ``start`` and ``end`` of each stage."""
    changes: tuple[dict[str, Any], ...] = ()
    """What changes, free form."""
    freeze: dict[str, Any] = Given(default_factory=dict)
    """``before`` and ``after`` each window (``2d``) nothing else may change: REL001."""
    regression: tuple[Name, ...] = ()
    """The integrations to try again afterwards."""


class Release(Declared):
    """What a vendor is about to change."""

    kind: Literal["Release"]
    spec: ReleaseSpec


class Transfer(Part):
    """Authority that moves from one system to another at a moment."""

    entity: Name
    """What moves."""
    field: Name | None = None
    """Only this field; without it, all of them."""
    legalEntities: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)
    """Only for records of these; without it, all of them."""
    from_: Name = Given(alias="from")
    """The system that has authority until then."""
    to: Name
    """The system that has it from then on."""
    at: Moment
    """A date or moment; without a zone in UTC."""


class CutoverSpec(Part):
    """A move from one system to another."""

    transfers: tuple[Transfer, ...]
    """Which authority moves when."""
    freeze: dict[str, Any] = Given(default_factory=dict)
    """``start`` and ``end`` between which nothing else may change: REL001."""
    phases: tuple[dict[str, Any], ...] = ()
    """The plan for people, free form."""


class Cutover(Declared):
    """When which authority moves."""

    kind: Literal["Cutover"]
    spec: CutoverSpec
