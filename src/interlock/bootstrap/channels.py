"""Connects channels: by their broker, or without one from our own outbox into our own inbox."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from interlock.audit import Entry, trail
from interlock.bootstrap.house import House, Store
from interlock.bootstrap.relaying import Publisher
from interlock.bootstrap.settings import Settings
from interlock.channels.line import Line
from interlock.channels.port import Broker, Message
from interlock.estate.kinds import Channel
from interlock.flow.archive import EstateArchive
from interlock.foundation.clock import Clock
from interlock.foundation.cloudevents import CONTENT_TYPE, NotAnEventError, read_cloud_event
from interlock.foundation.destination import allowed_of, judged
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError
from interlock.intake.channels import Receiver
from interlock.relay.courier import Parcel

SCHEMES: Final = {
    "kafka": ("kafka", "kafkas"),
    "nats": ("nats", "tls"),
    "rabbitmq": ("amqp", "amqps"),
    "redis": ("redis", "rediss"),
}
"""The plain one and the encrypted one."""
PORTS: Final = {"kafka": 9092, "nats": 4222, "rabbitmq": 5672, "redis": 6379}


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Channels without a broker: from our outbox into our inbox."""

    receiver: Receiver
    archive: EstateArchive
    clock: Clock

    def publish(self, channel: Channel, parcel: Parcel) -> None:
        """Take the event in wherever the estate receives from this address without a broker."""
        estate, found = self.archive.current(), read_cloud_event(parcel.body)
        for each in estate.channels.values():
            if each.spec.broker == "embedded" and each.spec.address == channel.spec.address:
                self.receiver.receive(estate, each, found, self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The channels of an installation, each with its line or embedded."""

    embedded: Embedded
    lines: Mapping[str, Line]

    def publish(self, channel: Channel, parcel: Parcel) -> None:
        """Hand an event to whoever keeps the channel."""
        if channel.spec.broker == "embedded":
            self.embedded.publish(channel, parcel)
            return
        line = self.lines.get(channel.name)
        if line is None:
            raise UnavailableError(
                f"channel `{channel.name}` was declared after this worker started",
                hint="Start the worker anew; until then its events wait.",
            )
        line.publish(
            Message(id=parcel.event, key=parcel.key, body=parcel.body, content_type=CONTENT_TYPE)
        )


@contextmanager
def channels(house: House) -> Iterator[Publisher]:
    """Keep the channels of an installation open until the end of the block."""
    store = house.store
    receiver = Receiver(inbox=house.inbox, connectors=house.connectors)
    embedded = Embedded(receiver=receiver, archive=store.archive, clock=store.clock)
    lines: dict[str, Line] = {}
    try:
        for name, channel in store.archive.current().channels.items():
            if channel.spec.broker != "embedded":
                take = partial(taken_in, store, receiver, name) if channel.spec.receive else None
                lines[name] = Line(maker(store, channel), name, take)
        yield Lines(embedded=embedded, lines=lines).publish
    finally:
        for line in lines.values():
            line.close()


def maker(store: Store, channel: Channel) -> Callable[[], Broker]:
    """Return what connects to the broker of a channel; its URL is looked up each time."""
    return broker_of(channel, store.settings)


def broker_of(channel: Channel, settings: Settings) -> Callable[[], Broker]:
    """Return what connects to the broker of a channel.

    It raises an `InterlockError` when its URL is missing, leads where nothing may go, or has no
    address now.
    """
    spec, group = channel.spec, f"interlock-{channel.name}"

    def url() -> str:
        return placed(channel, settings.told(spec.url or ""))

    # FastStream costs half a second to import: only those pay who declare a broker.
    if spec.broker == "nats":
        from interlock.channels.nats import Nats

        return lambda: Nats(url(), spec.address, group)
    if spec.broker == "kafka":
        from interlock.channels.kafka import Kafka

        return lambda: Kafka(url(), spec.address, group)
    if spec.broker == "redis":
        from interlock.channels.redis import Redis

        return lambda: Redis(url(), spec.address, group)
    from interlock.channels.rabbitmq import Rabbit

    return lambda: Rabbit(url(), spec.address)


def placed(channel: Channel, url: str) -> str:
    """Return the URL of a broker, if it may be connected to.

    Without encryption it names the address that was judged; with it the name, which the
    certificate proves.

    Raises:
        RefusedError: Its address is not public and not declared, or public and not encrypted.
        UnavailableError: Its name has no address now.
        UsageError: It is no URL of such a broker.
    """
    parts = urlsplit(url)
    known = SCHEMES[channel.spec.broker]
    if parts.scheme not in known or not parts.hostname:
        raise UsageError(
            f"the URL of channel `{channel.name}` is none of {channel.spec.broker}",
            hint=f"Write {' or '.join(f'{each}://HOST' for each in known)}.",
        )
    plain, port = known[0], parts.port or PORTS[channel.spec.broker]
    hint = (
        f"Use {known[-1]}://, or declare `outbound: {{networks: [...]}}` of channel "
        f"`{channel.name}`, if it is meant."
    )
    allowed = allowed_of(" ".join(channel.spec.outbound.networks), hint=hint)
    scheme = "http" if parts.scheme == plain else "https"
    try:
        address = judged(scheme, parts.hostname, port, allowed)[0]
    except RefusedError as refusal:
        raise RefusedError(refusal.what, hint=hint) from None
    if parts.scheme != plain:
        return url
    login, at, _ = parts.netloc.rpartition("@")
    there = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{login}{at}{there}:{port}").geturl()


def taken_in(store: Store, receiver: Receiver, name: str, body: bytes) -> None:
    """Take one message of a broker in, by the estate as it is now.

    What is no CloudEvent never will be one: it is written down, and not brought again.
    """
    estate = store.archive.current()
    channel = estate.channels.get(name)
    if channel is None:
        raise UnavailableError(
            f"channel `{name}` is not declared any more", hint="Start the worker anew."
        )
    try:
        found = read_cloud_event(body)
    except NotAnEventError as error:
        refused(store, name, body, str(error))
        return
    receiver.receive(estate, channel, found, store.clock.now())


def refused(store: Store, name: str, body: bytes, why: str) -> None:
    """Write down that a message was no event, with what it takes to find it at its sender."""
    data = {"channel": name, "why": why, "sha256": sha256(body).hexdigest(), "bytes": len(body)}
    entry = Entry(
        action="channel.refused", at=store.clock.now(), actor=store.settings.worker, data=data
    )
    stream = f"channel:{name}"
    with store.database.transaction() as connection:
        trail.tell(connection, stream, [entry])
