"""A declared API is called where it is declared to be, and nowhere that an answer points to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.connectors.rest.declared_api import example, options_of

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Verdict
from interlock.foundation.clock import SystemClock
from interlock.testing.vendors import LOOPBACK

ASKED: list[str] = []


class _Redirecting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ASKED.append(self.path)
        self.send_response(307)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")  # type: ignore[attr-defined]  # of the HTTP server
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def redirecting() -> Iterator[str]:
    ASKED.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def failure(url: str, outbound: Outbound) -> CallFailed:
    connection = Connection(
        system="homegrown",
        url=url,
        credential={"token": "good-token", "client_id": "us", "client_secret": "s3cret-word"},
        scheme="bearer",
        timeout=timedelta(seconds=60),
        declared=options_of(example()),
        outbound=outbound,
    )
    connector = open_connector(connection, SystemClock(), name="rest")
    with pytest.raises(CallFailed) as caught:
        connector.read("customer", "1")
    return caught.value


def test_a_redirect_of_a_declared_api_is_an_answer_that_makes_no_sense() -> None:
    with redirecting() as url:
        found = failure(url, LOOPBACK)

    assert found.outcome.verdict is not Verdict.DONE
    assert len(ASKED) == 1
    assert "/elsewhere" not in ASKED


def test_a_declared_api_inside_the_network_must_be_declared_to_be_there() -> None:
    with redirecting() as url:
        found = failure(url, Outbound())

    assert (found.outcome.verdict, found.outcome.kind) == (Verdict.BLOCKED, Kind.TRANSPORT)
    assert ASKED == []
