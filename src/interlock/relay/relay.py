"""Keeps deliveries going: addresses what is new, offers what is due, writes down the answers."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from interlock.audit.trail import StaleHeadError
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UnavailableError
from interlock.relay.attempt import Attempt
from interlock.relay.courier import Parcel, Subscriber
from interlock.relay.deliveries import Deliveries

TICK: Final = 0.2
THREADS: Final = 64
SETTLINGS: Final = 5
"""How often a result is written down again when another worker told the same case meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Everything that leaves this installation, from one process."""

    deliveries: Deliveries
    subscribers: Callable[[], Sequence[Subscriber]]
    """Who is subscribed by the estate as it is now."""
    clock: Clock
    rng: random.Random

    def work_off(self) -> int:
        """Address and offer everything that is due now, one after the other; return how much."""
        offered = 0
        while self.address():
            pass
        for subscriber in self.open():
            while parcels := self.due(subscriber, subscriber.concurrency):
                for parcel in parcels:
                    self.offer(subscriber, parcel)
                    offered += 1
                if subscriber.name in self.deliveries.held():
                    break
        return offered

    def address(self) -> int:
        """Decide who gets what is new; return how many events there were."""
        return self.deliveries.address(self.subscribers(), self.clock.now())

    def open(self) -> list[Subscriber]:
        """Return the subscribers that are not held."""
        held = self.deliveries.held()
        return [each for each in self.subscribers() if each.name not in held]

    def offer(self, subscriber: Subscriber, parcel: Parcel) -> None:
        """Offer one event once, and write down what came of it."""
        answer = subscriber.courier.hand_over(parcel)
        attempts = parcel.attempts + 1
        attempt = Attempt(
            parcel=parcel,
            subscriber=subscriber,
            answer=answer,
            at=self.clock.now(),
            wait=subscriber.schedule.wait(attempts, self.rng, answer.retry_after),
        )
        for _ in range(SETTLINGS):
            try:
                self.deliveries.settle(attempt)
            except StaleHeadError:
                continue
            return

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way then is offered again after its lease."""
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="relay")
        hands = _Hands(relay=self, pool=pool)
        while not stop.is_set():
            try:
                found = hands.take_up()
            except UnavailableError:
                # The database is away: deliveries are safe in it.
                stop.wait(1.0)
                continue
            if not found:
                hands.rest()
        pool.shutdown(wait=False, cancel_futures=True)

    def due(self, subscriber: Subscriber, limit: int) -> list[Parcel]:
        """Claim what is to be offered to `subscriber` now."""
        return self.deliveries.due(subscriber, self.clock.now(), limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hands:
    """Threads with deliveries in hand, so many for each subscriber: a slow one delays no other."""

    relay: Relay
    pool: ThreadPoolExecutor
    busy: "Counter[str]" = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    free: threading.Event = field(default_factory=threading.Event)

    def rest(self) -> None:
        """Wait until a hand is free again, or for a moment: something new may have come."""
        if self.free.wait(TICK):
            self.free.clear()

    def take_up(self) -> int:
        """Take up what is due and has room; return how much was done."""
        found = self.relay.address()
        for subscriber in self.relay.open():
            room = subscriber.concurrency - self.busy[subscriber.name]
            if room <= 0:
                continue
            for parcel in self.relay.due(subscriber, room):
                self._start(subscriber, parcel)
                found += 1
        return found

    def _start(self, subscriber: Subscriber, parcel: Parcel) -> None:
        with self.lock:
            self.busy[subscriber.name] += 1
        done = self.pool.submit(self.relay.offer, subscriber, parcel)
        done.add_done_callback(lambda future: self._done(subscriber.name, future))

    def _done(self, name: str, future: Future[None]) -> None:
        with self.lock:
            self.busy[name] -= 1
        self.free.set()
        error = future.exception()
        if error is not None and not isinstance(error, UnavailableError):
            raise error  # the pool says it aloud; the delivery is offered again after its lease
