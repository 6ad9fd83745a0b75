"""RabbitMQ: a durable queue for every address, confirmed publishing, a single active consumer.

One message is under way at a time (prefetch 1, one consumer over all workers), so their order
holds; RabbitMQ drops no second copy of a message, the inbox does.
"""

import secrets
from typing import Any

import aio_pika
from aio_pika.exceptions import (
    AMQPChannelError,
    AMQPError,
    ChannelNotFoundEntity,
    DeliveryError,
)
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

from interlock.channels.port import Message, Standing, Take


class Rabbit:
    """One queue."""

    def __init__(self, url: str, address: str) -> None:
        self._url = url
        self._address = address
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

    async def look(self) -> Standing:
        """Ask for the queue, and send a message to no queue, which comes back if we may send."""
        try:
            connection = await aio_pika.connect(self._url, timeout=5)
        except (AMQPError, OSError, TimeoutError) as error:
            return Standing(
                exists=None,
                made_by_us=True,
                may_publish=None,
                may_take=None,
                said=f"no connection: {type(error).__name__}",
            )
        async with connection:
            return Standing(
                exists=await _is_there(connection, self._address),
                made_by_us=True,
                may_publish=await _may_send(connection),
                may_take=None,
                said="whether we may take, RabbitMQ shows only by bringing a message",
            )

    async def close(self) -> None:
        await self._broker.stop()


async def _is_there(connection: aio_pika.abc.AbstractConnection, queue: str) -> bool | None:
    try:
        await (await connection.channel()).declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:
        return False
    except AMQPError:
        return None
    return True


async def _may_send(connection: aio_pika.abc.AbstractConnection) -> bool | None:
    nobody = f"interlock-doctor-{secrets.token_hex(8)}"
    try:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.default_exchange.publish(aio_pika.Message(b""), nobody, mandatory=True)
    except DeliveryError:
        return True  # it came back: nobody has such a queue
    except AMQPChannelError as error:
        return False if "ACCESS_REFUSED" in str(error) else None
    except AMQPError:
        return None
    return None


async def _raw(message: Any) -> bytes:  # noqa: ANN401 (a message of any broker)
    return bytes(message.body)
