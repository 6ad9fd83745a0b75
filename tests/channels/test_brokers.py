"""Real brokers: what was confirmed is brought, in order, until it was taken."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from interlock.channels.line import Line
from interlock.channels.nats import Nats
from interlock.channels.port import Broker, Message
from interlock.channels.rabbitmq import Rabbit
from interlock.foundation.cloudevents import CONTENT_TYPE
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.testing.broker_servers import free_port, nats_server, rabbitmq_server

pytestmark = pytest.mark.counterparty
Make = Callable[[], Broker]
SERVERS = {"nats": nats_server, "rabbitmq": rabbitmq_server}


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
    """Make a broker for an address of this test's own."""
    kind, url = server
    address = "t." + str(abs(hash(request.node.nodeid)))
    if kind == "nats":
        return partial(Nats, url, address, "worker")
    return partial(Rabbit, url, address)


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
        message = Message(id=body.decode(), body=body, content_type=CONTENT_TYPE)
        _until(lambda message=message: _goes_out(line, message))  # type: ignore[misc]  # bound now


def _goes_out(line: Line, message: Message) -> bool:
    try:
        line.publish(message)
    except UnavailableError:
        return False
    return True


def _until(holds: Callable[[], bool], seconds: float = 30) -> None:
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
    _published(line, b"one")
    _until(lambda: first.taken == [b"one"])
    line.close()

    line = Line(make, "second", second)
    _published(line, b"two")
    _until(lambda: b"two" in second.taken)
    line.close()

    assert second.taken == [b"two"]


@pytest.mark.parametrize("make_away", [Nats, Rabbit])
def test_a_broker_that_is_away_confirms_nothing_and_stops_nobody(
    make_away: type[Nats] | type[Rabbit],
) -> None:
    port = free_port()
    away: Make = (
        partial(Nats, f"nats://127.0.0.1:{port}", "x", "w")
        if make_away is Nats
        else partial(Rabbit, f"amqp://guest:guest@127.0.0.1:{port}/", "x")
    )
    before = threading.active_count()
    line = Line(away, "away", Taker())
    with pytest.raises(UnavailableError, match="away"):
        line.publish(Message(id="1", body=b"{}", content_type=CONTENT_TYPE))
    line.close()

    assert threading.active_count() == before


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
