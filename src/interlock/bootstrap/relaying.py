"""Builds the relay from the estate and the settings, and keeps it in a thread of its own."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from interlock.bootstrap.house import Store
from interlock.bootstrap.settings import Settings
from interlock.estate.kinds import Subscription
from interlock.foundation.clock import Clock
from interlock.foundation.destination import addresses_of, allowed_of
from interlock.relay.courier import Schedule, Subscriber
from interlock.relay.deliveries import Deliveries
from interlock.relay.relay import Relay
from interlock.relay.webhook import Endpoint, WebhookCourier


class Subscribers:
    """Everybody who is subscribed by the current estate; opened anew when that changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._digest = ""
        self._couriers: list[WebhookCourier] = []
        self._found: tuple[Subscriber, ...] = ()

    def __call__(self) -> Sequence[Subscriber]:
        """Return them."""
        estate = self._store.archive.current()
        if estate.digest != self._digest:
            # The old couriers are closed at the end: deliveries under way still use them.
            self._found = tuple(map(self._opened, estate.subscriptions.values()))
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
def relaying(store: Store) -> Iterator[Relay]:
    """Deliver events in a thread until the end of the block."""
    subscribers = Subscribers(store)
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
