"""Whether something is there: every way in which it is not has its own words."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from interlock.bootstrap.doctor.item import Item, State
from interlock.bootstrap.doctor.reaching import Reach, clock_item, expiring
from interlock.connectors.port import Connection, Outbound
from interlock.foundation.clock import SystemClock, VirtualClock, from_iso
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port
from interlock.foundation.secrets.expiry import Expiry
from interlock.testing.certificates import Authority, authority, certificate
from interlock.testing.vendors import LOOPBACK

NOW = from_iso("2026-01-01T00:00:00Z")
FAR = datetime(2100, 1, 1, tzinfo=UTC)
HOST = "erp.example.com"


class _Handler(BaseHTTPRequestHandler):
    status = 401

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Broken(_Handler):
    status = 503


@contextmanager
def serving(chain: Path | None = None, kind: type[_Handler] = _Handler) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    if chain is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def connection(url: str, outbound: Outbound = LOOPBACK) -> Connection:
    return Connection(
        system="erp",
        url=url,
        credential={},
        scheme="basic",
        timeout=timedelta(seconds=5),
        outbound=outbound,
    )


def loopback(_host: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


def reach(trusted: Authority | None = None) -> Reach:
    pem = trusted.pem if trusted else None
    return Reach(
        clock=SystemClock(),
        lookup=loopback,
        context=lambda _: ssl.create_default_context(cadata=pem),
    )


def states(items: Sequence[Item]) -> list[tuple[str, State]]:
    return [(each.question, each.state) for each in items]


def test_what_answers_is_there_and_its_clock_is_compared() -> None:
    with serving() as port:
        found = list(reach().look(connection(f"http://127.0.0.1:{port}")))

    assert states(found) == [
        ("reachable", State.FINE),
        ("reachable", State.FINE),
        ("clock", State.FINE),
    ]
    assert "status 401 to a stranger" in found[1].said


def test_an_answer_of_a_server_in_trouble_is_not_known_to_be_fine() -> None:
    with serving(kind=Broken) as port:
        found = list(reach().look(connection(f"http://127.0.0.1:{port}")))

    assert ("reachable", State.UNKNOWN) in states(found)


def test_a_closed_door_is_said_with_its_address() -> None:
    port = free_port()
    (first, second) = reach().look(connection(f"http://127.0.0.1:{port}"))

    assert first.state is State.FINE
    assert second.state is State.PROBLEM
    assert f"127.0.0.1:{port}" in second.said
    assert second.next


def test_a_place_that_was_not_declared_is_a_problem_and_not_connected_to() -> None:
    (only,) = reach().look(connection("http://127.0.0.1:9", Outbound()))

    assert only.state is State.PROBLEM
    assert "outbound: {networks" in only.next


def test_a_name_without_an_address_is_a_problem() -> None:
    def nowhere(host: str, _port: int) -> Sequence[str]:
        raise UnavailableError(f"`{host}` has no address", hint="Does DNS answer?")

    looked = Reach(clock=SystemClock(), lookup=nowhere)
    (only,) = looked.look(connection(f"https://{HOST}"))

    assert (only.state, only.said) == (State.PROBLEM, f"`{HOST}` has no address")


@pytest.mark.parametrize(
    ("name", "until", "state", "words"),
    [
        (HOST, FAR, State.FINE, "2100-01-01"),
        (HOST, datetime.now(UTC) + timedelta(days=5), State.SOON, "in 4 days"),
        (HOST, datetime.now(UTC) - timedelta(days=5), State.PROBLEM, "certificate has expired"),
        ("other.example.com", FAR, State.PROBLEM, "Hostname mismatch"),
    ],
    ids=["good", "ending", "ended", "somebody else's"],
)
def test_a_certificate_is_looked_at_before_it_ends(
    tmp_path: Path, name: str, until: datetime, state: State, words: str
) -> None:
    ours = authority()
    chain = tmp_path / "server.pem"
    chain.write_bytes(certificate(ours, name, until))
    with serving(chain) as port:
        found = list(reach(ours).knock(connection(f"https://{HOST}:{port}")))

    assert found[-1].state is state
    assert words in found[-1].said


def test_a_certificate_of_an_authority_that_nobody_knows_is_a_problem(tmp_path: Path) -> None:
    chain = tmp_path / "server.pem"
    chain.write_bytes(certificate(authority(), HOST, FAR))
    with serving(chain) as port:
        found = list(reach(authority()).knock(connection(f"https://{HOST}:{port}")))

    assert found[-1].state is State.PROBLEM
    assert "Do not go around it" in found[-1].next


def test_a_server_without_tls_is_said_to_have_none() -> None:
    with serving() as port:
        found = list(reach().knock(connection(f"https://{HOST}:{port}")))

    assert found[-1].state is State.PROBLEM
    assert "no TLS" in found[-1].said


def test_behind_a_proxy_the_name_is_not_looked_up_here() -> None:
    def never(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("the proxy does")

    proxied = Outbound(proxy="http://proxy.example.com:3128")
    looked = Reach(clock=SystemClock(), lookup=never)
    (only,) = looked.knock(connection(f"https://{HOST}", proxied))

    assert "proxy" in only.said


def test_what_is_a_file_is_the_connectors_to_find() -> None:
    assert list(reach().look(connection("file:///srv/exchange"))) == []


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (0, State.FINE),
        (29, State.FINE),
        (-29, State.FINE),
        (31, State.SOON),
        (-119, State.SOON),
        (121, State.PROBLEM),
        (-3600, State.PROBLEM),
    ],
)
def test_clocks_that_differ_are_a_warning_and_then_a_problem(seconds: int, state: State) -> None:
    told = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert clock_item(told, NOW).state is state


@pytest.mark.parametrize("told", ["", "yesterday"])
def test_a_server_that_tells_no_time_is_not_known_to_be_level(told: str) -> None:
    assert clock_item(told, NOW).state is State.UNTOLD


@pytest.mark.parametrize(
    ("days", "hard", "state"),
    [
        (22, True, State.FINE),
        (20, True, State.SOON),
        (-1, True, State.PROBLEM),
        (-1, False, State.SOON),
    ],
)
def test_an_end_is_told_before_it_comes(*, days: int, hard: bool, state: State) -> None:
    clock = VirtualClock(NOW)
    expiry = Expiry(what="the key", at=NOW + timedelta(days=days), hard=hard)
    found = expiring(expiry, clock.now(), "change it")

    assert found.state is state
    assert found.next == ("" if state is State.FINE else "change it")


def test_an_end_that_cannot_be_read_is_not_fine() -> None:
    assert expiring(Expiry(what="it", at=None), NOW, "look").state is State.UNKNOWN


def test_a_broker_is_connected_to_and_nothing_is_said_to_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        there = list(reach().look(connection(f"nats://me:word@127.0.0.1:{port}")))
    gone = list(reach().look(connection(f"nats://me:word@127.0.0.1:{port}")))

    assert [each.state for each in there] == [State.FINE]
    assert gone[-1].state is State.PROBLEM
    assert not any("word" in each.said for each in there + gone)
