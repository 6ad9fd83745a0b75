"""Who is told what, and by which way: subscriptions by webhook, channels in and out."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field as Given
from pydantic import StringConstraints, model_validator

from interlock.estate.kinds.declared import Declared, Duration, Name, Network, Part, Path, Text

EventType = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?$", max_length=200)
]
"""A type of event, or all that begin alike: ``com.example.invoice.*``."""

STANDARD_SCHEDULE: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The waits after each failed attempt that Standard Webhooks 1.0.0 suggests."""


class SubscriptionSpec(Part):
    """One endpoint that wants to know."""

    url: Text
    """A URL, or ``setting:NAME``."""
    secret: Text
    """``secret:NAME``; every value in it signs, so two of them make a rotation."""
    events: tuple[EventType, ...] = Given(min_length=1)
    """Types, or all that begin alike: ``com.example.invoice.*``."""
    retry: tuple[Duration, ...] = STANDARD_SCHEDULE
    """How long to wait after each failed attempt; after the last the event is dead."""
    jitter: Decimal = Given(default=Decimal("0.1"), ge=0, le=1)
    """Up to this share is added to each wait, so that many events do not come back at once."""
    timeout: Duration = Given(default="15s", validate_default=True, le=timedelta(minutes=1))
    """How long the endpoint may take to answer."""
    concurrency: int = Given(default=4, ge=1, le=64)
    """How many deliveries may be under way at once; those of one key never are."""


class Subscription(Declared):
    """An endpoint of somebody else's that is told of events, signed (Standard Webhooks)."""

    kind: Literal["Subscription"]
    spec: SubscriptionSpec


class Reception(Part):
    """What an event of a channel is about: a record of a system, which is then read back."""

    type: EventType
    """The type, or all that begin alike."""
    system: Name
    """Whose record it is about."""
    entity: Name
    """What it is about."""
    ref: Path = "subject"
    """Where the event says the system's own id of the record: a path into the CloudEvent."""


class Roads(Part):
    """Where the broker of a channel may be found."""

    networks: tuple[Network, ...] = ()
    """Addresses besides public ones; there a connection without encryption will do."""


class ChannelSpec(Part):
    """An address where events are published, received, or both."""

    broker: Literal["embedded", "kafka", "nats", "rabbitmq", "redis"] = "embedded"
    """``embedded``: outbox and inbox in our own database, nothing else to run."""
    url: Text | None = None
    """Of the broker: ``setting:NAME``, or ``secret:NAME`` where it carries a password."""
    address: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
    """A topic of Kafka, a subject of NATS, a queue of RabbitMQ, a stream of Redis."""
    outbound: Roads = Roads()
    """Where its broker may be found besides public addresses by an encrypted connection."""
    publish: tuple[EventType, ...] = ()
    """Which of our events go there."""
    receive: tuple[Reception, ...] = ()
    """What is taken in from there."""
    retry: tuple[Duration, ...] = STANDARD_SCHEDULE
    """How long to wait after each failed attempt."""

    @model_validator(mode="after")
    def _reachable(self) -> "ChannelSpec":
        if (self.broker == "embedded") != (self.url is None):
            raise ValueError("a broker needs a `url:`, and the embedded channel has none")
        return self


class Channel(Declared):
    """A stream of CloudEvents, in order for each key."""

    kind: Literal["Channel"]
    spec: ChannelSpec


def wants(patterns: tuple[str, ...], type_: str) -> bool:
    """Tell whether one of `patterns` means the type."""
    return any(
        type_.startswith(each[:-1]) if each.endswith(".*") else each == type_ for each in patterns
    )
