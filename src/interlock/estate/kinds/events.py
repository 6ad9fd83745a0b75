"""Who is told what: subscriptions by webhook."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field as Given
from pydantic import StringConstraints

from interlock.estate.kinds.declared import Declared, Duration, Part, Text

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
    retry: tuple[Duration, ...] = STANDARD_SCHEDULE
    """How long to wait after each failed attempt; after the last the event is dead."""
    jitter: Decimal = Given(default=Decimal("0.1"), ge=0, le=1)
    """Up to this share is added to each wait, so that many events do not come back at once."""
    timeout: Duration = Given(default="15s", validate_default=True, le=timedelta(minutes=1))
    concurrency: int = Given(default=4, ge=1, le=64)
    """How many deliveries may be under way at once; those of one key never are."""


class Subscription(Declared):
    """An endpoint of somebody else's that is told of events, signed (Standard Webhooks)."""

    kind: Literal["Subscription"]
    spec: SubscriptionSpec


def wants(patterns: tuple[str, ...], type_: str) -> bool:
    """Tell whether one of `patterns` means the type."""
    return any(
        type_.startswith(each[:-1]) if each.endswith(".*") else each == type_ for each in patterns
    )
