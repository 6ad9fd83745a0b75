"""Faults of the network around a vendor: what the vendor did and what the caller heard differ.

``response_lost``: applied, connection cut before a byte of the answer. ``late_apply``: cut at
once, applied later, but within the vendor's bound. ``html_error``: not applied, an HTML page.
``truncated``: applied, half an answer (only a successful answer with a body can be cut in two).
``gateway_timeout_applied``: applied, answered 504.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from interlock_sandbox.world import World, request_key

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SPARED = ("/_sandbox", "/services/oauth2", "/services/rest/auth", "/services/Soap")
"""Paths that always work: control, and logging in."""
ERRORS = 400
HTML = b"<html><head><title>503</title></head><body>Service Unavailable</body></html>"


class Network:
    """ASGI middleware: latency, counting and the faults above."""

    def __init__(self, app: App, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        world = self._world
        body = await _whole(receive)
        template = f"{scope['method']} {_template(scope['path'])}"
        world.arrived(template)
        try:
            if world.latency_seconds:
                await asyncio.sleep(world.latency_seconds)
            await self._answer(scope, body, receive, send)
        finally:
            world.left(template)

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        key = request_key(scope["method"], scope["path"], body)
        faults = self._world.faults
        spared = scope["path"].startswith(SPARED)
        if scope["method"] not in WRITES or spared:
            await self._app(scope, _replay(body), send)
        elif faults.decide("html_error", key):
            await _send(send, 503, HTML, b"text/html")
        elif faults.decide("late_apply", key):
            share = 0.2 + 0.7 * faults.share("delay", key, 0)
            self._world.spawn(self._later(scope, body, share * self._world.bound_seconds))
            _cut(receive)
        elif faults.decide("response_lost", key):
            await self._app(scope, _replay(body), _ignore)
            _cut(receive)
        else:
            await self._garbled(scope, body, send, key)

    async def _garbled(self, scope: Scope, body: bytes, send: Send, key: str) -> None:
        if self._world.faults.decide("gateway_timeout_applied", key):
            await self._app(scope, _replay(body), _ignore)
            await _send(send, 504, b"upstream request timeout", b"text/plain")
        elif self._world.faults.rates.get("truncated"):
            await self._truncated(scope, body, send, key)
        else:
            await self._app(scope, _replay(body), send)

    async def _truncated(self, scope: Scope, body: bytes, send: Send, key: str) -> None:
        sent: list[Message] = []
        await self._app(scope, _replay(body), _collect(sent))
        status = int(sent[0]["status"])
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        if status < ERRORS and whole and self._world.faults.decide("truncated", key):
            await _send(send, status, whole[: len(whole) // 2], b"application/json")
        else:
            for message in sent:
                await send(message)

    async def _later(self, scope: Scope, body: bytes, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._app(scope, _replay(body), _ignore)


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _ignore(_: Message) -> None:
    """Send nothing: the answer is lost."""


def _collect(sent: list[Message]) -> Send:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


async def _send(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _cut(receive: Receive) -> None:
    """Cut the caller's connection: uvicorn's request cycle is what `receive` is bound to."""
    receive.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's RequestResponseCycle


def _template(path: str) -> str:
    """Return the path with its ids left out, for counting."""
    parts = [part if part.isalpha() or part.startswith("v") else ":" for part in path.split("/")]
    return "/".join(part for part in parts if part)
