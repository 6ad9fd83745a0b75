"""What a broker does for us: keep a message durably, and bring every one until it was taken."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to be kept."""

    id: str
    """The same at every attempt: brokers that can drop the second do."""
    key: str = ""
    """Messages of one key keep their order, wherever a broker has more than one line."""
    body: bytes
    content_type: str


Take = Callable[[bytes], Awaitable[None]]
"""Takes one message; an exception means that it must be brought again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What there is at an address, and what we may do there; ``None``: it cannot be told."""

    exists: bool | None
    """Whether the stream, queue or topic is there."""
    made_by_us: bool
    """Whether a worker makes it when it is not there."""
    may_publish: bool | None
    may_take: bool | None
    said: str = ""
    """What stood in the way of finding out more."""


class Broker(Protocol):
    """One address at one broker; used from a single event loop."""

    async def open(self, take: Take | None) -> None:
        """Connect, make the address durable, and bring messages to `take`, one at a time."""
        ...

    async def publish(self, message: Message) -> None:
        """Return once the broker has confirmed that it keeps the message."""
        ...

    async def look(self) -> Standing:
        """Say how things stand over a connection of its own; nothing is made, sent or taken."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...
