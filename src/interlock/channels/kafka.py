"""Kafka: a topic for every address, a consumer group for every channel.

Messages of one key go into one partition and keep their order there; a partition has one consumer
of the group. A message that could not be taken is read again before the one behind it. The
producer is idempotent, so its own retries add no second copy; ours do, and the inbox drops them.

A broker tells its clients under which addresses the others are found (``advertised.listeners``):
only the address of the URL is judged here, those are the cluster's own word.
"""

import asyncio
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from faststream import AckPolicy
from faststream.confluent import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext

from interlock.channels.port import Message, Standing, Take

PATIENCE: Final = 10.0
"""Seconds until a message that was not confirmed is given up; the outbox brings it again."""
ASKED_FOR: Final = 5.0
"""Seconds for each thing that is asked of the cluster."""
PORT: Final = 9092


class Kafka:
    """One topic."""

    def __init__(self, url: str, address: str, group: str) -> None:
        place = urlsplit(url)
        self._address = address
        self._group = group
        self._place = place
        self._broker = KafkaBroker(
            _servers(place),
            security=_security(place),
            logger=None,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            config={"delivery.timeout.ms": int(PATIENCE * 1000)},
        )

    async def open(self, take: Take | None) -> None:
        if take is not None:
            self._subscribe(take)
        await self._broker.start()

    def _subscribe(self, take: Take) -> None:
        subscriber = self._broker.subscriber(
            self._address,
            group_id=self._group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=_raw,
            no_reply=True,
        )

        async def handle(body: Any) -> None:  # noqa: ANN401 (the library hands on what `_raw` gives)
            await take(body)

        subscriber(handle)

    async def publish(self, message: Message) -> None:
        await self._broker.publish(
            message.body,
            self._address,
            key=message.key.encode() or None,
            headers={"content-type": message.content_type, "id": message.id},
        )

    async def look(self) -> Standing:
        return await asyncio.to_thread(self._looked)

    def _looked(self) -> Standing:
        """Ask for the topic and what we may do with it (KIP-430)."""
        asked = {"bootstrap.servers": _servers(self._place), **_login(self._place)}
        client = AdminClient({**asked, "socket.timeout.ms": int(ASKED_FOR * 1000)})
        try:
            # All of them: to ask for one by its name may make it.
            topics = client.list_topics(timeout=ASKED_FOR).topics
        except KafkaException as error:
            return _unknown(str(error.args[0].name()))
        found = topics.get(self._address)
        if found is None or found.error is not None:
            return Standing(exists=False, made_by_us=False, may_publish=None, may_take=None)
        try:
            told = client.describe_topics(
                TopicCollection([self._address]),
                include_authorized_operations=True,
                request_timeout=ASKED_FOR,
            )[self._address].result(ASKED_FOR)
        except (KafkaException, TimeoutError) as error:
            return _unknown(f"the cluster does not tell: {type(error).__name__}", exists=True)
        may = {each.name for each in told.authorized_operations or ()}
        if not may:
            return _unknown("the cluster does not tell what we may do", exists=True)
        return Standing(
            exists=True,
            made_by_us=False,
            may_publish=bool(may & {"ALL", "WRITE"}),
            may_take=bool(may & {"ALL", "READ"}),
        )

    async def close(self) -> None:
        await self._broker.stop()


def _unknown(said: str, *, exists: bool | None = None) -> Standing:
    return Standing(exists=exists, made_by_us=False, may_publish=None, may_take=None, said=said)


def _servers(place: SplitResult) -> str:
    host = place.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{place.port or PORT}"


def _security(place: SplitResult) -> BaseSecurity | None:
    secured = place.scheme == "kafkas"
    if place.username is None:
        return BaseSecurity(use_ssl=True) if secured else None
    return SASLPlaintext(
        username=unquote(place.username), password=unquote(place.password or ""), use_ssl=secured
    )


def _login(place: SplitResult) -> dict[str, str]:
    """Return the same for the client that only asks."""
    ssl = "SSL" if place.scheme == "kafkas" else "PLAINTEXT"
    if place.username is None:
        return {"security.protocol": ssl}
    return {
        "security.protocol": f"SASL_{ssl}",
        "sasl.mechanism": "PLAIN",
        "sasl.username": unquote(place.username),
        "sasl.password": unquote(place.password or ""),
    }


async def _raw(message: Any) -> bytes:  # noqa: ANN401 (a message of any broker)
    return bytes(message.body)
