"""A proxy that lets a request reach the server and drops the answer on its way back."""

import contextlib
import socket
import socketserver
import struct
import threading
from typing import Self
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)


class DroppingProxy:
    """Relays to one server; drops the answer to the next request that has `dropping` in it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._upstream = (str(parts.hostname), int(parts.port or 80))
        self._server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", 0), self._handler(), bind_and_activate=True
        )
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{parts.path}"
        self.dropping = b""
        self.dropped = 0

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    proxy.relay(self.request)

        return Handler

    def relay(self, client: socket.socket) -> None:
        """Carry one exchange after the other, each way in whole messages."""
        with socket.create_connection(self._upstream) as server:
            while True:
                request = _message(client)
                if not request:
                    return
                server.sendall(request)
                answer = _message(server)
                if self.dropping and self.dropping in request.partition(b"\r\n")[0]:
                    self.dropping = b""
                    self.dropped += 1
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    client.close()
                    return
                client.sendall(answer)


def _message(source: socket.socket) -> bytes:
    """Return one HTTP message: head, and as much body as its Content-Length says."""
    found = b""
    while b"\r\n\r\n" not in found:
        more = source.recv(65_536)
        if not more:
            return found
        found += more
    head, _, body = found.partition(b"\r\n\r\n")
    while len(body) < _length(head):
        body += source.recv(65_536)
    return head + b"\r\n\r\n" + body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
