"""What one integration tells starts another: through the outbox and the inbox, each event once."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from interlock.bootstrap.channels import Embedded
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Verdict
from interlock.estate.capability import Guarantee
from interlock.foundation.cloudevents import CloudEvent, read_cloud_event
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import load_schema, query
from interlock.intake.channels import Receiver
from interlock.intake.inbox import Inbox
from interlock.relay.channel import ChannelCourier
from interlock.relay.courier import Subscriber
from interlock.relay.deliveries import Deliveries
from interlock.relay.relay import Relay
from tests.flow.conftest import MakeWorld, World
from tests.flow.vendor import Vendor

CHANNEL = """---
apiVersion: interlock/v1
kind: Channel
metadata: {name: billed, owner: group:ops}
spec:
  address: orders.billed
  publish: [com.example.billed.v1]
  receive: [{type: com.example.billed.v1, system: first, entity: order, ref: data.order}]
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: thank, owner: group:ops}
spec:
  trigger: {system: first, entity: order, event: com.example.billed.v1}
  key: order.id
  steps:
    - id: thanked
      emit: {event: com.example.thanked.v1, data: {order: order.id}}
  onError: [{then: park, route: group:ops, respond: 1h}]
---
apiVersion: interlock/v1
kind: Integration
"""
TELL = (
    "    - id: told\n      emit: {event: com.example.billed.v1, data: {order: subscription.ref}}\n"
)
EDITS = {
    "  proof:\n": TELL + "  proof:\n",
    "---\napiVersion: interlock/v1\nkind: Integration\n": CHANNEL,
}
OUTBOX = query("outbox", "SELECT * FROM outbox ORDER BY rank")
EVENT = CloudEvent(
    id="e1",
    source="urn:partner",
    type="com.example.billed.v1",
    correlationid="deal-7",
    data={"order": "order-1"},
)


@dataclass(slots=True)
class Linked:
    """A world whose channel is open."""

    world: World

    @property
    def receiver(self) -> Receiver:
        here = self.world
        inbox = Inbox(here.shop.store, here.shop.archive, here.clock)
        return Receiver(inbox=inbox, connectors=here.vendors)

    def bring(self, event: CloudEvent) -> int:
        estate = self.world.estate
        channel = estate.channels["billed"]
        return self.receiver.receive(estate, channel, event, self.world.clock.now())

    def relay(self) -> int:
        here = self.world
        embedded = Embedded(receiver=self.receiver, archive=here.shop.archive, clock=here.clock)
        channel = here.estate.channels["billed"]
        subscriber = Subscriber(
            name="channel:billed",
            patterns=channel.spec.publish,
            owner="group:ops",
            courier=ChannelCourier(publish=lambda parcel: embedded.publish(channel, parcel)),
        )
        relay = Relay(
            deliveries=Deliveries(here.database),
            subscribers=lambda: [subscriber],
            clock=here.clock,
            rng=random.Random(1),
        )
        return relay.work_off()

    def runs(self, integration: str = "thank") -> list[tuple[str, str]]:
        return self.world.shop.store.of_integration(integration)

    def emitted(self) -> list[CloudEvent]:
        with self.world.database.transaction() as connection:
            return [read_cloud_event(str(row["body"])) for row in connection.rows(OUTBOX, {})]


@pytest.fixture
def linked(world: MakeWorld) -> Linked:
    here = world(Guarantee.KEY, edits=EDITS)
    here.database.create(load_schema("interlock.relay"))
    row = {"id": "order-1", "key": "order-1", "reversed": False, "amount": "10.00"}
    here.vendors["first"].ledger.rows.append({**row, "currency": "EUR"})
    return Linked(here)


def test_what_one_integration_tells_starts_the_other_and_the_causes_can_be_followed(
    linked: Linked,
) -> None:
    linked.world.tell("order-5")
    linked.world.play()
    assert linked.relay() == 1
    linked.world.clock.sleep(timedelta(seconds=1))
    linked.world.play()
    linked.relay()

    assert [state for _, state in linked.runs()] == ["completed"]
    billed, thanked = linked.emitted()
    assert (thanked.type, thanked.causationid) == ("com.example.thanked.v1", billed.id)
    assert thanked.correlationid == billed.correlationid


def test_the_same_event_again_is_nothing_new_and_of_another_source_it_is(linked: Linked) -> None:
    assert [linked.bring(EVENT) for _ in range(3)] == [1, 0, 0]
    assert linked.bring(replace(EVENT, source="urn:other")) == 1
    assert len(linked.runs()) == 1


def test_an_event_of_another_type_or_about_nothing_starts_nothing(linked: Linked) -> None:
    assert linked.bring(replace(EVENT, type="com.example.other.v1")) == 0
    assert linked.bring(replace(EVENT, data={})) == 0
    assert linked.bring(replace(EVENT, data={"order": {"id": 1}})) == 0
    assert linked.bring(replace(EVENT, data={"order": "order-9"})) == 0
    assert linked.runs() == []


def test_an_event_starts_only_what_waits_for_its_type(linked: Linked) -> None:
    linked.bring(EVENT)

    assert [key for key, _ in linked.runs()] == ["order-1"]
    assert linked.runs("bill") == []


class Away(Vendor):
    """A vendor that cannot be asked now."""

    def read(self, obj: str, ref: str) -> Record | None:
        raise CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE))


def test_what_cannot_be_looked_into_now_stays_in_the_channel(linked: Linked) -> None:
    here = linked.world
    away = Away(Guarantee.KEY, here.clock, here.rng, {})
    linked.world = replace(here, vendors={**here.vendors, "first": away})

    with pytest.raises(UnavailableError):
        linked.bring(EVENT)
    assert linked.runs() == []
