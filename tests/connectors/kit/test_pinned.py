"""A connection reaches its own host at judged addresses, and nothing else, whatever is tried."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from interlock.connectors.kit.exchange import Call, Intent
from interlock.connectors.kit.http import Wire
from interlock.connectors.kit.pinned import PIN, Pinned
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Verdict
from interlock.foundation.clock import SystemClock, VirtualClock, from_iso
from interlock.foundation.destination import Lookup
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError
from interlock.testing.certificates import authority, certificate
from interlock.testing.vendors import LOOPBACK

URL = "https://erp.example.com"
PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07::1"
NOW = from_iso("2026-01-01T00:00:00Z")


class Resolver:
    """A name server that answers one thing after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Under(httpx2.BaseTransport):
    """Notes where it would have connected to; some addresses cannot be connected to."""

    def __init__(self, *dead: str) -> None:
        self.dead = set(dead)
        self.sent: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host in self.dead:
            raise httpx2.ConnectError("refused", request=request)
        self.sent.append(request)
        return httpx2.Response(200)


def pinned(
    lookup: Lookup, under: httpx2.BaseTransport, url: str = URL, outbound: Outbound | None = None
) -> tuple[Pinned, VirtualClock]:
    clock = VirtualClock(NOW)
    return Pinned(url, outbound or Outbound(), clock, lookup=lookup, under=under), clock


def get(over: Pinned, url: str = URL + "/x") -> httpx2.Response:
    return over.handle_request(httpx2.Request("GET", url))


def test_the_socket_goes_to_the_judged_address_and_the_name_to_host_and_certificate() -> None:
    under = Under()
    get(pinned(Resolver([PUBLIC]), under)[0])

    (sent,) = under.sent
    assert sent.url.host == PUBLIC
    assert sent.headers["host"] == "erp.example.com"
    assert sent.extensions["sni_hostname"] == "erp.example.com"


def test_a_name_that_is_bound_anew_behind_our_back_changes_nothing_while_it_is_pinned() -> None:
    resolver, under = Resolver([PUBLIC], ["127.0.0.1"]), Under()
    over, _ = pinned(resolver, under)
    get(over)
    get(over)

    assert resolver.asked == 1
    assert {each.url.host for each in under.sent} == {PUBLIC}


def test_a_name_that_was_bound_anew_is_judged_anew_when_the_pin_is_over() -> None:
    under = Under()
    over, clock = pinned(Resolver([PUBLIC], ["169.254.169.254"]), under)
    get(over)
    clock.sleep(PIN)

    with pytest.raises(RefusedError, match=r"169\.254\.169\.254"):
        get(over)
    assert len(under.sent) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/x",
        "https://erp.example.com:8443/x",
        "http://erp.example.com/x",
        "https://erp.example.com.evil.example.com/x",
    ],
)
def test_another_host_another_port_and_another_scheme_are_not_this_connection(url: str) -> None:
    under = Under()
    with pytest.raises(RefusedError, match="not the host of this connection"):
        get(pinned(Resolver([PUBLIC]), under)[0], url)
    assert not under.sent


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
    ],
)
@pytest.mark.parametrize("proxy", [None, "http://proxy.example.com:3128"])
def test_an_inner_address_is_refused_however_it_is_spelled(host: str, proxy: str | None) -> None:
    url, under = f"https://{host}", Under()
    over = Pinned(url, Outbound(proxy=proxy), VirtualClock(NOW), under=under)

    with pytest.raises(RefusedError, match="not a public address"):
        get(over, url + "/latest/meta-data")
    assert not under.sent


def test_a_name_of_this_machine_is_refused_like_its_address() -> None:
    with pytest.raises(RefusedError, match="not a public address"):
        get(Pinned("https://localhost", Outbound(), VirtualClock(NOW)), "https://localhost/x")


def test_an_octal_address_is_no_url() -> None:
    with pytest.raises(UsageError):
        Pinned("https://0177.0.0.1", Outbound(), VirtualClock(NOW))


def test_what_cannot_be_connected_to_is_tried_at_the_hosts_other_addresses() -> None:
    under = Under(OTHER)
    over, _ = pinned(Resolver([OTHER, PUBLIC]), under)
    get(over)
    under.dead.clear()
    get(over)

    assert [each.url.host for each in under.sent] == [PUBLIC, PUBLIC]


def test_a_host_that_moved_is_looked_up_again_at_once() -> None:
    under = Under(OTHER)
    over, _ = pinned(Resolver([OTHER], [PUBLIC]), under)

    with pytest.raises(httpx2.ConnectError):
        get(over)
    assert get(over).status_code == 200


def test_a_proxy_gets_the_name_since_it_judges_what_that_leads_to() -> None:
    resolver, under = Resolver([PUBLIC]), Under()
    get(pinned(resolver, under, outbound=Outbound(proxy="http://proxy.example.com:3128"))[0])

    assert resolver.asked == 0
    assert under.sent[0].url.host == "erp.example.com"


def wire(url: str, outbound: Outbound, transport: httpx2.BaseTransport | None = None) -> Wire:
    made = Connection(
        system="erp",
        url=url,
        credential={},
        scheme="basic",
        timeout=timedelta(seconds=60),
        outbound=outbound,
    )
    return Wire(made, SystemClock(), transport=transport)


WRITE = Call(intent=Intent.WRITE, method="POST", path="/x", content=b"{}")


def outcome(over: Wire) -> tuple[Verdict, Kind, str]:
    with pytest.raises(CallFailed) as caught:
        over.exchange(WRITE, {})
    over.close()
    found = caught.value.outcome
    return found.verdict, found.kind, found.message


def test_a_write_to_a_place_that_was_not_declared_is_blocked_and_says_what_to_declare() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        verdict, kind, said = outcome(wire(url, Outbound()))
        listening.settimeout(0.05)
        with pytest.raises(TimeoutError):
            listening.accept()

    assert (verdict, kind) == (Verdict.BLOCKED, Kind.TRANSPORT)
    assert "declare `outbound: {networks: [...]}`" in said


def test_a_name_without_an_address_may_have_one_later() -> None:
    def nowhere(host: str, port: int) -> Sequence[str]:
        raise UnavailableError(f"`{host}` has no address")

    over = wire(URL, Outbound(), Pinned(URL, Outbound(), SystemClock(), lookup=nowhere))

    assert outcome(over)[:2] == (Verdict.RETRYABLE, Kind.TRANSPORT)


@contextmanager
def serving(
    answer: Callable[[BaseHTTPRequestHandler], None], folder: Path | None = None
) -> Iterator[int]:
    """Serve on loopback, by TLS as `erp.example.com` where there is a folder of certificates."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_declared_proxy_is_used_and_one_of_the_environment_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    asked = []

    def proxy(request: BaseHTTPRequestHandler) -> None:
        asked.append((request.path, request.headers["Proxy-Authorization"]))
        request.send_response(200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    with serving(proxy) as port:
        over = wire("http://erp.example.com", Outbound(proxy=f"http://me:word@127.0.0.1:{port}"))
        assert over.exchange(WRITE, {}).status == 200
        over.close()

    assert asked == [("http://erp.example.com/x", "Basic bWU6d29yZA==")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_neither_the_body_nor_the_credentials_elsewhere(status: int) -> None:
    reached = []

    def thief(request: BaseHTTPRequestHandler) -> None:
        reached.append(request.headers)
        request.send_response(200)
        request.end_headers()

    with serving(thief) as stolen:

        def redirecting(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            request.send_header("Location", f"http://127.0.0.1:{stolen}/x")
            request.send_header("Content-Length", "0")
            request.end_headers()

        with serving(redirecting) as port:
            over = wire(f"http://127.0.0.1:{port}", LOOPBACK)
            answer = over.exchange(WRITE, {"Authorization": "Bearer secret"})
            over.close()

    assert answer.status == status
    assert not reached


def _fine(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "0")
    request.end_headers()


def _over_tls(port: int, outbound: Outbound) -> Wire:
    url = f"https://erp.example.com:{port}"
    over = Pinned(url, outbound, SystemClock(), lookup=Resolver(["127.0.0.1"]))
    return wire(url, outbound, over)


def _declared(folder: Path, host: str) -> Outbound:
    """Return the way to a server with a certificate for `host` of an authority of ours."""
    ours = authority()
    until = datetime.now(UTC) + timedelta(days=30)
    (folder / "server.pem").write_bytes(certificate(ours, host, until))
    (folder / "ours.pem").write_text(ours.pem)
    return replace(LOOPBACK, authorities=str(folder / "ours.pem"))


def test_an_authority_that_is_declared_is_trusted_and_the_name_is_asked_for(
    tmp_path: Path,
) -> None:
    declared = _declared(tmp_path, "erp.example.com")
    with serving(_fine, tmp_path) as port:
        spoken = _over_tls(port, declared)
        assert spoken.exchange(WRITE, {}).status == 200
        spoken.close()
        assert outcome(_over_tls(port, LOOPBACK))[:2] == (Verdict.RETRYABLE, Kind.TRANSPORT)


def test_a_certificate_of_another_name_is_not_the_hosts(tmp_path: Path) -> None:
    declared = _declared(tmp_path, "other.example.com")
    with serving(_fine, tmp_path) as port:
        assert outcome(_over_tls(port, declared))[:2] == (Verdict.RETRYABLE, Kind.TRANSPORT)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_authorities_that_cannot_be_read_are_said_at_once(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "ours.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UsageError, match="cannot be read"):
        wire(URL, Outbound(authorities=str(file)))
