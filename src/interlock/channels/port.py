"""What a broker does for us: keep a message durably, and bring every one until it was taken."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to be kept."""

    id: str
    """The same at every attempt: brokers that can drop the second do."""
    body: bytes
    content_type: str


Take = Callable[[bytes], Awaitable[None]]
"""Takes one message; an exception means that it must be brought again."""


class Broker(Protocol):
    """One address at one broker; used from a single event loop."""

    async def open(self, take: Take | None) -> None:
        """Connect, make the address durable, and bring messages to `take`, one at a time."""
        ...

    async def publish(self, message: Message) -> None:
        """Return once the broker has confirmed that it keeps the message."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...
