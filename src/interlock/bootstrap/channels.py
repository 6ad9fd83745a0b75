"""Connects channels: what is published on an embedded one is received in the same database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from interlock.bootstrap.house import House
from interlock.bootstrap.relaying import Publisher
from interlock.estate.kinds import Channel
from interlock.flow.archive import EstateArchive
from interlock.foundation.clock import Clock
from interlock.foundation.cloudevents import read_cloud_event
from interlock.intake.channels import Receiver
from interlock.relay.courier import Parcel


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


@contextmanager
def channels(house: House) -> Iterator[Publisher]:
    """Keep the channels of an installation open until the end of the block."""
    receiver = Receiver(inbox=house.inbox, connectors=house.connectors)
    embedded = Embedded(receiver=receiver, archive=house.store.archive, clock=house.store.clock)
    yield embedded.publish
