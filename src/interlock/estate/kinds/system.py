"""A system: something that the company runs or buys and that holds records."""

from decimal import Decimal
from typing import Literal

from pydantic import Field as Given

from interlock.estate.kinds.declared import Bound, Declared, Duration, Name, Part, Text

Criticality = Literal["critical", "high", "medium", "low"]
Lifecycle = Literal["experimental", "production", "deprecated", "retired"]
DataClass = Literal["public", "internal", "confidential", "personal"]


class Auth(Part):
    """How we identify ourselves; the credential is a name, never a value."""

    scheme: str
    credential: Text
    rotate: Duration | None = None


class Limits(Part):
    """What the system takes, shared by all integrations."""

    concurrency: int | None = Given(default=None, gt=0)
    perSecond: Decimal | None = Given(default=None, gt=0)  # noqa: N815 (spelling of the file)
    perDay: int | None = Given(default=None, gt=0)  # noqa: N815 (spelling of the file)


class SystemLimits(Limits):
    """Limits of the whole system, and tighter ones of single operations."""

    operations: dict[str, Limits] = Given(default={})


class Webhook(Part):
    """How the system signs what it sends."""

    scheme: Literal["stripe", "standard", "salesforce", "allow-list"]
    secret: Text


class Inbound(Part):
    """How changes reach us: pushed, and polled for what the push lost."""

    webhook: Webhook | None = None
    poll: Duration | None = None
    overlap: Duration | None = None


class SystemSpec(Part):
    """What is known of a system."""

    type: Literal["crm", "erp", "billing", "tax", "bank", "warehouse", "other"]
    connector: str
    lifecycle: Lifecycle = "production"
    url: Text
    """A URL, or ``setting:NAME``, read from the environment at start."""
    auth: Auth
    holds: tuple[DataClass, ...] = ()
    """Classes of data that it may hold besides public and internal."""
    limits: SystemLimits = SystemLimits()
    requestBound: Bound | None = None  # noqa: N815 (spelling of the file)
    """After this long a request can no longer be applied; a duration or ``setting:NAME`` (F3)."""
    inbound: Inbound | None = None
    domain: Name | None = None


class System(Declared):
    """A CRM, an ERP, a billing engine, a tax engine, a bank."""

    kind: Literal["System"]
    spec: SystemSpec
