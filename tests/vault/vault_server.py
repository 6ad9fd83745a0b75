"""A vault in miniature, as the API documentation of KV version 2, tokens and AppRole says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CREATED = "2026-01-01T00:00:00.123456789Z"


@dataclass
class VaultServer:
    """What it keeps, whom it knows, and what it was asked."""

    kept: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    """``mount/path`` -> values; ``None`` when the newest version was deleted."""
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    lease: int = 0
    login_lease: int = 3600
    status: int = 0
    """Answered to everything, when set: 503 is sealed."""
    asked: list[str] = field(default_factory=list)
    url: str = ""
    logins: int = 0
    hold: threading.Event | None = None
    """Answers wait for it."""
    waiting: bool = False

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if self.hold is not None:
            self.waiting = True
            self.hold.wait(60)
        if self.status:
            return self.status, {"errors": ["Vault is sealed"]}
        if path == "/v1/auth/approle/login":
            return self._login(body)
        if token not in self.tokens:
            return 403, {"errors": ["permission denied"]}
        if path == "/v1/auth/token/lookup-self":
            return 200, {"data": self.tokens[token]}
        if path == "/v1/auth/token/renew-self":
            return 200, {"auth": {"client_token": token, "lease_duration": 3600}}
        mount, _, rest = path.removeprefix("/v1/").partition("/data/")
        return self._read(f"{mount}/{rest}")

    def _login(self, body: Any) -> tuple[int, Any]:
        if self.roles.get(body["role_id"]) != body["secret_id"]:
            return 400, {"errors": [f"invalid secret id {body['secret_id']}"]}
        self.logins += 1
        token = f"hvs.login{self.logins}"
        self.tokens[token] = {"renewable": True, "expire_time": None}
        return 200, {"auth": {"client_token": token, "lease_duration": self.login_lease}}

    def _read(self, where: str) -> tuple[int, Any]:
        if where not in self.kept:
            return 404, {"errors": []}
        metadata = {"created_time": CREATED, "version": 1, "deletion_time": "", "destroyed": False}
        values = self.kept[where]
        data = {"data": {"data": values, "metadata": metadata}, "lease_duration": self.lease}
        return (404 if values is None else 200), data


@contextmanager
def vault_server() -> Iterator[VaultServer]:
    """Run one on loopback."""
    found = VaultServer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            token = self.headers.get("X-Vault-Token", "")
            status, told = found.answer(self.command, self.path, token, body)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 (names of the base class)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
