"""Vendors as processes, and the way to them that leaves every client as its maker made it.

Clients that fix host and scheme are sent through a CONNECT proxy on loopback, which leads the
vendor's own host name to the simulated vendor; they trust its certificate through the variables
that every such client honours.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from interlock.testing.vendors import running
from interlock_sandbox.tls import Certificates, certificates

Serve = Callable[..., str]
Lead = Callable[[str, str], None]


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The authority of the simulated vendors."""
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a vendor by name and arguments for one test; returns its URL."""
    with ExitStack() as stack:
        yield lambda vendor, *arguments: stack.enter_context(
            running(vendor, "--latency-ms", "0", *arguments)
        )


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch, trusted: Certificates) -> Iterator[Lead]:
    """Lead `host` (or a suffix such as ``.salesforce.com``) to a vendor, for every client."""
    ways: dict[str, int] = {}
    with closing(Proxy(ways)) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(trusted.authority))
        yield lambda host, url: ways.update({host: int(url.rpartition(":")[2])})


class Proxy:
    """A CONNECT proxy that leads names to ports of loopback, and nowhere else."""

    def __init__(self, ways: dict[str, int]) -> None:
        self._ways = ways
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: we are done
            while True:
                caller, _ = self._socket.accept()
                self._ends.append(caller)
                self._start(self._serve, caller)

    def _serve(self, caller: socket.socket) -> None:
        with suppress(OSError, StopIteration):
            head = b""
            while b"\r\n\r\n" not in head:
                head += caller.recv(4096) or b"\r\n\r\n"
            host = head.split()[1].decode().rpartition(":")[0]
            port = next(port for way, port in self._ways.items() if host.endswith(way))
            vendor = socket.create_connection(("127.0.0.1", port))
            self._ends.append(vendor)
            caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._start(self._carry, vendor, caller)
            self._carry(caller, vendor)

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut everything."""
        for end in (self._socket, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def tls(trusted: Certificates) -> tuple[str, str]:
    """Arguments that make a vendor speak https."""
    return ("--tls-dir", str(trusted.certificate.parent))
