"""NATS JetStream: a stream for every address, a durable consumer for every channel.

One message is under way at a time (`max_ack_pending` 1), over all workers, so their order holds;
a message id that comes twice within the stream's window is kept once.
"""

from typing import Any, Final

from faststream import AckPolicy
from faststream.nats import ConsumerConfig, JStream, NatsBroker, PullSub

from interlock.channels.port import Message, Take

ACK_WAIT: Final = 60.0
"""Seconds after which a message of a worker that died is brought to another."""
POLL_SECONDS: Final = 1.0


class Nats:
    """One subject in a stream of its own."""

    def __init__(self, url: str, address: str, consumer: str) -> None:
        name = "INTERLOCK_" + address.replace(".", "_")
        self._address = address
        self._consumer = consumer
        self._stream = JStream(name=name, subjects=[address])
        self._broker = NatsBroker(url, logger=None, allow_reconnect=True, connect_timeout=5)

    async def open(self, take: Take | None) -> None:
        if take is not None:
            self._subscribe(take)
        await self._broker.start()
        if take is None:
            stream = self._broker.config.connection_state.stream
            await stream.add_stream(name=self._stream.name, subjects=[self._address])

    def _subscribe(self, take: Take) -> None:
        subscriber = self._broker.subscriber(
            self._address,
            stream=self._stream,
            durable=self._consumer,
            pull_sub=PullSub(batch_size=1, timeout=POLL_SECONDS),
            config=ConsumerConfig(max_ack_pending=1, ack_wait=ACK_WAIT),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=_raw,
            no_reply=True,
        )

        async def handle(body: Any) -> None:  # noqa: ANN401 (the library hands on what `_raw` gives)
            await take(body)

        subscriber(handle)

    async def publish(self, message: Message) -> None:
        headers = {"Nats-Msg-Id": message.id, "content-type": message.content_type}
        await self._broker.publish(
            message.body, self._address, headers=headers, stream=self._stream.name, timeout=5
        )

    async def close(self) -> None:
        await self._broker.stop()


async def _raw(message: Any) -> bytes:  # noqa: ANN401 (a message of any broker)
    return bytes(message.body)
