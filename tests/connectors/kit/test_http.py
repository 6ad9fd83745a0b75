import gzip
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import httpx2
import pytest

from interlock.connectors.kit.exchange import Answer, Call, Intent, segment, trace_header
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Verdict
from interlock.foundation.clock import SystemClock, VirtualClock, from_iso
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UsageError

WRITE = Call(intent=Intent.WRITE, method="POST", path="/things", content=b"{}")
READ = Call(intent=Intent.READ, method="GET", path="/things")
NOW = from_iso("2026-01-01T00:00:00Z")


def connection(url: str = "http://127.0.0.1:9", seconds: float = 60) -> Connection:
    return Connection(
        system="crm",
        url=url,
        credential={},
        scheme="basic",
        timeout=timedelta(seconds=seconds),
        outbound=Outbound(allowed=allowed_of("127.0.0.0/8")),
    )


def wire(handler: Callable[[httpx2.Request], httpx2.Response]) -> Wire:
    return Wire(connection(), VirtualClock(NOW), transport=httpx2.MockTransport(handler))


def failure(over: Wire, call: Call) -> tuple[Verdict, Kind]:
    with pytest.raises(CallFailed) as caught:
        over.exchange(call, {})
    over.close()
    return caught.value.outcome.verdict, caught.value.outcome.kind


def raising(error: type[httpx2.TransportError]) -> Wire:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise error("https://user:secret@host", request=request)

    return wire(handler)


@pytest.mark.parametrize(
    "error", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError]
)
def test_before_a_byte_is_sent_a_write_is_retryable(error: type[httpx2.TransportError]) -> None:
    assert failure(raising(error), WRITE) == (Verdict.RETRYABLE, Kind.TRANSPORT)


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ReadTimeout,
        httpx2.ReadError,
        httpx2.WriteError,
        httpx2.WriteTimeout,
        httpx2.RemoteProtocolError,
    ],
)
def test_after_a_byte_was_sent_a_write_is_uncertain(error: type[httpx2.TransportError]) -> None:
    assert failure(raising(error), WRITE) == (Verdict.UNCERTAIN, Kind.TRANSPORT)
    assert failure(raising(error), READ) == (Verdict.RETRYABLE, Kind.TRANSPORT)


def test_the_text_of_a_transport_error_is_not_told() -> None:
    with pytest.raises(CallFailed) as caught:
        raising(httpx2.ReadError).exchange(WRITE, {})
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection on loopback with raw bytes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def one() -> None:
        accepted, _ = listening.accept()
        with accepted:
            accepted.settimeout(60)
            accepted.recv(65_536)
            serve(accepted)

    thread = threading.Thread(target=one)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        thread.join(60)
        listening.close()


def real(url: str, seconds: float = 60, max_bytes: int = 10_000) -> Wire:
    return Wire(connection(url, seconds), SystemClock(), max_bytes=max_bytes)


def test_a_closed_port_is_retryable_over_a_real_socket() -> None:
    with socket.socket() as held:  # nobody else gets it, and nobody listens
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        assert failure(real(url), WRITE) == (Verdict.RETRYABLE, Kind.TRANSPORT)


def test_a_connection_closed_without_an_answer_is_uncertain() -> None:
    with server(lambda accepted: None) as url:
        assert failure(real(url), WRITE) == (Verdict.UNCERTAIN, Kind.TRANSPORT)


def test_an_answer_shorter_than_it_said_is_malformed() -> None:
    def short(accepted: socket.socket) -> None:
        accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    with server(short) as url:
        assert failure(real(url), WRITE) == (Verdict.UNCERTAIN, Kind.MALFORMED)


def test_an_answer_that_trickles_is_given_up() -> None:
    stop = threading.Event()

    def trickle(accepted: socket.socket) -> None:
        accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop.wait(0.02):
            try:
                accepted.sendall(b" ")
            except OSError:
                return

    with server(trickle) as url:
        slow = real(url, seconds=2)  # enough for the head to arrive
        try:
            assert failure(slow, WRITE) == (Verdict.UNCERTAIN, Kind.MALFORMED)
        finally:
            stop.set()


def test_an_endless_answer_is_cut_off() -> None:
    def endless(accepted: socket.socket) -> None:
        accepted.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(10_000):
                accepted.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except OSError:
            return

    with server(endless) as url:
        assert failure(real(url), WRITE) == (Verdict.UNCERTAIN, Kind.MALFORMED)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
HEADERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "one of a megabyte": lambda: iter([HEAD, b"a: ", b"x" * 1_000_000, b"\r\n\r\n{}"]),
    "a hundred thousand": lambda: iter([HEAD, *([b"a: b\r\n"] * 100_000), b"\r\n{}"]),
    "no end of them": lambda: itertools.repeat(b"a: " + b"x" * 4_000 + b"\r\n", 20_000),
    "no end of a status": lambda: itertools.repeat(b"HTTP/1.1 200 " + b"x" * 4_000, 20_000),
    "interim answers, and no other": lambda: itertools.repeat(b"HTTP/1.1 103 E\r\n\r\n", 5_000),
}


@pytest.mark.parametrize("what", HEADERS)
def test_headers_beyond_measure_are_no_answer(what: str) -> None:
    def bombing(accepted: socket.socket) -> None:
        with suppress(OSError):  # it was shut while we were still sending
            for part in HEADERS[what]():
                accepted.sendall(part)

    with server(bombing) as url:
        verdict, kind = failure(real(url), WRITE)
    assert verdict is Verdict.UNCERTAIN
    assert kind in {Kind.MALFORMED, Kind.TRANSPORT}


def test_a_gzip_bomb_is_cut_off_at_its_unpacked_size() -> None:
    bomb = gzip.compress(b" " * 50_000_000)

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=bomb)

    assert failure(wire(handler), READ) == (Verdict.RETRYABLE, Kind.MALFORMED)


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    visited: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        visited.append(str(request.url))
        return httpx2.Response(307, headers={"Location": "http://169.254.169.254/"})

    assert wire(handler).exchange(WRITE, {}).status == 307
    assert len(visited) == 1


def test_a_cookie_is_not_kept_and_baggage_is_not_sent() -> None:
    seen: list[httpx2.Headers] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers)
        return httpx2.Response(200, json={}, headers={"Set-Cookie": "id=1; Path=/"})

    over = wire(handler)
    over.exchange(READ, {})
    over.exchange(READ, {})
    assert not any("cookie" in headers or "baggage" in headers for headers in seen)


def test_the_environment_chooses_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with server(
        lambda accepted: accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    ) as url:
        over = real(url)
        assert over.exchange(READ, {}).status == 200
        over.close()


def test_a_url_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(UsageError):
        Wire(connection("ftp://example.com"), VirtualClock(NOW))


def test_a_valid_trace_goes_along_and_an_invalid_one_does_not() -> None:
    good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert trace_header(good) == {"traceparent": good}
    assert trace_header("00-x\r\nEvil: 1") == {}


@pytest.mark.parametrize("ref", ["..", ".", "a/../b", "x?y=1", "a#b", "ä b"])
def test_a_hostile_id_stays_one_segment(ref: str) -> None:
    assert "/" not in segment(ref)
    assert "?" not in segment(ref)
    assert segment(ref) not in {".", ".."}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Thu, 01 Jan 2015 00:01:00 GMT", 0),
        ("999999999999", 86_400),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_and_bounded(header: str, seconds: int | None) -> None:
    answer = Answer(intent=Intent.READ, status=429, headers={"retry-after": header})
    wait = answer.retry_after(NOW)
    assert (wait.total_seconds() if wait is not None else None) == seconds
