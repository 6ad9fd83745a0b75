"""A system: something that the company runs or buys and that holds records."""

from decimal import Decimal
from typing import Literal

from pydantic import Field as Given
from pydantic import model_validator

from interlock.estate.capability import Capability
from interlock.estate.kinds.declared import (
    Bound,
    Day,
    Declared,
    Duration,
    Name,
    Network,
    Part,
    Path,
    Text,
)

Criticality = Literal["critical", "high", "medium", "low"]
Lifecycle = Literal["experimental", "production", "deprecated", "retired"]
DataClass = Literal["public", "internal", "confidential", "personal"]


class Auth(Part):
    """How we identify ourselves; the credential is a name, never a value."""

    scheme: str
    """How the connector identifies itself; its page lists the schemes that it knows."""
    credential: Text | dict[Text, Text]
    """Where it stands, never the value itself: ``secret:NAME``, ``env:NAME``, ``file:/PATH``,
    ``keyring:SERVICE/NAME``, ``vault:MOUNT/PATH#KEY``; or one of these for each field."""
    rotate: Duration | None = None
    """The longest that one credential may be in use."""
    expires: Day | None = None
    """The day on which it ends, where the credential itself does not tell."""


class Limits(Part):
    """What the system takes, shared by all integrations."""

    concurrency: int | None = Given(default=None, gt=0)
    """Requests under way at once."""
    perSecond: Decimal | None = Given(default=None, gt=0)  # noqa: N815 (spelling of the file)
    """Requests per second."""
    perDay: int | None = Given(default=None, gt=0)  # noqa: N815 (spelling of the file)
    """Requests per day."""


class SystemLimits(Limits):
    """Limits of the whole system, and tighter ones of single operations."""

    account: Name | None = None
    """What the vendor counts by: systems that are one account of it share these limits."""
    operations: dict[str, Limits] = Given(default_factory=dict)
    """``OBJECT.VERB`` to its own, tighter limits."""


class Reads(Part):
    """Where a delivery by Standard Webhooks says what it is about: paths into its body."""

    object: Path = "data.object"
    """The system's name of the object; where it says none, the type up to its first dot."""
    ref: Path = "data.id"
    """The system's own id of the object, which is then read back."""
    type: Path = "type"
    """The type of the event."""


class Webhook(Part):
    """How the system signs what it sends, or from where it sends what it cannot sign."""

    scheme: Literal["stripe", "standard", "salesforce", "allow-list"]
    """How a delivery is proven to be theirs."""
    secret: Text | None = None
    """``secret:NAME``; every value in it is accepted, so two of them make a rotation."""
    from_: tuple[Network, ...] = Given(default=(), alias="from")
    """With allow-list: the addresses that deliveries come from. They are only hints to poll."""
    reads: Reads = Reads()
    """Where a ``standard`` delivery says what it is about."""

    @model_validator(mode="after")
    def _proven(self) -> "Webhook":
        if self.scheme == "allow-list" and not self.from_:
            raise ValueError("an allow-list needs `from:`, such as [203.0.113.0/24]")
        if self.scheme != "allow-list" and self.secret is None:
            raise ValueError(f"`{self.scheme}` needs a `secret:`")
        return self


class Inbound(Part):
    """How changes reach us: pushed, and polled for what the push lost."""

    webhook: Webhook | None = None
    """What the system pushes to ``POST /webhooks/SYSTEM``."""
    poll: Duration | None = None
    """How often it is asked for changes."""
    changes: Literal["pubsub"] | None = None
    """A line over which the system tells what changed; the poll behind it finds what it lost."""
    overlap: Duration | None = None
    """How far each poll looks back behind the last one, by the clock of the system."""
    silence: Duration | None = None
    """The longest that nothing at all may come; after that somebody is asked."""

    @model_validator(mode="after")
    def _netted(self) -> "Inbound":
        if self.changes is not None and self.poll is None:
            raise ValueError("`changes:` needs a `poll:` behind it, such as 10m")
        return self


class Way(Part):
    """Where requests to the system may go. Its host is the one of its `url`, and no other."""

    networks: tuple[Network, ...] = ()
    """Addresses besides public ones that the host may be found at; there http will do."""
    proxy: Text | None = None
    """``setting:NAME`` or ``secret:NAME``: an HTTP proxy, which then resolves the name."""
    authorities: Text | None = None
    """A file of certificates, or ``setting:NAME``: trusted besides the public authorities."""


class SystemSpec(Part):
    """What is known of a system."""

    type: Literal["crm", "erp", "billing", "tax", "bank", "warehouse", "other"]
    """What it is to the company."""
    connector: str
    """Which connector speaks to it; ``rest`` and ``sql`` declare their API here."""
    lifecycle: Lifecycle = "production"
    """``deprecated`` and ``retired`` systems are findings where they are still used."""
    url: Text
    """A URL, or ``setting:NAME``, read from the environment at start."""
    auth: Auth
    """How we identify ourselves to it."""
    holds: tuple[DataClass, ...] = ()
    """Classes of data that it may hold besides public and internal."""
    limits: SystemLimits = SystemLimits()
    """What it takes; kept by all workers together."""
    requestBound: Bound | None = None  # noqa: N815 (spelling of the file)
    """After this long a request can no longer be applied; a duration or ``setting:NAME`` (F3)."""
    inbound: Inbound | None = None
    """How its changes reach us; without it nothing can start there."""
    outbound: Way = Way()
    """Where requests to it may go besides public addresses by https."""
    domain: Name | None = None
    """The business domain that it belongs to."""

    def operations(self) -> dict[str, Capability]:
        """Return the operations that it declares itself: none, where its connector knows them."""
        return {}

    def told(self) -> frozenset[str]:
        """Return the events that it declares itself."""
        return frozenset()


class System(Declared):
    """A CRM, an ERP, a billing engine, a tax engine, a bank."""

    kind: Literal["System"]
    spec: SystemSpec
