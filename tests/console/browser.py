"""A browser and a program, in this process: no port, no thread of our own."""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode

from interlock.console.application import application
from interlock.console.desk import Desk
from tests.console.world import HOST, PASSWORD

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def to(self) -> str:
        return self.headers.get("location", "")


class Browser:
    """Speaks to a console as browsers do, and keeps its cookies."""

    def __init__(self, desk: Desk) -> None:
        self._app = application(desk)
        self._runner = asyncio.Runner()
        self.scheme = "https" if desk.secure else "http"
        self.cookies: dict[str, str] = {}

    def close(self) -> None:
        self._runner.close()

    def get(self, path: str, *headers: tuple[str, str]) -> Reply:
        return self.send("GET", path, b"", headers)

    def post(self, path: str, form: Mapping[str, object], *headers: tuple[str, str]) -> Reply:
        own = [("origin", f"{self.scheme}://{HOST}"), ("sec-fetch-site", "same-origin")]
        kind = ("content-type", "application/x-www-form-urlencoded")
        given = {name for name, _ in headers}
        kept = [each for each in (*own, kind) if each[0] not in given]
        return self.send("POST", path, urlencode(form, doseq=True).encode(), [*kept, *headers])

    def send(self, method: str, path: str, body: bytes, headers: Headers = ()) -> Reply:
        """Send a request as it is."""
        given = [*headers]
        names = {name for name, _ in given}
        if "host" not in names:
            given.append(("host", HOST))
        if self.cookies and "cookie" not in names:
            kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            given.append(("cookie", kept))
        reply = self._runner.run(self._sent(method, path, body, given))
        for line in reply.cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return reply

    async def _sent(self, method: str, path: str, body: bytes, headers: Headers) -> Reply:
        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": unquote(route),
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 40_000),
            "server": tuple(HOST.split(":")),
        }
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        begun = next(each for each in sent if each["type"] == "http.response.start")
        pairs = [(name.decode().lower(), value.decode()) for name, value in begun["headers"]]
        return Reply(
            status=begun["status"],
            headers={name: value for name, value in pairs if name != "set-cookie"},
            cookies=tuple(value for name, value in pairs if name == "set-cookie"),
            body=b"".join(each.get("body", b"") for each in sent[1:]),
        )

    def log_in(self, name: str, password: str = PASSWORD) -> Reply:
        """Log in as people do: open the page, fill it in."""
        self.get("/login")
        shown = self.get("/login")
        door = re.search(r'name="door" value="([^"]+)"', shown.text)
        assert door is not None
        return self.post("/login", {"door": door[1], "name": name, "password": password})

    def csrf(self) -> str:
        """Return what every form of this session's pages brings along."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/").text)
        assert found is not None
        return found[1]

    def call(
        self, method: str, path: str, token: str, body: object = None, key: str = ""
    ) -> Reply:
        """Call the API as programs do."""
        headers = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
        if method != "GET":
            own = hashlib.sha256(f"{path} {json.dumps(body)} {token}".encode()).hexdigest()
            headers.append(("idempotency-key", key or own))
        raw = b"" if body is None else json.dumps(body).encode()
        bare = Browser.__new__(Browser)
        bare.__dict__.update(self.__dict__, cookies={})
        return bare.send(method, path, raw, headers)
