"""A door in front of a vendor that lets in who shows a key that is good at the moment."""

import json
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OURS = frozenset({"content-length", "transfer-encoding", "connection"})


class Turnstile(ThreadingHTTPServer):
    """Forwards what shows a good key, and tells others theirs: vendors do echo what they get."""

    daemon_threads = True

    def __init__(self, behind: str, *good: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.good = set(good)
        self.shown: list[str] = []
        self.vendor = urlsplit(behind).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Turnstile

    def _answer(self) -> None:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.server.shown.append(key)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if key not in self.server.good:
            self._refuse(key)
            return
        over = HTTPConnection(self.server.vendor, timeout=10)
        over.request(self.command, self.path, body, dict(self.headers))
        answer = over.getresponse()
        self._say(answer.status, answer.getheaders(), answer.read())
        over.close()

    def _refuse(self, key: str) -> None:
        words = f"Invalid API Key provided: {key} (Authorization: Bearer {key})"
        error = {"error": {"type": "invalid_request_error", "message": words}}
        self._say(401, [("Content-Type", "application/json")], json.dumps(error).encode())

    def _say(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _OURS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 (names of the base class)

    def log_message(self, *_: object) -> None:
        pass
