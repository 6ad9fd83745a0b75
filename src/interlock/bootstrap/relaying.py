"""Builds the relay from the estate and the settings, and keeps it in a thread of its own."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from interlock.bootstrap.house import Store
from interlock.bootstrap.settings import Settings
from interlock.estate.estate import Estate
from interlock.estate.kinds import Channel, Subscription
from interlock.foundation.clock import Clock
from interlock.foundation.destination import addresses_of, allowed_of
from interlock.relay.channel import ChannelCourier
from interlock.relay.courier import Parcel, Schedule, Subscriber
from interlock.relay.deliveries import Deliveries
from interlock.relay.relay import Relay
from interlock.relay.webhook import Endpoint, WebhookCourier

Publisher = Callable[[Channel, Parcel], None]
"""Hands an event to whoever keeps a channel."""


class Subscribers:
    """Everybody who is subscribed by the current estate; opened anew when that changes."""

    def __init__(self, store: Store, publisher: Publisher | None = None) -> None:
        self._store = store
        self._publisher = publisher
        self._digest = ""
        self._couriers: list[WebhookCourier] = []
        self._found: tuple[Subscriber, ...] = ()

    def __call__(self) -> Sequence[Subscriber]:
        """Return them."""
        estate = self._store.archive.current()
        if estate.digest != self._digest:
            # The old couriers are closed at the end: deliveries under way still use them.
            webhooks = map(self._opened, estate.subscriptions.values())
            self._found = (*webhooks, *self._channels(estate))
            self._digest = estate.digest
        return self._found

    def _opened(self, declared: Subscription) -> Subscriber:
        courier = webhook_courier(declared, self._store.settings, self._store.clock)
        self._couriers.append(courier)
        return Subscriber(
            name=declared.name,
            patterns=declared.spec.events,
            owner=declared.metadata.owner or "",
            courier=courier,
            schedule=Schedule(waits=declared.spec.retry, jitter=declared.spec.jitter),
            concurrency=declared.spec.concurrency,
            longest=declared.spec.timeout,
        )

    def _channels(self, estate: Estate) -> Iterator[Subscriber]:
        for channel in estate.channels.values():
            if self._publisher is not None and channel.spec.publish:
                yield Subscriber(
                    name=f"channel:{channel.name}",
                    patterns=channel.spec.publish,
                    owner=channel.metadata.owner or "",
                    courier=ChannelCourier(publish=partial(self._publisher, channel)),
                    schedule=Schedule(waits=channel.spec.retry),
                )

    def close(self) -> None:
        """Close every connection."""
        for courier in self._couriers:
            courier.close()


def webhook_courier(declared: Subscription, settings: Settings, clock: Clock) -> WebhookCourier:
    """Return what posts to a declared endpoint; URL and secrets are looked up at every attempt."""
    spec = declared.spec
    endpoint = Endpoint(
        url=lambda: settings.named(spec.url),
        secrets=lambda: tuple(settings.secret(spec.secret).values()),
        timeout=spec.timeout,
        allowed=allowed_of(settings.values.get("outbound_allow", "")),
    )
    return WebhookCourier(endpoint, clock, addresses_of)


@contextmanager
def relaying(store: Store, publisher: Publisher | None = None) -> Iterator[Relay]:
    """Deliver events in a thread until the end of the block; to channels by `publisher`."""
    subscribers = Subscribers(store, publisher)
    rng = random.Random()  # noqa: S311 (jitter, no secret)
    relay = Relay(
        deliveries=Deliveries(store.database), subscribers=subscribers, clock=store.clock, rng=rng
    )
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop,), name="relay", daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        stop.set()
        thread.join(5)
        subscribers.close()
