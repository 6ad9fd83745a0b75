"""Channels of an installation: through a real broker and back, and what is no event."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.audit import trail
from interlock.bootstrap.channels import channels, taken_in
from interlock.bootstrap.house import Store, compiled, open_house, open_store
from interlock.foundation.clock import SystemClock
from interlock.foundation.cloudevents import CloudEvent
from interlock.foundation.errors import UnavailableError
from interlock.intake.channels import Receiver
from interlock.intake.inbox import Inbox
from interlock.relay.courier import Parcel
from interlock.testing.broker_servers import nats_server
from tests.channels.test_brokers import _until

ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: Channel
metadata: {name: orders, owner: group:ops}
spec:
  broker: nats
  url: setting:nats
  address: orders.placed
  outbound: {networks: [127.0.0.0/8]}
  publish: [com.example.*]
"""


def _parcel(event: CloudEvent) -> Parcel:
    return Parcel(
        subscriber="channel:orders",
        event=event.id,
        run="run_1",
        type=event.type,
        key="k",
        body=event.to_json(),
        attempts=0,
        claims=1,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        estate = compiled({"e.estate.yaml": ESTATE})
        opened.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
        yield opened


@pytest.mark.counterparty
def test_an_installation_publishes_to_the_broker_that_its_estate_names(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = _parcel(CloudEvent(id="e1", source="urn:x", type="com.example.placed.v1"))
    try:
        with nats_server() as url:
            monkeypatch.setenv("INTERLOCK_NATS", url)
            with open_house(store.home) as house, channels(house) as publish:
                channel = house.store.archive.current().channels["orders"]

                def goes_out() -> bool:
                    try:
                        publish(channel, parcel)
                    except UnavailableError:
                        return False
                    return True

                _until(goes_out)
    except UnavailableError as missing:
        pytest.skip(f"NO REAL NATS HERE, NOTHING WAS PROVEN: {missing}")


def test_what_is_no_event_is_written_down_and_not_brought_again(store: Store) -> None:
    receiver = Receiver(inbox=Inbox(store.runs, store.archive, store.clock), connectors={})
    taken_in(store, receiver, "orders", b"hello")

    (entry,) = trail.read(store.database, "channel:orders")
    assert (entry.action, entry.data["bytes"]) == ("channel.refused", 5)
