"""What must hold, and what will change: contracts, policies, reconciliations, releases."""

from typing import Any, Literal

from pydantic import Field as Given

from interlock.estate.kinds.declared import (
    Day,
    Declared,
    Duration,
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
    sunset: Day
    successor: Name | None = None


class ContractSpec(Part):
    """What a system's interface takes and gives."""

    system: Name
    version: Text
    definition: str
    """File beside the estate: JSON Schema per object under `objects`."""
    lifecycle: Lifecycle = "production"
    deprecation: Deprecation | None = None


class Contract(Declared):
    """The interface of a system in one version."""

    kind: Literal["Contract"]
    spec: ContractSpec


class PolicySpec(Part):
    """A rule of the company in the expression language."""

    phase: Literal["static", "runtime"]
    match: dict[str, Any] = Given(default={})
    expression: Formula
    message: Text
    action: Literal["deny", "warn"] = "deny"
    controls: tuple[str, ...] = ()


class Policy(Declared):
    """A rule that is asked before deploy or before every write."""

    kind: Literal["Policy"]
    spec: PolicySpec


class ReconciliationSpec(Part):
    """Which systems must agree about what."""

    covers: tuple[Name, ...]
    entity: Name
    systems: tuple[Name, ...]
    schedule: dict[str, Any] = Given(default={})
    compare: tuple[dict[str, Any], ...] = ()
    tolerance: dict[str, Any] = Given(default={})
    route: str | None = None


class Reconciliation(Declared):
    """A regular comparison of systems."""

    kind: Literal["Reconciliation"]
    spec: ReconciliationSpec


class ReleaseSpec(Part):
    """A vendor's release."""

    system: Name
    version: Text
    status: Literal["tentative", "confirmed", "cancelled"]
    windows: tuple[dict[str, Any], ...] = ()
    changes: tuple[dict[str, Any], ...] = ()
    freeze: dict[str, Any] = Given(default={})
    regression: tuple[Name, ...] = ()


class Release(Declared):
    """What a vendor is about to change."""

    kind: Literal["Release"]
    spec: ReleaseSpec


class Transfer(Part):
    """Authority that moves from one system to another at a moment."""

    entity: Name
    field: Name | None = None
    legalEntities: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)
    from_: Name = Given(alias="from")
    to: Name
    at: Moment


class CutoverSpec(Part):
    """A move from one system to another."""

    transfers: tuple[Transfer, ...]
    freeze: dict[str, Any] = Given(default={})
    phases: tuple[dict[str, Any], ...] = ()


class Cutover(Declared):
    """When which authority moves."""

    kind: Literal["Cutover"]
    spec: CutoverSpec


class DataProductSpec(Part):
    """Governed tables for analysis (Bitol ODPS keys)."""

    status: Literal["proposed", "draft", "active", "deprecated", "retired"]
    domain: Name
    inputPorts: tuple[dict[str, Any], ...] = ()  # noqa: N815 (Bitol ODPS)
    outputPorts: tuple[dict[str, Any], ...] = ()  # noqa: N815 (Bitol ODPS)
    freshness: Duration | None = None


class DataProduct(Declared):
    """Tables that others may rely on."""

    kind: Literal["DataProduct"]
    spec: DataProductSpec
