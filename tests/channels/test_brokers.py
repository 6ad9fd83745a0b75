"""Real brokers: what was confirmed is brought, in order, until it was taken."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from interlock.channels import kafka
from interlock.channels.kafka import Kafka
from interlock.channels.line import Line
from interlock.channels.nats import Nats
from interlock.channels.port import Broker, Message
from interlock.channels.rabbitmq import Rabbit
from interlock.channels.redis import Redis
from interlock.foundation.cloudevents import CONTENT_TYPE
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.ports import free_port
from interlock.testing.broker_servers import (
    kafka_mock,
    make_topic,
    nats_server,
    rabbitmq_server,
    redis_server,
)

pytestmark = pytest.mark.counterparty
Make = Callable[[], Broker]
SERVERS = {
    "kafka": kafka_mock,  # librdkafka's own: no real Kafka is proven
    "nats": nats_server,
    "rabbitmq": rabbitmq_server,
    "redis": redis_server,
}


@pytest.fixture(scope="module", params=sorted(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A broker's kind and URL; skipped, and said so, where its package is not installed."""
    try:
        with SERVERS[request.param]() as url:
            yield request.param, url
    except UnavailableError as missing:
        pytest.skip(f"NO REAL {request.param.upper()} HERE, NOTHING WAS PROVEN: {missing}")


@pytest.fixture
def make(server: tuple[str, str], request: pytest.FixtureRequest) -> Make:
    """Make a broker for an address of this test's own, and for a group of its own: to a group in
    which somebody else just left, Kafka gives nothing for ten seconds."""
    kind, url = server
    address = "t." + str(abs(hash(request.node.nodeid)))
    if kind == "kafka":
        make_topic(url, address)
    group = f"{address}-workers".replace(".", "-")
    makers: dict[str, Make] = {
        "kafka": partial(Kafka, url, address, group),
        "nats": partial(Nats, url, address, group),
        "rabbitmq": partial(Rabbit, url, address),
        "redis": partial(Redis, url, address, group),
    }
    return makers[kind]


@dataclass(slots=True)
class Taker:
    """Takes messages, after refusing as often as it is told."""

    refusals: int = 0
    taken: list[bytes] = field(default_factory=list)
    offered: int = 0

    def __call__(self, body: bytes) -> None:
        self.offered += 1
        if self.refusals:
            self.refusals -= 1
            raise UnavailableError("not now")
        self.taken.append(body)


def _published(line: Line, *bodies: bytes) -> None:
    for body in bodies:
        message = Message(id=body.decode(), key="k", body=body, content_type=CONTENT_TYPE)
        _until(lambda message=message: _goes_out(line, message))  # type: ignore[misc]  # bound now


def _goes_out(line: Line, message: Message) -> bool:
    try:
        line.publish(message)
    except UnavailableError:
        return False
    return True


def _until(holds: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def _numbers(count: int) -> list[bytes]:
    return [f"n{number:03d}".encode() for number in range(count)]


def test_what_is_published_is_brought_in_order(make: Make) -> None:
    taker = Taker()
    line = Line(make, "test", taker)
    try:
        _published(line, *_numbers(50))
        _until(lambda: len(taker.taken) == 50)
    finally:
        line.close()

    assert taker.taken == _numbers(50)


def test_what_cannot_be_taken_is_brought_again_before_the_next(make: Make) -> None:
    taker = Taker(refusals=1)
    line = Line(make, "test", taker)
    try:
        _published(line, *_numbers(5))
        _until(lambda: len(taker.taken) == 5)
    finally:
        line.close()

    assert taker.taken == _numbers(5)
    assert taker.offered == 6


def test_what_was_published_while_nobody_listened_is_brought_later(make: Make) -> None:
    sender = Line(make, "sender", None)
    _published(sender, *_numbers(3))
    sender.close()

    taker = Taker()
    line = Line(make, "test", taker)
    try:
        _until(lambda: len(taker.taken) == 3)
    finally:
        line.close()

    assert taker.taken == _numbers(3)


def test_what_was_taken_is_not_brought_to_the_next_worker(make: Make) -> None:
    first, second = Taker(), Taker()
    line = Line(make, "first", first)
    _published(line, b"one", b"next")
    # The broker has heard that one was taken only when it brings what is behind it.
    _until(lambda: first.taken == [b"one", b"next"])
    line.close()

    line = Line(make, "second", second)
    _published(line, b"two")
    _until(lambda: b"two" in second.taken)
    line.close()

    assert b"one" not in second.taken


@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_a_broker_that_is_away_confirms_nothing_and_stops_nobody(kind: str) -> None:
    there = f"127.0.0.1:{free_port()}"
    makers: dict[str, Make] = {
        "kafka": partial(Kafka, f"kafka://{there}", "x", "w"),
        "nats": partial(Nats, f"nats://{there}", "x", "w"),
        "rabbitmq": partial(Rabbit, f"amqp://guest:guest@{there}/", "x"),
        "redis": partial(Redis, f"redis://{there}", "x", "w"),
    }
    away = makers[kind]
    before = set(threading.enumerate())
    line = Line(away, "away", Taker())
    with pytest.raises(UnavailableError, match="away"):
        line.publish(Message(id="1", body=b"{}", content_type=CONTENT_TYPE))
    line.close()

    _until(lambda: set(threading.enumerate()) <= before)


def test_a_missing_setting_is_said_and_looked_for_again() -> None:
    asked: list[int] = []

    def unset() -> Broker:
        asked.append(1)
        raise UsageError("there is no setting `nats`")

    line = Line(unset, "orders", None)
    try:
        _until(lambda: len(asked) >= 2)
        with pytest.raises(UnavailableError, match="no setting `nats`"):
            line.publish(Message(id="1", body=b"{}", content_type=CONTENT_TYPE))
    finally:
        line.close()


def test_what_stands_at_an_address_is_told_and_nothing_is_made(
    make: Make, server: tuple[str, str]
) -> None:
    kind, _ = server
    before = asyncio.run(make().look())
    again = asyncio.run(make().look())
    taker = Taker()
    line = Line(make, "test", taker)
    try:
        _published(line, b"one")
        _until(lambda: taker.taken == [b"one"])  # who is still joining a group leaves it slowly
        there = asyncio.run(make().look())
    finally:
        line.close()

    assert before.exists is again.exists is (kind == "kafka")  # its topic is not ours to make
    assert there.exists is True
    may = {"kafka": (None, None), "nats": (None, None), "rabbitmq": (True, None)}
    assert (there.may_publish, there.may_take) == may.get(kind, (True, True))
    assert there.made_by_us is (kind != "kafka")


def test_a_topic_that_is_not_there_is_told_and_not_made() -> None:
    with kafka_mock() as url:
        first = asyncio.run(Kafka(url, "nowhere", "worker").look())
        again = asyncio.run(Kafka(url, "nowhere", "worker").look())

    assert first.exists is again.exists is False


def test_a_user_who_may_not_is_told_so_by_redis() -> None:
    try:
        with redis_server(
            "--user", *["reader", "on", "nopass", "~*", "+@read", "+ping", "+xreadgroup"]
        ) as url:
            reader = url.replace("//", "//reader:x@")
            told = asyncio.run(Redis(reader, "orders", "worker").look())
    except UnavailableError as missing:
        pytest.skip(f"NO REAL REDIS HERE, NOTHING WAS PROVEN: {missing}")

    assert (told.may_publish, told.may_take) == (False, True)


def test_a_broker_that_is_away_leaves_everything_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "ASKED_FOR", 1.0)
    there = f"127.0.0.1:{free_port()}"
    for away in (
        Nats(f"nats://{there}", "x", "w"),
        Rabbit(f"amqp://guest:guest@{there}/", "x"),
        Redis(f"redis://{there}", "x", "w"),
        Kafka(f"kafka://{there}", "x", "w"),
    ):
        told = asyncio.run(away.look())
        assert (told.exists, told.may_publish, told.may_take) == (None, None, None)
        assert told.said
