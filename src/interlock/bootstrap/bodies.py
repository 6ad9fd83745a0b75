"""Reads what is sent to us, up to a bound and not a byte further."""

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})


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


async def bounded(request: Request, most: int) -> bytes | None:
    """Return the body; ``None`` once it is longer than `most`, whatever it said of itself."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
