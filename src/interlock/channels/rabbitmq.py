"""RabbitMQ: a durable queue for every address, confirmed publishing, a single active consumer.

One message is under way at a time (prefetch 1, one consumer over all workers), so their order
holds; RabbitMQ drops no second copy of a message, the inbox does.
"""

from typing import Any

from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

from interlock.channels.port import Message, Take


class Rabbit:
    """One queue."""

    def __init__(self, url: str, address: str) -> None:
        self._queue = RabbitQueue(
            address, durable=True, arguments={"x-single-active-consumer": True}
        )
        self._broker = RabbitBroker(url, logger=None, default_channel=Channel(prefetch_count=1))

    async def open(self, take: Take | None) -> None:
        if take is not None:
            self._subscribe(take)
        await self._broker.start()
        await self._broker.declare_queue(self._queue)

    def _subscribe(self, take: Take) -> None:
        subscriber = self._broker.subscriber(
            self._queue, ack_policy=AckPolicy.NACK_ON_ERROR, decoder=_raw, no_reply=True
        )

        async def handle(body: Any) -> None:  # noqa: ANN401 (the library hands on what `_raw` gives)
            await take(body)

        subscriber(handle)

    async def publish(self, message: Message) -> None:
        await self._broker.publish(
            message.body,
            self._queue,
            persist=True,
            mandatory=True,
            message_id=message.id,
            content_type=message.content_type,
            timeout=5,
        )

    async def close(self) -> None:
        await self._broker.stop()


async def _raw(message: Any) -> bytes:  # noqa: ANN401 (a message of any broker)
    return bytes(message.body)
