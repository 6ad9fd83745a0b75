"""NATS JetStream: a stream for every address, a durable consumer for every channel.

One message is under way at a time (`max_ack_pending` 1), over all workers, so their order holds;
a message id that comes twice within the stream's window is kept once.
"""

from typing import Any, Final

import nats
from faststream import AckPolicy
from faststream.nats import ConsumerConfig, JStream, NatsBroker, PullSub
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from interlock.channels.port import Message, Standing, Take

ACK_WAIT: Final = 60.0
"""Seconds after which a message of a worker that died is brought to another."""
POLL_SECONDS: Final = 1.0


class Nats:
    """One subject in a stream of its own."""

    def __init__(self, url: str, address: str, consumer: str) -> None:
        name = "INTERLOCK_" + address.replace(".", "_")
        self._url = url
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

    async def look(self) -> Standing:
        """Ask for the stream; what we may send there, only sending would show."""
        try:
            client = await nats.connect(
                self._url,
                connect_timeout=5,
                allow_reconnect=False,
                # The library tries the first connection 60 times, whatever it may do later.
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                error_cb=_unheard,
            )
        except (NatsError, OSError) as error:
            return _untried(None, f"no connection: {type(error).__name__}")
        try:
            await client.jetstream().stream_info(str(self._stream.name))
        except NotFoundError:
            return _untried(exists=False)
        except NatsError as error:
            return _untried(None, f"the stream was not told: {type(error).__name__}")
        finally:
            await client.close()
        return _untried(exists=True)

    async def close(self) -> None:
        await self._broker.stop()


def _untried(exists: bool | None, said: str = "") -> Standing:  # noqa: FBT001 (what was found)
    said = said or "NATS tells nobody what it may do before it is done"
    return Standing(exists=exists, made_by_us=True, may_publish=None, may_take=None, said=said)


async def _raw(message: Any) -> bytes:  # noqa: ANN401 (a message of any broker)
    return bytes(message.body)


async def _unheard(_error: Exception) -> None:
    """Say nothing of a single attempt: the library logs each with a traceback otherwise."""
