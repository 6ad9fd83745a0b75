"""Reads what is sent to us, up to a bound and not a byte further, and not for ever."""

import asyncio
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})
SLOWEST: Final = 30.0
"""Seconds in which a body must be here: the largest that we take needs 35 kB/s for it."""


class OneLength:
    """Refuses requests that say twice where they end, and hears nothing more over that line.

    A proxy before us may believe the other of the two: what we would take for the next request,
    it never saw (request smuggling, RFC 9112 section 6.3).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and {name for name, _ in scope["headers"]} >= _LENGTHS:
            said = "content-length or transfer-encoding, not both"
            refused = PlainTextResponse(said, 400, headers={"connection": "close"})
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


class InTime:
    """Ends requests whose body is not here after `seconds`: a line is not held by a trickle.

    Heads are bounded by the server itself; bodies are by nobody else.
    """

    def __init__(self, app: ASGIApp, seconds: float = SLOWEST) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._seconds
        whole = False

        async def within() -> Message:
            nonlocal whole
            if whole:  # what comes now is that the sender hung up, whenever it does
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise _LateError from None
            whole = not message.get("more_body", False)
            return message

        try:
            await self._app(scope, within, send)
        except _LateError:
            refused = PlainTextResponse("too slow", 408, headers={"connection": "close"})
            await refused(scope, receive, send)


class _LateError(Exception):
    """The body was not here in time."""


HONEST: Final = (Middleware(OneLength), Middleware(InTime))
"""What stands before every door that listens."""


async def bounded(request: Request, most: int) -> bytes | None:
    """Return the body; ``None`` once it is longer than `most`, whatever it said of itself."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
