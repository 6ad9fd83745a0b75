"""Reads what is sent to us, up to a bound and not a byte further."""

from starlette.requests import Request


async def bounded(request: Request, most: int) -> bytes | None:
    """Return the body; ``None`` once it is longer than `most`, whatever it said of itself."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
