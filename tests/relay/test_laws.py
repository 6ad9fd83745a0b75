"""The laws of delivery, whatever subscribers answer and wherever workers die."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.audit import tables
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import SqliteDatabase
from interlock.foundation.queries import load_schema
from interlock.relay.courier import Answer, Parcel
from tests.relay.conftest import BUSY, START, TAKEN, Post


class Moody:
    """Answers by chance, and remembers what it took."""

    def __init__(self, rng: random.Random, refusing: float) -> None:
        self.rng = rng
        self.refusing = refusing
        self.offered: list[Parcel] = []
        self.took: list[Parcel] = []

    def hand_over(self, parcel: Parcel) -> Answer:
        self.offered.append(parcel)
        if self.rng.random() < self.refusing:
            return BUSY
        self.took.append(parcel)
        return TAKEN


@settings(max_examples=60, deadline=None)
@given(
    keys=st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    seed=st.integers(min_value=0, max_value=10_000),
    refusing=st.sampled_from([0.0, 0.3, 0.9]),
    dying=st.sampled_from([0.0, 0.3]),
)
def test_every_event_ends_delivered_or_dead_and_each_key_in_order(
    keys: list[str], seed: int, refusing: float, dying: float
) -> None:
    rng = random.Random(seed)
    database = SqliteDatabase(None)
    tables.create(database)
    for room in ("flow", "relay", "cases"):
        database.create(load_schema(f"interlock.{room}"))
    post = Post(database=database, clock=VirtualClock(START))
    post.subscribe(waits=[1, 5, 5])
    moody = Moody(rng, refusing)
    post.subscribers[0] = replace(post.subscribers[0], courier=moody)
    for key in keys:
        post.emit(key=key)
        if rng.random() < dying:
            # A worker takes up what it can and is never heard of again.
            post.relay.address()
            post.relay.due(post.subscribers[0], 4)
        post.work(rng.choice([0, 1, 10]))
    for _ in range(8 * len(keys)):
        post.work(post.subscribers[0].lease.total_seconds())

    states = post.states()
    taken = [parcel.event for parcel in moody.took]
    database.close()
    assert set(states) == {f"event-{number}" for number in range(1, len(keys) + 1)}
    assert set(states.values()) <= {"delivered", "dead"}
    assert sorted(taken) == sorted(
        event for event, state in states.items() if state == "delivered"
    )
    for key in set(keys):
        numbers = [int(p.event.partition("-")[2]) for p in moody.offered if p.key == key]
        assert numbers == sorted(numbers)
